"""Lantern Night Market's vendors, products, people and phrases."""

import numpy as np

from apps.demo.people import NEW_YORK
from apps.demo.tables import PartnerRow, People, ProductRow, SegmentRow
from apps.demo.truths import SHOP_RECALL, SHOP_STOCK

PRODUCTS_EACH = 8
_STALLS: dict[str, tuple[tuple[str, int], ...]] = {
    "Food": (
        ("Soup dumplings", 12_50), ("Arepa", 9_00), ("Bánh mì", 11_00), ("Scallion pancake", 7_50),
        ("Jollof bowl", 14_00), ("Pierogi", 10_50), ("Tlayuda", 13_00), ("Mango sticky rice", 8_00),
    ),
    "Lanterns & light": (
        ("Glass lantern", 48_00), ("Tea light set", 12_00), ("String lights", 26_00), ("Oil lamp", 39_00),
        ("Paper lantern", 18_00), ("Neon sign", 149_00), ("Candle", 16_00), ("Night light", 22_00),
    ),
    "Prints & books": (
        ("Screen print", 35_00), ("Zine", 8_00), ("Poster", 24_00), ("Sketchbook", 17_00),
        ("Postcards", 6_00), ("Risograph", 28_00), ("Used novel", 9_50), ("Map", 32_00),
    ),
    "Clothes": (
        ("T-shirt", 29_00), ("Denim jacket", 95_00), ("Scarf", 34_00), ("Tote bag", 19_00),
        ("Beanie", 24_00), ("Kimono jacket", 88_00), ("Socks", 11_00), ("Enamel pin", 9_00),
    ),
    "Ceramics": (
        ("Mug", 26_00), ("Ramen bowl", 38_00), ("Vase", 64_00), ("Plate", 32_00),
        ("Sake set", 72_00), ("Planter", 41_00), ("Incense holder", 18_00), ("Teapot", 85_00),
    ),
}  # fmt: skip
_MAKERS = (
    "Tía Rosa's", "Moonlit", "Sunset Park", "Ojo de Agua", "Little Fuzhou", "Øresund", "Bodega Cat", "Flushing",
)  # fmt: skip
_KINDS = ("red", "lotus", "classic", "small batch", "No. 7", "crane", "midnight", "blue")
_NAMES = {
    "Food": "Kitchen", "Lanterns & light": "Light Co.", "Prints & books": "Press", "Clothes": "Threads",
    "Ceramics": "Clay",
}  # fmt: skip
_CATEGORIES = tuple(_STALLS)
VENDORS = tuple(
    PartnerRow(
        name=f"{maker} {_NAMES[category]}",
        city="New York",
        region=("Queens", "Brooklyn", "Manhattan")[(place + row) % 3],
        capacity=None if category == "Ceramics" else 20 + place,
        weight=2.5 if (row, category) == (0, "Lanterns & light") else 1.6 - row * 0.15,
        status="closed" if (row, category) == (7, "Ceramics") else "active",
    )
    for row, maker in enumerate(_MAKERS)
    for place, category in enumerate(_CATEGORIES)
)


def _stocks(count: int) -> list[int | None]:
    """Return how many pieces are left of each product: the planted numbers out, low and not kept."""
    order = np.random.default_rng(7).permutation(count).tolist()
    out, low = SHOP_STOCK.out, SHOP_STOCK.out + SHOP_STOCK.low
    stocks: list[int | None] = [0] * count
    for place, product in enumerate(order):
        if place < out:
            stocks[product] = 0
        elif place < low:
            stocks[product] = 1 + place % (SHOP_STOCK.low_below - 1)
        elif place < low + SHOP_STOCK.not_kept:
            stocks[product] = None
        else:
            stocks[product] = 20 + product * 31 % 380
    return stocks


def _products() -> tuple[ProductRow, ...]:
    rows = []
    stocks = _stocks(len(VENDORS) * PRODUCTS_EACH)
    for number, stock in enumerate(stocks):
        vendor, place = divmod(number, PRODUCTS_EACH)
        category = _CATEGORIES[vendor % len(_CATEGORIES)]
        name, price = _STALLS[category][place]
        rows.append(
            ProductRow(
                name=f"{name}, {_KINDS[vendor % len(_KINDS)]}",
                category=category,
                price=price + vendor // len(_CATEGORIES) * 50,
                cost=price * 45 // 100,
                stock=stock,
                weight=5.0 if number == SHOP_RECALL.product else 1.0,
            )
        )
    return tuple(rows)


PRODUCTS = _products()
PEOPLE = People(
    names=NEW_YORK, domain="lantern-night-market", phone_prefix="+1 917", region="New York",
    cities=("Queens", "Brooklyn", "Manhattan", "Bronx", "Jersey City", "Staten Island"), business_types=("person",),
    channels=("walk_by", "social", "search", "friend", "press", "flash_sale"),
)  # fmt: skip
REASONS = ("Arrived broken", "Wrong size", "Changed my mind", "Never arrived", "Recall")
COMMENTS = (
    "Arrived in pieces.", "Cold food, cold night.", "Wrong order twice.", "Would not return.",
    "Took forever.", "Smaller than pictured.", "Meh.", "Line was endless.",
    "Fine.", "Good, not great.", "As described.", "Okay for the price.",
    "Lovely find.", "Quick pick-up.", "Qué rico.", "Nice people.",
    "Magic at 2 a.m. 🏮", "好吃!", "Best dumplings in Queens.", "My new favorite mug.",
)  # fmt: skip
SUBJECTS = {
    "call": "Where is my order?", "email": "New stalls this weekend", "meeting": "Vendor introduction",
    "support_ticket": "Wrong item in the basket", "complaint": "Arrived broken", "feedback": "Rate your night",
}  # fmt: skip
SEGMENTS = (
    SegmentRow(name="Night owls", description="Orders after midnight.", share=0.25),
    SegmentRow(name="Collectors", description="Buys ceramics again and again.", share=0.07),
    SegmentRow(name="Mailing list", description="Agreed to receive mail.", share=0.4),
    SegmentRow(name="VIP", description="Top decile.", share=0.05, rule='{"lifetime_value_decile": 10}'),
)  # fmt: skip
