"""What was planted in the demonstration data, as data: the generator plays it, tests and later analyses find it.

Days are counted back from the last business day of the data, which is day 0.
"""

from apps.demo.truth_kinds import (
    Automation,
    BadPartner,
    ChurnedCohort,
    Days,
    Group,
    Growth,
    LateData,
    NoShows,
    Outage,
    PatientCounts,
    Platform,
    Recall,
    Spike,
    Stock,
)

SPIN_CITY = "spin-city"
FORMOSA = "formosa-provisions"
TIDEWATER = "tidewater-rehab"
LANTERN = "lantern-night-market"

GROUPS = (
    Group(
        name="王品餐飲",
        companies=("王品西堤牛排",),
        business_type="Casual Dining",
        region="台中市",
        orders=4_450,
        revenue=44_886_305,
        growth=9.2,
    ),
    Group(
        name="晶華酒店",
        companies=("晶華宴會餐飲",),
        business_type="Hotel Restaurant",
        region="台北市",
        orders=3_300,
        revenue=40_530_489,
        growth=-10.1,
    ),
    Group(
        name="統一企業",
        companies=("統一速食餐廳",),
        business_type="Fast Food",
        region="台南市",
        orders=3_310,
        revenue=37_849_474,
        growth=14.2,
    ),
    Group(
        name="饗賓餐旅",
        companies=("饗食天地", "果然海港自助餐"),
        business_type="Buffet",
        region="桃園市",
        orders=300,
        revenue=21_703_255,
        growth=-2.8,
        earlier_orders=3.0,
        silent_days=5,
    ),
    Group(
        name="鼎泰豐",
        companies=(),
        business_type="Specialty",
        region="台北市",
        orders=3_400,
        revenue=20_844_097,
        growth=10.7,
    ),
    Group(
        name="海灣漁鄉集團",
        companies=("海灣海鮮樓",),
        business_type="Seafood",
        region="高雄市",
        orders=270,
        revenue=15_100_000,
        growth=-4.1,
        earlier_orders=3.0,
        silent_days=4,
    ),
    Group(
        name="春水閣茶飲",
        companies=("春水閣茶坊",),
        business_type="Tea House",
        region="台中市",
        orders=240,
        revenue=12_400_000,
        growth=3.0,
        earlier_orders=2.8,
        silent_days=5,
    ),
    Group(
        name="老街小館餐飲",
        companies=("老街麵食館",),
        business_type="Noodles",
        region="新北市",
        orders=210,
        revenue=10_200_000,
        growth=-12.6,
        earlier_orders=2.6,
        silent_days=6,
    ),
    Group(
        name="福滿樓餐廳",
        companies=("福滿樓港式飲茶",),
        business_type="Dim Sum",
        region="台北市",
        orders=180,
        revenue=8_600_000,
        growth=-6.5,
        earlier_orders=3.2,
        silent_days=7,
    ),
    Group(
        name="山海匯餐旅",
        companies=("山海匯鐵板燒",),
        business_type="Teppanyaki",
        region="花蓮縣",
        orders=140,
        revenue=6_900_000,
        growth=-9.0,
        earlier_orders=5.0,
        silent_days=16,
    ),
    Group(
        name="星野咖啡",
        companies=("星野烘焙咖啡",),
        business_type="Café",
        region="台北市",
        orders=110,
        revenue=4_900_000,
        growth=2.2,
        earlier_orders=6.0,
        silent_days=23,
    ),
    Group(
        name="三川日料",
        companies=("三川壽司屋",),
        business_type="Japanese",
        region="新竹市",
        orders=52,
        revenue=2_930_398,
        growth=-12.2,
        earlier_orders=5.0,
        silent_days=24,
    ),
    Group(
        name="金沙川菜館",
        companies=("金沙麻辣鍋",),
        business_type="Sichuan",
        region="基隆市",
        orders=0,
        revenue=0,
        growth=0.0,
        silent_days=130,
        dormant=True,
    ),
)

PLATFORM = Platform(business=FORMOSA, groups=13, companies=13, orders=15_962, revenue=226_844_018, active=7)
TYPHOON = Outage(business=FORMOSA, days=Days(first=58, last=58), reason="a typhoon closed markets and roads")
LATE_LAUNDRY = BadPartner(
    business=SPIN_CITY,
    partner=5,
    name="Waschbär Express Neukölln",
    since_days_ago=120,
    rejected=0.22,
    slowdown=2.4,
    issues=0.22,
    refunded=0.14,
)
LAUNDRY_OUTAGE = Outage(
    business=SPIN_CITY, days=Days(first=76, last=75), reason="the payment provider was down for two days"
)
LAUNDRY_HOURS_OUTAGE = Outage(
    business=SPIN_CITY, days=Days(first=19, last=19), hours=(12, 18), reason="the app could not be reached"
)
LAUNDRY_SPIKE = Spike(
    business=SPIN_CITY,
    days_ago=48,
    factor=4.0,
    reason="a radio show recommended the service and gave 20 % off, so every order has that discount",
)
LAUNDRY_CHURN = ChurnedCohort(
    business=SPIN_CITY, channel="coupon_site", joined=Days(first=300, last=271), gone_after_days=45
)
LAUNDRY_LATE_DATA = LateData(
    business=SPIN_CITY, partner=9, name="Trommelwirbel Wedding", placed=Days(first=40, last=36), arrived_after_days=8
)
LAUNDRY_GROWTH = Growth(business=SPIN_CITY, days=90, at_least=1.8)
PATIENTS = PatientCounts(business=TIDEWATER, total=651, active=89, upcoming=24, recent=66, dormant=320, stale=242)
CLINIC_AUTOMATION = Automation(business=TIDEWATER, since_days_ago=120, share=0.25)
CLINIC_NO_SHOWS = NoShows(business=TIDEWATER, partner=3, name="Dr Callum Fitzgerald", share=0.25)
SHOP_SPIKE = Spike(
    business=LANTERN, days_ago=33, factor=5.0, reason="a television show filmed at the market and named it on air"
)
SHOP_OUTAGE = Outage(
    business=LANTERN, days=Days(first=61, last=61), reason="a storm cut the power of the whole district"
)
SHOP_RECALL = Recall(
    business=LANTERN,
    product=12,
    name="Paper lantern, lotus",
    sold=Days(first=110, last=30),
    refunded=Days(first=25, last=22),
    share=0.8,
)
SHOP_STOCK = Stock(business=LANTERN, out=9, low=14, low_below=5, not_kept=20)
SHOP_CHURN = ChurnedCohort(business=LANTERN, channel="flash_sale", joined=Days(first=270, last=231), gone_after_days=70)

TRUTHS = (
    LATE_LAUNDRY, LAUNDRY_OUTAGE, LAUNDRY_HOURS_OUTAGE, LAUNDRY_SPIKE, LAUNDRY_CHURN, LAUNDRY_LATE_DATA,
    LAUNDRY_GROWTH, PLATFORM, TYPHOON, PATIENTS, CLINIC_AUTOMATION, CLINIC_NO_SHOWS, SHOP_SPIKE, SHOP_OUTAGE,
    SHOP_RECALL, SHOP_STOCK, SHOP_CHURN,
)  # fmt: skip
