"""Plain businesses of any size for benchmarks: a distribution, no truths."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.demo import shape
from apps.demo.businesses.base import Business, Profile, Schedule, Script, Slots, Stage
from apps.demo.businesses.laundry_catalogue import COMMENTS, PEOPLE, REASONS
from apps.demo.clock import DAY, HOUR, HourProfile, Ints, hours
from apps.demo.customers import CustomerPool
from apps.demo.drawing import (
    MINUTE,
    Draw,
    draw_channels,
    draw_lines,
    draw_payments,
    draw_refunds,
    draw_reviews,
)
from apps.demo.keys import Keys
from apps.demo.orders import ACCEPTED, THOUSANDTHS, Fate, Orders, Plan
from apps.demo.tables import PartnerRow, ProductRow, Registry, Table, customers, partners, products
from apps.demo.writing import Phrases

ZONES = (
    ("Europe/Berlin", "EUR"), ("America/New_York", "USD"), ("Asia/Taipei", "TWD"), ("Australia/Sydney", "AUD"),
    ("Asia/Tokyo", "JPY"), ("Europe/London", "GBP"), ("America/Sao_Paulo", "BRL"), ("Asia/Kolkata", "INR"),
    ("Asia/Kathmandu", "NPR"), ("America/Los_Angeles", "USD"), ("Australia/Lord_Howe", "AUD"),
    ("Pacific/Auckland", "NZD"),
)  # fmt: skip
LARGEST_SHARE = 0.18
CATEGORIES = 20
PRODUCT_COUNT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything one organization has."""

    orders: int
    partners: int
    customers: int


def shares(organizations: int) -> list[float]:
    """Return the share of each organization: the first holds 18 % where there are six or more, the rest fall off."""
    if organizations == 1:
        return [1.0]
    first = max(LARGEST_SHARE, 1 / organizations)
    rest = (np.arange(organizations - 1) + 3.0) ** -0.7
    return [first, *(rest / rest.sum() * (1 - first)).tolist()]


def benchmark_businesses(
    *, organizations: int, orders: int, partner_count: int, customer_count: int, days: int
) -> list[Business]:
    """Return businesses that together have about so many orders, partners and customers over so many days."""
    businesses: list[Business] = []
    for number, share in enumerate(shares(organizations)):
        zone, currency = ZONES[number % len(ZONES)]
        profile = Profile(
            slug=f"benchmark-{number + 1:03d}",
            name=f"Benchmark {number + 1}",
            zone=zone,
            currency=currency,
            days=days,
        )
        size = Size(
            orders=max(1, round(orders * share)),
            partners=max(1, round(partner_count * share)),
            customers=max(2, round(customer_count * share)),
        )
        businesses.append(Benchmark(profile, size))
    return businesses


class Benchmark(Business):
    """One organization of the benchmark."""

    def __init__(self, profile: Profile, size: Size) -> None:
        self.profile = profile
        self.size = size

    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""
        return _BenchmarkScript(stage, self.size)


class _BenchmarkScript(Script):
    def __init__(self, stage: Stage, size: Size) -> None:
        self.stage = stage
        self.size = size
        calendar = stage.calendar
        weights = (
            shape.growing(calendar, 0.6, 1.0)
            * shape.weekly(calendar, (1.0, 0.9, 0.9, 1.0, 1.2, 1.3, 0.8))
            * shape.jitter(calendar, stage.generator("days"), 0.1)
        )
        self.schedule = Schedule(shape.counts(weights, size.orders * stage.scale)[:, None])
        self.order_count = self.schedule.total
        self.profile = HourProfile(
            calendar, lambda _: hours(h0_7=0.2, h7_11=1.5, h11_14=4, h14_18=2, h18_22=5, h22_24=1)
        )
        self.pool = CustomerPool.growing_with(
            weights, size=max(2, round(size.customers * stage.scale)), generator=stage.generator("customers"),
            known_at_start=0.2, stays_for=500, loyal=0.3,
        )  # fmt: skip
        self.phrases = Phrases(number_prefix="B", comments=COMMENTS, refund_reasons=REASONS)
        self.registry = Registry(
            keys=Keys(seed=stage.seed, slug=stage.slug), started=int(calendar.openings[0]), now=stage.now
        )
        self.prices: Ints = stage.generator("prices").integers(2, 90, PRODUCT_COUNT) * 100

    def before_orders(self) -> Iterator[Table]:
        """Yield partners, products and customers."""
        rows = [
            PartnerRow(name=f"Partner {number + 1}", city="", region=f"Region {number % 12 + 1}", capacity=50)
            for number in range(self.size.partners)
        ]
        yield partners(self.registry, rows, copies=1, code="B", joined=self.stage.calendar.first)
        goods = [
            ProductRow(
                name=f"Product {number + 1}", category=f"Category {number % CATEGORIES + 1}", price=price,
                cost=price // 2, stock=100,
            )
            for number, price in enumerate(self.prices.tolist())
        ]  # fmt: skip
        yield from products(self.registry, goods, copies=1, sku="B")
        yield from customers(
            self.registry,
            PEOPLE,
            count=len(self.pool),
            joined=lambda numbers: self.pool.joined_at(self.stage.calendar, numbers),
        )

    def after_orders(self) -> Iterator[Table]:
        """Yield nothing: benchmarks measure trade."""
        yield from ()

    def orders(self) -> Iterator[Orders]:
        """Yield the orders in batches."""
        for slots in self.schedule.batches():
            yield self._batch(slots)

    def _batch(self, slots: Slots) -> Orders:
        generator = self.stage.generator("orders", slots.number[0])
        draw = Draw(generator, len(slots.number))
        orders = Orders.placed_at(slots.number, np.sort(self.profile.instants(slots.day, generator)))
        orders.customer = self.pool.pick(slots.day, generator)
        orders.partner = (self.size.partners * generator.random(draw.size) ** 2).astype(np.int64)
        orders.channel = draw_channels(draw, {"web": 0.4, "app": 0.4, "phone": 0.1, "ai": 0.05, "automation": 0.05})
        orders.fate = draw.choice([0.93, 0.05, 0.02])
        accepted = draw.lasting(12 * MINUTE)
        orders.walk(
            ACCEPTED, accepted, draw.lasting(2 * HOUR), draw.lasting(5 * HOUR), draw.lasting(3 * HOUR),
            draw.lasting(5 * MINUTE),
        )  # fmt: skip
        ends = np.where(orders.fate == Fate.REJECTED, accepted, draw.between(5 * MINUTE, HOUR))
        orders.ended = np.where(orders.fate == Fate.COMPLETED, -1, orders.placed + ends)
        order = draw_lines(draw, orders, (0.62, 0.28, 0.08, 0.02))
        lines = orders.lines
        lines.product = (PRODUCT_COUNT * generator.random(len(order)) ** 1.5).astype(np.int64)
        lines.unit_price = self.prices[lines.product]
        lines.quantity = generator.integers(1, 4, len(order)) * THOUSANDTHS
        draw_payments(
            draw, orders, methods={"cash": 0.1, "card": 0.5, "wallet": 0.2, "online": 0.2}, plans={Plan.WHOLE: 1.0}
        )
        draw_refunds(draw, orders, share_refunded=0.032, reasons=len(REASONS))
        unhappy = np.zeros(draw.size, dtype=np.bool_)
        draw_reviews(draw, orders, share_reviewed=0.32, good=(4, 5, 11, 30, 50), bad=(1, 1, 1, 1, 1), is_bad=unhappy)
        orders.issue = np.full(draw.size, -1, dtype=np.int64)
        orders.arrives = orders.placed + np.where(draw.chance(0.005), draw.between(1 * DAY, 5 * DAY), 1)
        return orders
