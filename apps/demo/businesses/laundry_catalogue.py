"""Spin City's partners, services, people and phrases."""

from apps.demo.people import BERLIN
from apps.demo.tables import PartnerRow, People, ProductRow, SegmentRow


def _partner(name: str, region: str, capacity: int, weight: float, status: str = "active") -> PartnerRow:
    return PartnerRow(name=name, city="Berlin", region=region, capacity=capacity, weight=weight, status=status)


PARTNERS = (
    _partner("Schaumschlägerei Mitte", "Mitte", 14, 1.6),
    _partner("Kiezwäsche Kreuzberg", "Friedrichshain-Kreuzberg", 12, 1.5),
    _partner("Blütenweiß Prenzlauer Berg", "Pankow", 12, 1.4),
    _partner("Reinigung Öztürk", "Mitte", 10, 1.2),
    _partner("Spree Laundry", "Treptow-Köpenick", 9, 1.0),
    _partner("Waschbär Express Neukölln", "Neukölln", 10, 1.2),
    _partner("Textilpflege Große & Söhne", "Charlottenburg-Wilmersdorf", 10, 1.1),
    _partner("Saubermänner Schöneberg", "Tempelhof-Schöneberg", 9, 1.0),
    _partner("Pralnia Bąbelek", "Neukölln", 8, 0.8),
    _partner("Trommelwirbel Wedding", "Mitte", 9, 1.1),
    _partner("Eco Clean Pankow", "Pankow", 8, 0.8),
    _partner("Hemdenservice Dahlem", "Steglitz-Zehlendorf", 6, 0.6),
    _partner("Waschsalon Zur Mangel", "Lichtenberg", 6, 0.6),
    _partner("Frisch & Faltig", "Reinickendorf", 6, 0.5),
    _partner("Havelwäsche Spandau", "Spandau", 5, 0.4),
    _partner("Kısmet Temizleme", "Friedrichshain-Kreuzberg", 5, 0.3, "paused"),
)
_CATALOGUE = (
    ("Wash & fold, per kg", "Laundry", 4_20, 1_90, 5.0), ("Wash & iron, per kg", "Laundry", 6_90, 3_60, 2.5),
    ("Bed linen, set", "Household", 11_50, 5_20, 1.6), ("Duvet", "Household", 24_90, 11_00, 0.5),
    ("Curtains, per metre", "Household", 8_40, 3_90, 0.3), ("Towels, five", "Household", 7_50, 3_10, 0.8),
    ("Shirt", "Shirts & blouses", 3_50, 1_60, 4.0), ("Blouse", "Shirts & blouses", 4_90, 2_30, 1.6),
    ("Suit", "Dry cleaning", 19_90, 9_10, 1.0), ("Dress", "Dry cleaning", 16_90, 7_90, 0.9),
    ("Evening dress", "Dry cleaning", 34_00, 17_50, 0.2), ("Coat", "Dry cleaning", 22_50, 10_40, 0.6),
    ("Down jacket", "Dry cleaning", 26_90, 12_00, 0.4), ("Tie", "Dry cleaning", 5_90, 2_60, 0.4),
    ("Leather jacket", "Special care", 49_00, 27_00, 0.15), ("Wedding dress", "Special care", 119_00, 64_00, 0.05),
    ("Carpet, per m²", "Special care", 18_00, 9_00, 0.15), ("Sneakers", "Special care", 17_90, 8_20, 0.5),
    ("Hemming", "Alterations", 14_00, 7_00, 0.35), ("Zip replaced", "Alterations", 19_00, 9_50, 0.2),
    ("Button sewn on", "Alterations", 2_50, 80, 0.3), ("Express surcharge", None, 6_00, None, 0.7),
)  # fmt: skip
PRODUCTS = tuple(
    ProductRow(name=name, category=category, price=price, cost=cost, kind="service", weight=weight)
    for name, category, price, cost, weight in _CATALOGUE
)
PEOPLE = People(
    names=BERLIN, domain="spin-city", phone_prefix="+49 30", region="Berlin",
    cities=("Berlin", "Berlin", "Berlin", "Potsdam", "Berlin"),
    business_types=("household", "household", "household", "office", "household", "holiday flat", "household"),
    channels=("search", "referral", "app_store", "flyer", "social", "coupon_site"),
)  # fmt: skip
REASONS = ("Stain not removed", "Item damaged", "Delivered late", "Item missing", "Goodwill")
COMMENTS = (
    "Zwei Tage zu spät und keine Antwort.", "Shirt came back with a hole.", "Nie wieder.", "Wäsche roch muffig.",
    "Zu spät geliefert.", "Knöpfe fehlten.", "Not what I paid for.", "Unfreundlich am Telefon.",
    "Ganz okay.", "Sauber, aber spät.", "Average.", "Könnte schneller gehen.",
    "Gut, gerne wieder.", "Nice and quick.", "Fast alles perfekt.", "Çok iyi, teşekkürler!",
    "Perfekt gebügelt! 👔", "Great service ⭐", "Super freundlich, danke.", "Schnell, sauber, günstig.",
)  # fmt: skip
SUBJECTS = {
    "call": "Question about pick-up time", "email": "We miss you: 10 % off", "meeting": "Visit to an office customer",
    "support_ticket": "Wrong address on the order", "complaint": "Item came back damaged",
    "feedback": "After-order survey",
}  # fmt: skip
SEGMENTS = (
    SegmentRow(name="Newsletter", description="Agreed to receive mail.", share=0.45),
    SegmentRow(name="Offices", description="Business customers with a contract.", share=0.06),
    SegmentRow(name="Stammkunden", description="Set by hand by the service team.", share=0.08),
    SegmentRow(
        name="Win back", description="No order for 90 days.", share=0.12,
        rule='{"days_since_last_order": {"gte": 90}}',
    ),
)  # fmt: skip
