"""Formosa Provisions: a wholesaler in Taiwan and its restaurant groups."""

from collections.abc import Iterator

import numpy as np

from apps.demo import shape
from apps.demo.businesses.base import Business, Profile, Schedule, Script, Slots, Stage
from apps.demo.businesses.wholesale_catalogue import (
    AREAS,
    COMMENTS,
    LOCATIONS_OF_LARGE,
    LOCATIONS_OF_SMALL,
    PEOPLE,
    PRODUCTS,
    PRODUCTS_EACH,
    REASONS,
    SEGMENTS,
    SUBJECTS,
    SUPPLIERS,
)
from apps.demo.clock import DAY, HOUR, Floats, HourProfile, Ints, hours
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
)
from apps.demo.keys import Keys
from apps.demo.orders import ACCEPTED, DELIVERED, METHODS, THOUSANDTHS, Fate, Orders, Plan
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
from apps.demo.truth_kinds import Group
from apps.demo.truths import FORMOSA, GROUPS, TYPHOON
from apps.demo.writing import Phrases
from apps.hierarchy.models import Entity

SPAN = 30
SPANS = 15
TAX = 0.05
DOLLAR = 100
GOLDEN = 0.6180339887498949
SILVER = 0.41421356237309515
UNCOUNTED = 0.03
ORDER_OF_DORMANT_GROUP = 3_200
MONTHLY_ORDERS_OF_DORMANT_GROUP = 60
ONBOARDING = 0.5
LARGE = 1_000
LATEST_ARRIVAL = 5
PROFILE = Profile(
    slug=FORMOSA,
    name="福爾摩沙食材 Formosa Provisions",
    zone="Asia/Taipei",
    currency="TWD",
    days=SPAN * SPANS + 1,
    week_starts_on=7,
)


class Wholesale(Business):
    """A wholesaler that sells to restaurants of thirteen groups."""

    profile = PROFILE

    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""
        return _WholesaleScript(stage)


class _Accounts:
    """The tree: groups, their companies and locations. A stream of orders is a company, or a group without any.

    Numbers of entities: the groups, then the companies, then the locations, copy after copy. Each location is a
    customer; a group without companies buys centrally, as one customer for each kitchen.
    """

    def __init__(self, copies: int) -> None:
        self.copies = copies
        self.companies = [(group, name) for group, row in enumerate(GROUPS) for name in row.companies]
        self.streams = [(group, company) for group, row in enumerate(GROUPS) for company in row.companies or ("",)]
        self.shares: Floats = np.array([self._share(group, company) for group, company in self.streams])
        self.kitchens: Ints = np.array(
            [LOCATIONS_OF_LARGE if GROUPS[group].orders > LARGE else LOCATIONS_OF_SMALL for group, _ in self.streams]
        )
        self.offsets: Ints = np.cumsum(self.kitchens) - self.kitchens
        self.per_copy = int(self.kitchens.sum())
        self.stream_of: Ints = np.repeat(np.arange(len(self.streams)), self.kitchens)

    @staticmethod
    def _share(group: int, company: str) -> float:
        companies = GROUPS[group].companies
        if len(companies) < 2:
            return 1.0
        return 0.6 if companies[0] == company else 0.4

    @property
    def customer_count(self) -> int:
        """How many kitchens order."""
        return int(self.per_copy * self.copies)

    def group_of(self, number: int) -> Group:
        """Return the group of a kitchen."""
        return GROUPS[self.streams[self.stream_of[number % self.per_copy]][0]]

    def company_of(self, number: int) -> int | None:
        """Return the entity number of a kitchen's company, or None where the group buys centrally."""
        group, company = self.streams[self.stream_of[number % self.per_copy]]
        return len(GROUPS) + self.companies.index((group, company)) if company else None

    def entity_of(self, number: int) -> int:
        """Return the entity number that a kitchen's orders belong to."""
        if self.company_of(number) is None:
            return int(self.streams[self.stream_of[number % self.per_copy]][0])
        return len(GROUPS) + len(self.companies) + number

    def names_of(self, numbers: Ints) -> list[str]:
        """Return what kitchens are called."""
        names = []
        for number in numbers.tolist():
            group, company = self.streams[self.stream_of[number % self.per_copy]]
            place = AREAS[(number - int(self.offsets[self.stream_of[number % self.per_copy]])) % len(AREAS)]
            copy = number // self.per_copy
            names.append(f"{company or GROUPS[group].name} {place}店" + (f" {copy + 1}" if copy else ""))
        return names


class _WholesaleScript(Script):
    on_account = True

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.accounts = _Accounts(stage.copies)
        self.values: Floats = np.zeros((SPANS, len(self.accounts.streams)))
        self.schedule = Schedule(self._counts())
        self.order_count = self.schedule.total
        self.profile = HourProfile(stage.calendar, lambda _: hours(h6_9=1.5, h9_14=2, h14_18=5, h18_21=1, h21_24=3))
        self.pool = CustomerPool.of_regulars(self.accounts.customer_count)
        self.phrases = Phrases(number_prefix="FP", comments=COMMENTS, refund_reasons=REASONS)
        self.registry = Registry(
            keys=Keys(seed=stage.seed, slug=FORMOSA), started=int(stage.calendar.openings[0]), now=stage.now
        )

    def _counts(self) -> Ints:
        """Return orders by day and stream: exact for every span of thirty days, and a share of one for today."""
        calendar = self.stage.calendar
        weights = (
            shape.weekly(calendar, (1.1, 0.95, 0.95, 1.15, 1.3, 1.0, 0.45))
            * shape.holidays(calendar, "TW", None, 0.4)
            * shape.jitter(calendar, self.stage.generator("days"), 0.06)
            * shape.on_days(calendar, [TYPHOON.days.first], 0.0)
        )
        counts = np.zeros((calendar.days, len(self.accounts.streams)), dtype=np.int64)
        for span in range(SPANS):
            planned = np.array(
                [self._plan(span, stream) for stream in range(len(self.accounts.streams))], dtype=np.float64
            )
            reached = np.rint(np.cumsum(planned) * self.stage.scale).astype(np.int64)
            totals = np.diff(reached, prepend=0)
            last = calendar.days_ago(SPAN * span + 1)
            days = slice(last - SPAN + 1, last + 1)
            for stream, (group, _) in enumerate(self.accounts.streams):
                open_days = weights[days].copy()
                silent = GROUPS[group].silent_days - SPAN * span
                if silent > 0:
                    open_days[SPAN - min(silent, SPAN) :] = 0.0
                counts[days, stream] = shape.counts(open_days, totals[stream])
        active = np.array([GROUPS[group].silent_days == 0 for group, _ in self.accounts.streams])
        month = counts[-1 - SPAN : -1].sum(axis=0)
        counts[-1] = np.where(active, np.rint(month * weights[-1] / max(weights[-1 - SPAN : -1].sum(), 1e-9)), 0)
        return counts

    def _plan(self, span: int, stream: int) -> float:
        """Return the orders of a stream in a span, and note what an order comes to there."""
        group = GROUPS[self.accounts.streams[stream][0]]
        share = float(self.accounts.shares[stream])
        decay = ONBOARDING ** max(span - 3, 0)
        if group.dormant:
            self.values[span, stream] = ORDER_OF_DORMANT_GROUP
            is_gone = span < group.silent_days // SPAN
            return 0.0 if is_gone else MONTHLY_ORDERS_OF_DORMANT_GROUP * ONBOARDING ** max(span - 8, 0)
        before = 1 + group.growth / 100
        revenue = group.revenue * share * (1.0 if span == 0 else decay / before)
        steady = group.orders / before if group.earlier_orders == 1 else group.orders * group.earlier_orders
        orders = share * (group.orders if span == 0 else steady * decay)
        self.values[span, stream] = revenue / (orders * (1 - UNCOUNTED))
        return orders

    def before_orders(self) -> Iterator[Table]:
        """Yield the tree, suppliers, goods and kitchens."""
        yield from self._entities()
        copies = self.stage.copies
        yield partners(self.registry, SUPPLIERS, copies=copies, code="S", joined=self.stage.calendar.first)
        yield from products(self.registry, PRODUCTS, copies=copies, sku="FP")
        yield from customers(
            self.registry, PEOPLE, count=self.accounts.customer_count, joined=self._joined,
            entity=self._entity_ids, name=self.accounts.names_of,
        )  # fmt: skip

    def _joined(self, numbers: Ints) -> Ints:
        return self.pool.joined_at(self.stage.calendar, numbers)

    def _entity_ids(self, numbers: Ints) -> list[str | None]:
        entities = np.array([self.accounts.entity_of(number) for number in numbers.tolist()])
        return list(self.registry.ids("entity", entities))

    def _entities(self) -> Iterator[Table]:
        accounts, count = self.accounts, len(GROUPS)
        yield self._entity_table(
            np.arange(count), "group", [group.name for group in GROUPS], list(GROUPS), [None] * count
        )
        yield self._entity_table(
            np.arange(count, count + len(accounts.companies)),
            "company",
            [name for _, name in accounts.companies],
            [GROUPS[group] for group, _ in accounts.companies],
            self.registry.ids("entity", np.array([group for group, _ in accounts.companies])),
        )
        kitchens = np.arange(accounts.customer_count)
        located = kitchens[[accounts.company_of(number) is not None for number in kitchens.tolist()]]
        above = np.array([accounts.company_of(number) for number in located.tolist()], dtype=np.int64)
        yield self._entity_table(
            located + count + len(accounts.companies),
            "location",
            accounts.names_of(located),
            [accounts.group_of(number) for number in located.tolist()],
            self.registry.ids("entity", above),
        )

    def _entity_table(
        self, numbers: Ints, kind: str, names: list[str], groups: list[Group], parents: list[str] | list[None]
    ) -> Table:
        return Table(
            Entity,
            {
                **self.registry.row_start("entity", numbers),
                "parent_id": parents,
                "kind": [kind] * len(numbers),
                "name": names,
                "region": [group.region for group in groups],
                "business_type": [group.business_type for group in groups],
            },
        )

    def after_orders(self) -> Iterator[Table]:
        """Yield contacts, segments and costs."""
        yield from pool_interactions(
            self.registry, self.stage.calendar, self.pool, per_order=0.01, order_count=self.order_count,
            subjects=SUBJECTS, automated=0.2, generator=self.stage.generator("interactions"),
        )  # fmt: skip
        yield from segments(
            self.registry, SEGMENTS, joined=self._joined, count=len(self.pool),
            generator=self.stage.generator("segments"),
        )  # fmt: skip
        yield operating_costs(
            self.registry, self.stage.calendar,
            {
                "automation": (180_000, 320_000), "staff": (1_900_000, 4_800_000), "marketing": (150_000, 260_000),
                "rent": (640_000, 640_000), "other": (210_000, 380_000),
            },
        )  # fmt: skip

    def orders(self) -> Iterator[Orders]:
        """Yield the orders in batches."""
        for slots in self.schedule.batches():
            yield self._batch(slots)

    def _batch(self, slots: Slots) -> Orders:
        generator = self.stage.generator("orders", slots.number[0])
        draw = Draw(generator, len(slots.number))
        placed = self.profile.instants(slots.day, generator)
        by_time = np.argsort(placed, kind="stable")
        stream, day, nth = slots.stream[by_time], slots.day[by_time], slots.nth[by_time]
        orders = Orders.placed_at(slots.number, placed[by_time])
        kitchen = (self.accounts.kitchens[stream] * generator.random(draw.size) ** 1.5).astype(np.int64)
        copy = draw.between(0, self.stage.copies - 1)
        orders.customer = copy * self.accounts.per_copy + self.accounts.offsets[stream] + kitchen
        orders.partner = draw.choice(np.tile([supplier.weight for supplier in SUPPLIERS], self.stage.copies))
        orders.channel = draw_channels(
            draw, {"web": 0.3, "app": 0.25, "phone": 0.12, "api": 0.18, "automation": 0.1, "ai": 0.05}
        )
        self._course(draw, orders, nth)
        self._goods(draw, orders, stream, np.maximum((self.stage.today - day - 1) // SPAN, 0), nth)
        draw_payments(
            draw, orders, methods={"online": 0.82, "card": 0.08, "cash": 0.1},
            plans={Plan.WHOLE: 0.93, Plan.HALF: 0.03, Plan.NEVER: 0.04},
        )  # fmt: skip
        on_terms = orders.method != METHODS.index("cash")
        orders.paid = np.where(on_terms, orders.placed + draw.between(9 * DAY, 42 * DAY), orders.paid)
        draw_refunds(draw, orders, share_refunded=0.012, reasons=len(REASONS))
        never_bad = np.zeros(draw.size, dtype=np.bool_)
        draw_reviews(draw, orders, share_reviewed=0.02, good=(2, 4, 14, 40, 40), bad=(1, 1, 1, 1, 1), is_bad=never_bad)
        draw_issues(draw, orders, share=0.01, kinds={"damaged": 0.4, "lost": 0.05, "late": 0.4, "other": 0.15})
        # The last days arrive in time: the orders of the last thirty are promised to the number.
        late = draw.chance(0.01) & (self.stage.today - day > LATEST_ARRIVAL)
        orders.arrives = orders.placed + np.where(late, draw.between(1 * DAY, LATEST_ARRIVAL * DAY), 3)
        return orders

    def _course(self, draw: Draw, orders: Orders, nth: Ints) -> None:
        """Spread what is not counted evenly over each account, so that its revenue holds in every span."""
        evenly = shape.spread(nth, SILVER)
        limits = np.array([0.012, 0.028, UNCOUNTED, UNCOUNTED + 0.002])
        fates = np.array([Fate.REJECTED, Fate.CANCELLED, Fate.NO_SHOW, Fate.LEFT_OPEN, Fate.COMPLETED])
        orders.fate = fates[np.searchsorted(limits, evenly, side="right")]
        accepted = draw.lasting(25 * MINUTE)
        orders.walk(ACCEPTED, accepted, draw.lasting(6 * HOUR), None, draw.lasting(7 * HOUR), draw.lasting(20 * MINUTE))
        ends = np.where(orders.fate == Fate.REJECTED, accepted, draw.between(20 * MINUTE, 5 * HOUR))
        ends = np.where(orders.fate == Fate.NO_SHOW, accepted + 18 * HOUR, ends)
        over = np.isin(orders.fate, (Fate.REJECTED, Fate.CANCELLED, Fate.NO_SHOW))
        orders.ended = np.where(over, orders.placed + ends, -1)
        orders.book(DELIVERED, draw.chance(0.6))

    def _goods(self, draw: Draw, orders: Orders, stream: Ints, span: Ints, nth: Ints) -> None:
        """Fill orders up to what an order of the account comes to in its span, in whole dollars."""
        worth = self.values[span, stream] * shape.lognormal(shape.spread(nth, GOLDEN), 0.45)
        order = draw_lines(draw, orders, (0.66, 0.24, 0.1))
        lines, generator = orders.lines, draw.generator
        lines.product = orders.partner[order] * PRODUCTS_EACH + generator.integers(0, PRODUCTS_EACH, len(order))
        lines.unit_price = np.array([product.price for product in PRODUCTS])[lines.product % len(PRODUCTS)]
        parts = 0.4 + generator.random(len(order))
        whole = np.bincount(order, parts, minlength=len(orders))
        wanted = (worth / (1 + TAX))[order] * DOLLAR * parts / whole[order]
        lines.quantity = np.maximum(np.rint(wanted / lines.unit_price), 1).astype(np.int64) * THOUSANDTHS
        orders.tax = share_of(orders.subtotals, TAX, DOLLAR)
