"""Spin City: a laundry marketplace in Berlin."""

from collections.abc import Iterator

import numpy as np

from apps.demo import shape
from apps.demo.businesses.base import Business, Profile, Schedule, Script, Slots, Stage
from apps.demo.businesses.laundry_catalogue import COMMENTS, PARTNERS, PEOPLE, PRODUCTS, REASONS, SEGMENTS, SUBJECTS
from apps.demo.clock import DAY, HOUR, Bools, HourProfile, Ints, hours
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
from apps.demo.orders import ACCEPTED, CHANNELS, PICKED_UP, Fate, Orders, Plan
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
from apps.demo.truths import (
    LATE_LAUNDRY,
    LAUNDRY_CHURN,
    LAUNDRY_HOURS_OUTAGE,
    LAUNDRY_LATE_DATA,
    LAUNDRY_OUTAGE,
    LAUNDRY_SPIKE,
    SPIN_CITY,
)
from apps.demo.writing import Phrases

ORDERS = 17_000
CUSTOMERS = 2_400
VAT = 0.19
PROFILE = Profile(slug=SPIN_CITY, name="Spin City", zone="Europe/Berlin", currency="EUR", days=550)


def _hours(weekday: int) -> list[float]:
    if weekday >= 5:
        return hours(h8_10=1.5, h10_14=4, h14_20=2.5, h20_23=1)
    return hours(h6_7=1, h7_10=4, h10_16=2, h16_21=4.5, h21_24=0.8)


class Laundry(Business):
    """A marketplace of laundries: pick-up, washing, delivery."""

    profile = PROFILE

    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""
        return _LaundryScript(stage)


class _LaundryScript(Script):
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        calendar = stage.calendar
        outage = range(LAUNDRY_OUTAGE.days.last, LAUNDRY_OUTAGE.days.first + 1)
        weights = (
            shape.growing(calendar, 0.4, 1.0)
            * shape.weekly(calendar, (1.25, 0.95, 0.9, 0.95, 1.1, 1.2, 0.65))
            * shape.seasonal(calendar, (1.1, 1.05, 1.0, 1.0, 0.95, 0.9, 0.75, 0.8, 1.0, 1.1, 1.1, 1.05))
            * shape.payday(calendar, (1, 15), 0.15)
            * shape.holidays(calendar, "DE", "BE", 0.45)
            * shape.jitter(calendar, stage.generator("days"), 0.07)
            * shape.on_days(calendar, outage, 0.0)
        )
        spike = calendar.days_ago(LAUNDRY_SPIKE.days_ago)
        weights[spike] = LAUNDRY_SPIKE.factor * np.median(weights[spike - 7 : spike + 8])
        self.schedule = Schedule(shape.counts(weights, ORDERS * stage.scale)[:, None])
        self.order_count = self.schedule.total
        self.spike_day = spike
        self.profile = HourProfile(calendar, _hours)
        if LAUNDRY_HOURS_OUTAGE.hours:
            self.profile.silence(calendar.days_ago(LAUNDRY_HOURS_OUTAGE.days.first), range(*LAUNDRY_HOURS_OUTAGE.hours))
        self.pool = CustomerPool.growing_with(
            weights, size=max(40, round(CUSTOMERS * stage.scale)), generator=stage.generator("customers"),
            known_at_start=0.2, stays_for=260, loyal=0.3,
        )  # fmt: skip
        self.cohort = self.pool.plant(LAUNDRY_CHURN, calendar, stage.generator("cohort"))
        self.phrases = Phrases(
            number_prefix="SC", comments=COMMENTS, refund_reasons=REASONS, loose_line="Sonderposten nach Absprache"
        )
        self.registry = Registry(
            keys=Keys(seed=stage.seed, slug=SPIN_CITY), started=int(calendar.openings[0]), now=stage.now
        )

    def before_orders(self) -> Iterator[Table]:
        """Yield partners, services and customers."""
        stage = self.stage
        yield partners(self.registry, PARTNERS, copies=stage.copies, code="SC", joined=stage.calendar.first)
        yield from products(self.registry, PRODUCTS, copies=1, sku="WASH")
        coupon = PEOPLE.channels.index(LAUNDRY_CHURN.channel)
        yield from customers(
            self.registry,
            PEOPLE,
            count=len(self.pool),
            joined=self._joined,
            channel=lambda numbers: np.where(self.cohort[numbers], coupon, numbers * 5 % 13 % coupon),
        )

    def _joined(self, numbers: Ints) -> Ints:
        return self.pool.joined_at(self.stage.calendar, numbers)

    def after_orders(self) -> Iterator[Table]:
        """Yield contacts, segments and costs."""
        stage = self.stage
        yield from pool_interactions(
            self.registry, stage.calendar, self.pool, per_order=0.12, order_count=self.order_count, subjects=SUBJECTS,
            automated=0.3, generator=stage.generator("interactions"),
        )  # fmt: skip
        yield from segments(
            self.registry, SEGMENTS, joined=self._joined, count=len(self.pool), generator=stage.generator("segments")
        )
        yield operating_costs(
            self.registry, stage.calendar,
            {"automation": (900, 1_400), "staff": (9_500, 16_000), "marketing": (2_000, 3_500), "rent": (2_200, 2_200)},
        )  # fmt: skip

    def orders(self) -> Iterator[Orders]:
        """Yield the orders in batches."""
        for slots in self.schedule.batches():
            yield self._batch(slots)

    def _batch(self, slots: Slots) -> Orders:
        generator = self.stage.generator("orders", slots.number[0])
        draw = Draw(generator, len(slots.number))
        orders = Orders.placed_at(slots.number, np.sort(self.profile.instants(slots.day, generator)))
        orders.customer = self.pool.pick(slots.day, generator)
        orders.partner = draw.choice(np.tile([partner.weight for partner in PARTNERS], self.stage.copies))
        days_ago = self.stage.today - slots.day
        bad: Bools = (orders.partner == LATE_LAUNDRY.partner) & (days_ago < LATE_LAUNDRY.since_days_ago)
        self._channels(draw, orders, slots.day)
        self._course(draw, orders, bad)
        self._goods(draw, orders, slots.day)
        draw_payments(
            draw, orders, methods={"cash": 0.08, "card": 0.45, "wallet": 0.22, "online": 0.25},
            plans={Plan.WHOLE: 0.9, Plan.TWO_METHODS: 0.03, Plan.HALF: 0.015, Plan.NEVER: 0.02, Plan.SECOND_TRY: 0.035},
        )  # fmt: skip
        draw_refunds(draw, orders, share_refunded=np.where(bad, LATE_LAUNDRY.refunded, 0.025), reasons=len(REASONS))
        draw_reviews(draw, orders, share_reviewed=0.28, good=(2, 2, 7, 27, 62), bad=(45, 30, 15, 7, 3), is_bad=bad)
        late_or_not = {"damaged": 0.2, "lost": 0.08, "late": 0.55, "other": 0.17}
        draw_issues(draw, orders, share=np.where(bad, LATE_LAUNDRY.issues, 0.025), kinds=late_or_not)
        self._arrivals(draw, orders, days_ago)
        return orders

    def _channels(self, draw: Draw, orders: Orders, days: Ints) -> None:
        usual = {"web": 0.34, "app": 0.42, "phone": 0.09, "walk_in": 0.06, "api": 0.02}
        orders.channel = draw_channels(draw, usual)
        automated = draw.chance(0.02 + 0.14 * days / self.stage.calendar.days)
        orders.channel = np.where(automated, draw_channels(draw, {"ai": 0.55, "automation": 0.45}), orders.channel)
        unknown = (orders.channel == CHANNELS.index("walk_in")) & draw.chance(0.3)
        orders.customer = np.where(unknown, -1, orders.customer)

    def _course(self, draw: Draw, orders: Orders, bad: Bools) -> None:
        slower = np.where(bad, LATE_LAUNDRY.slowdown, 1.0)
        orders.fate = draw.choice([0.917, 0.045, 0.025, 0.011, 0.002])
        orders.fate = np.where(bad & draw.chance(LATE_LAUNDRY.rejected), Fate.REJECTED, orders.fate)
        accepted = draw.lasting(12 * MINUTE * slower)
        picked_up = draw.lasting(5 * HOUR * slower)
        orders.walk(
            ACCEPTED, accepted, picked_up, draw.lasting(19 * HOUR * slower), draw.lasting(5 * HOUR * slower, 0.6),
            draw.lasting(4 * MINUTE),
        )  # fmt: skip
        ends = np.where(orders.fate == Fate.REJECTED, accepted, draw.between(10 * MINUTE, 5 * HOUR))
        ends = np.where(orders.fate == Fate.NO_SHOW, accepted + 9 * HOUR, ends)
        over = (orders.fate != Fate.COMPLETED) & (orders.fate != Fate.LEFT_OPEN)
        orders.ended = np.where(over, orders.placed + ends, -1)
        orders.book(PICKED_UP, draw.chance(0.4))
        nobody = (orders.fate == Fate.CANCELLED) & draw.chance(0.1)
        orders.partner = np.where(nobody, -1, orders.partner)
        orders.steps[:, nobody] = -1

    def _goods(self, draw: Draw, orders: Orders, days: Ints) -> None:
        order = draw_lines(draw, orders, (0.42, 0.33, 0.17, 0.08))
        lines, generator = orders.lines, draw.generator
        lines.product = weighted(generator, [product.weight for product in PRODUCTS], len(order))
        lines.unit_price = np.array([product.price for product in PRODUCTS])[lines.product]
        by_weight = np.array(["kg" in product.name for product in PRODUCTS])[lines.product]
        pieces = weighted(generator, (0.55, 0.25, 0.12, 0.05, 0.03), len(order)) + 1
        lines.quantity = np.where(by_weight, generator.integers(2_500, 11_000, len(order)), pieces * 1_000)
        loose = generator.random(len(order)) < 0.006
        lines.product = np.where(loose, -1, lines.product)
        called_out = draw.chance(0.003)
        kept = ~called_out[order]
        for name in ("order", "product", "quantity", "unit_price"):
            setattr(lines, name, getattr(lines, name)[kept])
        subtotals = orders.subtotals
        on_air = days == self.spike_day
        orders.discount = np.where(on_air, share_of(subtotals, 0.2, 1), 0)
        voucher = ~on_air & draw.chance(0.08)
        orders.discount = np.where(voucher, share_of(subtotals, 0.1, 1), orders.discount)
        orders.tax = share_of(subtotals - orders.discount, VAT, 1)
        orders.fee = np.where(called_out, 4_90, np.where(subtotals < 45_00, 3_90, 0))
        orders.tip = np.where(draw.chance(0.11) & ~called_out, draw.between(2, 10) * 50, 0)

    def _arrivals(self, draw: Draw, orders: Orders, days_ago: Ints) -> None:
        late = LAUNDRY_LATE_DATA
        offline = (orders.partner == late.partner) & (days_ago <= late.placed.first) & (days_ago >= late.placed.last)
        delay = np.where(draw.chance(0.012), draw.between(1 * DAY, 6 * DAY), draw.between(0, 20))
        delay = np.where(offline, late.arrived_after_days * DAY, delay)
        orders.arrives = orders.placed + delay
