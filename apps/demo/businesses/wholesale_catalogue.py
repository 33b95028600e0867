"""Formosa Provisions' suppliers, goods, people and phrases."""

from apps.demo.people import TAIPEI
from apps.demo.tables import PartnerRow, People, ProductRow, SegmentRow

PRODUCTS_EACH = 6
LOCATIONS_OF_LARGE = 12
LOCATIONS_OF_SMALL = 4
AREAS = ("信義", "大安", "板橋", "中壢", "竹北", "西屯", "北屯", "東區", "左營", "苓雅", "安平", "花蓮")
_SUPPLIERS = (
    ("澎湖鮮魚行", "基隆市", "水產", 1.2,
     ("鱸魚", 380), ("草蝦", 520), ("透抽", 450), ("文蛤", 160), ("干貝", 980), ("鮭魚片", 640)),
    ("牧野肉品", "台中市", "肉品", 1.6,
     ("牛小排", 890), ("梅花豬", 260), ("雞腿排", 180), ("羊肩排", 720), ("和牛", 2400), ("培根", 310)),
    ("綠田蔬果", "雲林縣", "蔬果", 1.5,
     ("高麗菜", 90), ("青蔥", 120), ("番茄", 110), ("香菇", 240), ("鳳梨", 130), ("檸檬", 95)),
    ("米倉糧行", "台東縣", "米麵", 1.1,
     ("池上米", 320), ("越光米", 410), ("拉麵", 150), ("烏龍麵", 140), ("高筋麵粉", 210), ("冬粉", 90)),
    ("山嵐茶業", "南投縣", "茶與咖啡", 0.8,
     ("凍頂烏龍", 900), ("高山金萱", 1100), ("紅玉紅茶", 850), ("咖啡豆", 680), ("茉香綠茶", 420), ("麥茶", 150)),
    ("海線冷凍食品", "高雄市", "冷凍", 1.0,
     ("水餃", 190), ("薯條", 170), ("魚漿", 220), ("湯圓", 160), ("春捲皮", 110), ("冷凍莓果", 340)),
    ("古早味醬園", "嘉義市", "調味", 0.9,
     ("醬油", 180), ("麻油", 360), ("豆瓣醬", 150), ("米醋", 120), ("花椒", 420), ("味噌", 170)),
    ("晨光乳品", "彰化縣", "乳品", 0.8,
     ("鮮乳", 190), ("鮮奶油", 280), ("乳酪", 420), ("優格", 150), ("奶油", 330), ("雞蛋", 140)),
    ("沁涼飲料", "桃園市", "飲料", 0.8,
     ("氣泡水", 240), ("柳橙汁", 310), ("可樂糖漿", 560), ("啤酒", 720), ("清酒", 980), ("葡萄酒", 1500)),
    ("豆匠豆腐", "宜蘭縣", "豆製品", 0.6,
     ("嫩豆腐", 80), ("油豆腐", 110), ("豆漿", 90), ("豆皮", 130), ("臭豆腐", 140), ("毛豆", 120)),
    ("永豐餐具", "新北市", "餐具", 0.5,
     ("瓷盤", 260), ("竹筷", 120), ("紙餐盒", 180), ("玻璃杯", 150), ("湯匙", 90), ("鐵鍋", 1200)),
    ("潔淨清潔用品", "台北市", "清潔", 0.4,
     ("洗碗精", 320), ("漂白水", 150), ("手套", 210), ("抹布", 130), ("垃圾袋", 260), ("除油劑", 380)),
    ("老楊糕餅", "高雄市", "烘焙", 0.5,
     ("吐司", 110), ("可頌", 240), ("蛋塔皮", 210), ("鳳梨酥", 360), ("戚風蛋糕", 420), ("馬卡龍", 650)),
    ("Café Métier 進口食品", "台北市", "進口", 0.4,
     ("Huile d'olive", 780), ("Parmigiano", 1350), ("Jamón", 2200), ("Crème fraîche", 420), ("Pâte", 260),
     ("Trüffelöl", 1900)),
)  # fmt: skip
SUPPLIERS = tuple(
    PartnerRow(name=name, city=city, region=city, capacity=160, weight=weight)
    for name, city, _, weight, *_ in _SUPPLIERS
)


def _stock(number: int) -> int | None:
    if number % 7 == 3:
        return None
    if number % 17 == 5:
        return 0
    return 3 + number % 4 if number % 13 == 2 else 200 + number * 37 % 900


_GOODS = [(category, *good) for _, _, category, _, *goods in _SUPPLIERS for good in goods]
PRODUCTS = tuple(
    ProductRow(name=name, category=category, price=price * 100, cost=price * 72, stock=_stock(number))
    for number, (category, name, price) in enumerate(_GOODS)
)
PEOPLE = People(
    names=TAIPEI, domain="formosa-provisions", phone_prefix="+886 2", region="",
    cities=("台北市", "新北市", "桃園市", "台中市", "台南市", "高雄市", "新竹市", "花蓮縣"),
    business_types=("restaurant",),
    channels=("sales", "referral", "trade_fair", "tender"),
)  # fmt: skip
REASONS = ("品質不符", "數量短少", "送錯品項", "包裝破損")
COMMENTS = (
    "魚不新鮮。", "遲到兩小時。", "少了三箱。", "服務態度差。", "包裝破損。", "蔬菜品質不穩。", "等太久。",
    "價格變動太大。",
    "普通。", "尚可。", "還行，略晚。", "一般。", "不錯。", "準時送達。", "品質穩定。", "司機很有禮貌。",
    "非常滿意！", "食材新鮮，謝謝。", "一如往常地好。", "推薦 👍",
)  # fmt: skip
SUBJECTS = {
    "call": "確認明日配送", "email": "本週時價表", "meeting": "年度合約會議", "support_ticket": "發票抬頭更正",
    "complaint": "到貨短少", "feedback": "季度滿意度調查",
}  # fmt: skip
SEGMENTS = (
    SegmentRow(name="主要客戶", description="Key accounts, looked after in person.", share=0.2),
    SegmentRow(name="固定訂單", description="Kitchens with a standing order.", share=0.35),
    SegmentRow(
        name="待關懷", description="Ordering less than before.", share=0.15, rule='{"activity_score": {"lt": 50}}'
    ),
)  # fmt: skip
