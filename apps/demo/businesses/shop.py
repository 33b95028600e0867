"""Lantern Night Market: many vendors under one roof in New York, open until late."""

import datetime
from collections.abc import Iterator

import numpy as np

from apps.demo import shape
from apps.demo.businesses.base import Business, Profile, Schedule, Script, Slots, Stage
from apps.demo.businesses.shop_catalogue import (
    COMMENTS,
    PEOPLE,
    PRODUCTS,
    PRODUCTS_EACH,
    REASONS,
    SEGMENTS,
    SUBJECTS,
    VENDORS,
)
from apps.demo.clock import DAY, HOUR, HourProfile, Ints, hours
from apps.demo.customers import CustomerPool
from apps.demo.drawing import (
    MINUTE,
    Draw,
    draw_channels,
    draw_issues,
    draw_lines,
    draw_payments,
    draw_refunds,
    draw_reviews,
    share_of,
    weighted,
)
from apps.demo.keys import Keys
from apps.demo.orders import ACCEPTED, COMPLETED, THOUSANDTHS, Fate, Orders, Plan
from apps.demo.tables import (
    Registry,
    Table,
    customers,
    operating_costs,
    partners,
    pool_interactions,
    products,
    segments,
)
from apps.demo.truths import LANTERN, SHOP_CHURN, SHOP_OUTAGE, SHOP_RECALL, SHOP_SPIKE
from apps.demo.writing import Phrases, instants, money
from apps.marketplace.models import Refund

BASKETS = 9_000
CUSTOMERS = 3_500
VENDORS_AT_MOST = 3
SALES_TAX = 0.08875
RECALL_REASON = len(REASONS) - 1
GOODWILL = 14
PROFILE = Profile(
    slug=LANTERN,
    name="Lantern Night Market",
    zone="America/New_York",
    currency="USD",
    locale="en-US",
    days=600,
    day_starts_at=datetime.time(4),
    week_starts_on=7,
)


class Shop(Business):
    """A shop of many vendors with products and stock; a basket over several vendors is one order for each."""

    profile = PROFILE

    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""
        return _ShopScript(stage)


class _ShopScript(Script):
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        calendar = stage.calendar
        weights = (
            shape.growing(calendar, 0.5, 1.0, bend=0.8)
            * shape.weekly(calendar, (0.7, 0.7, 0.85, 1.0, 1.5, 1.6, 0.9))
            * shape.seasonal(calendar, (0.8, 0.85, 0.9, 0.95, 1.0, 1.0, 0.95, 0.95, 1.0, 1.1, 1.3, 1.5))
            * shape.payday(calendar, (1, 15), 0.12)
            * shape.holidays(calendar, "US", "NY", 1.25)
            * shape.jitter(calendar, stage.generator("days"), 0.08)
            * shape.on_days(calendar, [SHOP_OUTAGE.days.first], 0.0)
        )
        spike = calendar.days_ago(SHOP_SPIKE.days_ago)
        weights[spike] = SHOP_SPIKE.factor * np.median(weights[spike - 7 : spike + 8])
        self.schedule = Schedule(shape.counts(weights, BASKETS * stage.scale)[:, None])
        self.order_count = round(self.schedule.total * 1.5)
        self.profile = HourProfile(calendar, lambda _: hours(h0_3=2.5, h3_4=0.4, h10_17=0.4, h17_20=2.5, h20_24=5))
        self.pool = CustomerPool.growing_with(
            weights, size=max(40, round(CUSTOMERS * stage.scale)), generator=stage.generator("customers"),
            known_at_start=0.1, stays_for=320, loyal=0.3,
        )  # fmt: skip
        self.cohort = self.pool.plant(SHOP_CHURN, calendar, stage.generator("cohort"))
        self.phrases = Phrases(
            number_prefix="LN", comments=COMMENTS, refund_reasons=REASONS, loose_line="Gift wrapping"
        )
        self.registry = Registry(
            keys=Keys(seed=stage.seed, slug=LANTERN), started=int(calendar.openings[0]), now=stage.now
        )

    def before_orders(self) -> Iterator[Table]:
        """Yield vendors, products and customers."""
        stage = self.stage
        yield partners(self.registry, VENDORS, copies=stage.copies, code="V", joined=stage.calendar.first)
        yield from products(self.registry, PRODUCTS, copies=stage.copies, sku="LN")
        sale = PEOPLE.channels.index(SHOP_CHURN.channel)
        yield from customers(
            self.registry,
            PEOPLE,
            count=len(self.pool),
            joined=self._joined,
            channel=lambda numbers: np.where(self.cohort[numbers], sale, numbers * 5 % 13 % sale),
        )

    def _joined(self, numbers: Ints) -> Ints:
        return self.pool.joined_at(self.stage.calendar, numbers)

    def after_orders(self) -> Iterator[Table]:
        """Yield refunds that name no order, contacts, segments and costs."""
        stage = self.stage
        yield self._goodwill()
        yield from pool_interactions(
            self.registry, stage.calendar, self.pool, per_order=0.08, order_count=self.order_count, subjects=SUBJECTS,
            automated=0.35, generator=stage.generator("interactions"),
        )  # fmt: skip
        yield from segments(
            self.registry, SEGMENTS, joined=self._joined, count=len(self.pool), generator=stage.generator("segments")
        )
        yield operating_costs(
            self.registry, stage.calendar,
            {
                "automation": (700, 1_900), "staff": (7_000, 13_000), "marketing": (1_200, 4_000),
                "rent": (8_500, 8_500), "other": (600, 1_100),
            },
        )  # fmt: skip

    def _goodwill(self) -> Table:
        generator = self.stage.generator("goodwill")
        count = max(1, round(GOODWILL * self.stage.scale))
        customer = generator.integers(0, len(self.pool), count)
        since = self._joined(customer)
        refunded = since + (generator.random(count) * (self.stage.now - since)).astype(np.int64)
        return Table(
            Refund,
            {
                **self.registry.row_start("goodwill", np.arange(count), refunded),
                "customer_id": self.registry.ids("customer", customer),
                "amount": money(generator.integers(3_00, 25_00, count)),
                "reason": ["Goodwill at the counter, no receipt"] * count,
                "refunded_at": instants(refunded),
            },
        )

    def orders(self) -> Iterator[Orders]:
        """Yield the orders in batches of whole baskets."""
        for slots in self.schedule.batches():
            yield self._batch(slots)

    def _batch(self, slots: Slots) -> Orders:
        generator = self.stage.generator("orders", slots.number[0])
        baskets = Draw(generator, len(slots.number))
        vendors_each = baskets.choice((0.6, 0.28, 0.12)) + 1
        basket = np.repeat(np.arange(baskets.size), vendors_each)
        part = np.arange(len(basket)) - np.repeat(np.cumsum(vendors_each) - vendors_each, vendors_each)
        draw = Draw(generator, len(basket))
        days = slots.day[basket]
        placed = np.sort(self.profile.instants(slots.day, generator))[basket]
        orders = Orders.placed_at(slots.number[basket] * VENDORS_AT_MOST + part, placed)
        orders.basket = np.where(vendors_each[basket] > 1, slots.number[basket], -1)
        orders.customer = self.pool.pick(slots.day, generator)[basket]
        everybody = np.tile([vendor.weight for vendor in VENDORS], self.stage.copies)
        step = baskets.between(1, len(everybody) // VENDORS_AT_MOST)
        orders.partner = (baskets.choice(everybody)[basket] + part * step[basket]) % len(everybody)
        channels = {"web": 0.38, "app": 0.4, "walk_in": 0.1, "api": 0.02, "ai": 0.06, "automation": 0.04}
        orders.channel = draw_channels(baskets, channels)[basket]
        self._course(draw, orders)
        self._goods(draw, orders)
        draw_payments(
            draw, orders, methods={"cash": 0.07, "card": 0.5, "wallet": 0.28, "online": 0.15},
            plans={Plan.WHOLE: 0.9, Plan.TWO_METHODS: 0.05, Plan.HALF: 0.01, Plan.NEVER: 0.01, Plan.SECOND_TRY: 0.03},
        )  # fmt: skip
        draw_refunds(draw, orders, share_refunded=0.03, reasons=RECALL_REASON)
        self._recall(draw, orders, self.stage.today - days)
        glad = np.zeros(draw.size, dtype=np.bool_)
        draw_reviews(draw, orders, share_reviewed=0.2, good=(3, 4, 9, 30, 54), bad=(1, 1, 1, 1, 1), is_bad=glad)
        draw_issues(draw, orders, share=0.02, kinds={"damaged": 0.35, "lost": 0.15, "late": 0.3, "other": 0.2})
        orders.arrives = orders.placed + np.where(draw.chance(0.008), draw.between(1 * DAY, 4 * DAY), 2)
        return orders

    def _course(self, draw: Draw, orders: Orders) -> None:
        orders.fate = draw.choice([0.926, 0.05, 0.015, 0.008, 0.001])
        accepted = draw.lasting(6 * MINUTE)
        orders.walk(
            ACCEPTED, accepted, draw.lasting(35 * MINUTE), draw.lasting(25 * MINUTE), draw.lasting(9 * HOUR, 0.9),
            draw.lasting(10 * MINUTE),
        )  # fmt: skip
        ends = np.where(orders.fate == Fate.REJECTED, accepted, draw.between(5 * MINUTE, 2 * HOUR))
        ends = np.where(orders.fate == Fate.NO_SHOW, accepted + 10 * HOUR, ends)
        over = np.isin(orders.fate, (Fate.REJECTED, Fate.CANCELLED, Fate.NO_SHOW))
        orders.ended = np.where(over, orders.placed + ends, -1)

    def _goods(self, draw: Draw, orders: Orders) -> None:
        order = draw_lines(draw, orders, (0.5, 0.3, 0.14, 0.06))
        lines, generator = orders.lines, draw.generator
        vendor = orders.partner[order]
        base = vendor % len(VENDORS) * PRODUCTS_EACH
        # Places in the vendor's own list, each as often as the product's weight says.
        weights = np.array([product.weight for product in PRODUCTS]).reshape(len(VENDORS), PRODUCTS_EACH)
        reached = np.cumsum(weights, axis=1)[vendor % len(VENDORS)]
        place = (reached <= (generator.random(len(order)) * reached[:, -1])[:, None]).sum(axis=1)
        lines.product = vendor * PRODUCTS_EACH + place
        lines.unit_price = np.array([product.price for product in PRODUCTS])[base + place]
        lines.quantity = (weighted(generator, (0.68, 0.2, 0.08, 0.04), len(order)) + 1) * THOUSANDTHS
        wrapping = generator.random(len(order)) < 0.008
        lines.product = np.where(wrapping, -1, lines.product)
        subtotals = orders.subtotals
        orders.discount = np.where(draw.chance(0.1), share_of(subtotals, 0.15, 1), 0)
        orders.tax = share_of(subtotals - orders.discount, SALES_TAX, 1)
        orders.fee = np.where(draw.chance(0.55) & (subtotals < 60_00), 5_99, 0)
        orders.tip = np.where(draw.chance(0.2), share_of(subtotals, 0.1, 1), 0)

    def _recall(self, draw: Draw, orders: Orders, days_ago: Ints) -> None:
        sold = np.zeros(len(orders), dtype=np.bool_)
        sold[orders.lines.order[orders.lines.product == SHOP_RECALL.product]] = True
        sold &= (days_ago <= SHOP_RECALL.sold.first) & (days_ago >= SHOP_RECALL.sold.last)
        returned = sold & draw.chance(SHOP_RECALL.share)
        days = draw.between(SHOP_RECALL.refunded.last, SHOP_RECALL.refunded.first)
        refunded = self.stage.calendar.openings[self.stage.today - days] + draw.between(6 * HOUR, 18 * HOUR)
        paid_up = np.maximum(orders.paid, orders.steps[COMPLETED])
        orders.refund_share = np.where(returned, 1.0, orders.refund_share)
        orders.refund_delay = np.where(returned, np.maximum(refunded - paid_up, 1), orders.refund_delay)
        orders.refund_reason = np.where(returned, RECALL_REASON, orders.refund_reason)
