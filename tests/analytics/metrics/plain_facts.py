"""The facts of an organization as plain records: when each counts, and which values of the dimensions it has."""

import datetime
import functools
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.periods import Grain, bucket_start
from apps.marketplace.models import Customer, Order, Partner, Product
from tests.analytics.facts import Facts, counts
from tests.analytics.recomputation import NOTHING, band, shares, stretches
from tests.analytics.recomputed_customers import customer_rows

PRESENT = ("customer_base", "partner_base", "stock")
Window = tuple[datetime.datetime, datetime.datetime]


@dataclass(frozen=True)
class Record:
    """One fact: the instant it counts at, its day, its values of the dimensions, and what else is known of it."""

    at: datetime.datetime | None
    day: datetime.date | None
    by: Mapping[str, str]
    has: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.has[name]


def remembered(method: Callable[..., Any]) -> Callable[..., Any]:
    """Answer the same question once: a hundred tables over one organization ask for the same parts."""

    @functools.wraps(method)
    def answer(self: Any, *asked: Any) -> Any:
        key = (method.__name__, *asked)
        if key not in self.known:
            self.known[key] = method(self, *asked)
        return self.known[key]

    return answer


class Selection:
    """Records by their kind. A kind that does not have a dimension is not there once that was asked for."""

    def __init__(self, kinds: Mapping[str, list[Record]]) -> None:
        self.kinds = kinds
        self.known: dict[Any, Any] = {}

    def __getitem__(self, kind: str) -> list[Record]:
        return self.kinds[kind]

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    @remembered
    def within(self, window: Window) -> "Selection":
        start, end = window
        return Selection(
            {
                kind: records if kind in PRESENT else [one for one in records if start <= one.at < end]
                for kind, records in self.kinds.items()
            }
        )

    @remembered
    def having(self, filters: tuple[tuple[str, tuple[str, ...]], ...]) -> "Selection":
        kinds = self.kinds
        for dimension, chosen in filters:
            kinds = {
                kind: [one for one in records if one.by[dimension] in chosen]
                for kind, records in kinds.items()
                if dimension in DIMENSIONS_OF[kind]
            }
        return Selection(kinds)

    @remembered
    def divided(self, dimensions: tuple[str, ...]) -> "Divided":
        """Divide by the values of dimensions."""
        kept = [kind for kind in self.kinds if all(one in DIMENSIONS_OF[kind] for one in dimensions)]
        found: dict[Any, dict[str, list[Record]]] = defaultdict(lambda: {kind: [] for kind in kept})
        for kind in kept:
            for one in self.kinds[kind]:
                found[tuple(one.by[dimension] for dimension in dimensions)][kind].append(one)
        return Divided(found, {kind: [] for kind in kept})

    @remembered
    def by_bucket(self, grain: Grain, week_starts_on: int) -> "Divided":
        """Divide by the beginning of each record's day, week, month, quarter or year."""
        present = {kind: records for kind, records in self.kinds.items() if kind in PRESENT}
        dated = [kind for kind in self.kinds if kind not in PRESENT]
        found: dict[Any, dict[str, list[Record]]] = defaultdict(lambda: {**present, **{kind: [] for kind in dated}})
        for kind in dated:
            for one in self.kinds[kind]:
                found[bucket_start(one.day, grain, week_starts_on)][kind].append(one)
        return Divided(found, {**present, **{kind: [] for kind in dated}})


class Divided:
    """Selections by some key; what is not there has nothing."""

    def __init__(self, parts: Mapping[Any, Mapping[str, list[Record]]], nothing: Mapping[str, list[Record]]) -> None:
        self.parts = {key: Selection(kinds) for key, kinds in parts.items()}
        self.nothing = Selection(nothing)

    def __getitem__(self, key: Any) -> Selection:
        return self.parts.get(key, self.nothing)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)


OF_PARTNER = ("partner", "partner_city", "partner_region", "partner_status")
OF_CUSTOMER = (
    "customer",
    "city",
    "region",
    "business_type",
    "acquisition_channel",
    "entity",
    "segment",
    "cohort",
)
OF_PRODUCT = ("product", "category", "product_kind")
DIMENSIONS_OF: dict[str, tuple[str, ...]] = {
    "orders": ("weekday", "hour", "channel", "status", *OF_PARTNER, *OF_CUSTOMER),
    "stages": ("weekday", "stage", "duration"),
    "lines": ("weekday", *OF_PRODUCT),
    "payments": ("weekday", "payment_method"),
    "refunds": ("weekday", "channel", *OF_PARTNER, *OF_CUSTOMER),
    "refunds_by_order_day": ("weekday", "channel", *OF_PARTNER, *OF_CUSTOMER),
    "refunded": ("weekday", "channel", *OF_PARTNER, *OF_CUSTOMER),  # one of the two
    "reviews": ("weekday", *OF_PARTNER, *OF_CUSTOMER),
    "issues": ("weekday", *OF_PARTNER),
    "interactions": ("weekday",),
    "customer_base": (*OF_CUSTOMER, "churn_risk", "lifetime_value_band"),
    "partner_base": OF_PARTNER,
    "stock": OF_PRODUCT,
}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _band_of_value(row: Mapping[str, Any]) -> str:
    begins = [0, *(digit * 10**power for power in range(10) for digit in (1, 2, 5))]
    reached = [begin for begin in begins if begin <= row["lifetime_value"]]
    return str(reached[-1]) if reached else "below_zero"


class PlainFacts:
    """All records of an organization, as it is on a day."""

    def __init__(self, organization: Organization, today: datetime.date) -> None:
        self.organization = organization
        self.facts = Facts(organization)
        with organization_context(organization.pk):
            self.partners = {one.pk: one for one in Partner.objects.all()}
            self.customers = {one.pk: one for one in Customer.objects.all()}
            self.products = {one.pk: one for one in Product.objects.all()}
        self.standing = {key[0]: row for key, row in customer_rows(self.facts, today).items()}
        kinds: dict[str, list[Record]] = {kind: [] for kind in DIMENSIONS_OF}
        for kind, at, by, has in self._all():
            day = None if at is None else self.facts.day(at)
            dated = {} if day is None else {"weekday": str(day.isoweekday())}
            kinds[kind].append(Record(at, day, {**by, **dated}, has))
        self.kinds = kinds
        self.known: dict[Any, Any] = {}

    @remembered
    def booked(self, refund_basis: str) -> Selection:
        """Return all records, with `refunded` by the day that refunds are booked on."""
        kind = "refunds_by_order_day" if refund_basis == "order_day" else "refunds"
        return Selection({**self.kinds, "refunded": self.kinds[kind]})

    def _all(self) -> Iterator[tuple[str, datetime.datetime | None, dict[str, str], dict[str, Any]]]:
        for order in self.facts.orders:
            has = {"order": order, "is_first": self._is_first(order), "capacity": self._capacity(order)}
            yield "orders", order.placed_at, self._of_order(order), has
            for stage, taken in stretches(order):
                yield "stages", order.placed_at, {"stage": stage, "duration": str(band(taken))}, {}
            if counts(order):
                yield from self._lines(order)
                yield from self._payments(order)
        for refund in self.facts.refunds:
            order = self.facts.order_by_id[refund.order_id] if refund.order_id else None
            by = {
                "channel": order.channel if order else "",
                **self._of_partner(order.partner_id if order else None),
                **self._of_customer(order.customer_id if order else refund.customer_id),
            }
            has = {"amount": refund.amount, "counted": order is None or counts(order)}
            yield "refunds", refund.refunded_at, by, has
            yield "refunds_by_order_day", order.placed_at if order else refund.refunded_at, by, has
        for review in self.facts.reviews:
            order = self.facts.order_by_id[review.order_id]
            by = {**self._of_partner(order.partner_id), **self._of_customer(order.customer_id)}
            yield "reviews", review.reviewed_at, by, {"rating": review.rating}
        for issue in self.facts.issues:
            order = self.facts.order_by_id[issue.order_id]
            yield "issues", issue.reported_at, self._of_partner(order.partner_id), {"kind": issue.kind}
        for contact in self.facts.interactions:
            yield "interactions", contact.occurred_at, {}, {"contact": contact}
        for customer_id, row in self.standing.items():
            by = self._of_customer(customer_id)
            by |= {"churn_risk": str(row["is_at_churn_risk"]).lower(), "lifetime_value_band": _band_of_value(row)}
            yield "customer_base", None, by, row
        for partner in self.partners.values():
            yield "partner_base", None, self._of_partner(partner.pk), {"partner": partner}
        for product in self.products.values():
            yield "stock", None, self._of_product(product.pk), {"product": product}

    def _is_first(self, order: Order) -> bool:
        """Whether it is on a customer's first day."""
        if order.customer_id is None or not counts(order):
            return False
        return self.facts.day(order.placed_at) == self.standing[order.customer_id]["first_order_date"]

    def _capacity(self, order: Order) -> int | None:
        return self.partners[order.partner_id].daily_capacity if order.partner_id else None

    def _lines(self, order: Order) -> Iterator[Any]:
        lines = self.facts.lines[order.pk]
        for line, share in zip(lines, shares(order.total, [line.total for line in lines]), strict=True):
            has = {"revenue": share, "total": line.total, "quantity": line.quantity, "order": order.pk, "is_line": True}
            product = self.products.get(line.product_id)
            has |= {"product": line.product_id, "is_kept": product is not None and product.stock_quantity is not None}
            yield "lines", order.placed_at, self._of_product(line.product_id), has
        if not lines:
            has = {"revenue": order.total, "total": NOTHING, "quantity": NOTHING, "order": order.pk, "is_line": False}
            yield "lines", order.placed_at, self._of_product(None), {**has, "product": None, "is_kept": False}

    def _payments(self, order: Order) -> Iterator[Any]:
        payments = self.facts.payments[order.pk]
        for payment in payments:
            yield "payments", order.placed_at, {"payment_method": payment.method}, {"amount": payment.amount}
        unpaid = order.total - sum(payment.amount for payment in payments)
        yield "payments", order.placed_at, {"payment_method": "unpaid"}, {"amount": unpaid}

    def _of_order(self, order: Order) -> dict[str, str]:
        return {
            "hour": str(self.facts.hour(order.placed_at)),
            "channel": order.channel,
            "status": order.status,
            **self._of_partner(order.partner_id),
            **self._of_customer(order.customer_id),
        }

    def _of_partner(self, partner_id: uuid.UUID | None) -> dict[str, str]:
        if partner_id is None:
            return dict.fromkeys(OF_PARTNER, "")
        one = self.partners[partner_id]
        return dict(zip(OF_PARTNER, (str(one.pk), one.city, one.region, one.status), strict=True))

    def _of_customer(self, customer_id: uuid.UUID | None) -> dict[str, str]:
        if customer_id is None:
            return dict.fromkeys(OF_CUSTOMER, "")
        one = self.customers[customer_id]
        names = ("city", "region", "business_type", "acquisition_channel")
        return {
            "customer": str(one.pk),
            **{name: getattr(one, name) for name in names},
            "entity": _text(one.entity_id),
            "segment": self.standing[customer_id]["segment"],
            "cohort": _text(self.standing[customer_id]["first_order_date"])[:7],
        }

    def _of_product(self, product_id: uuid.UUID | None) -> dict[str, str]:
        if product_id is None:
            return dict.fromkeys(OF_PRODUCT, "")
        one = self.products[product_id]
        return dict(zip(OF_PRODUCT, (str(one.pk), _text(one.category_id), one.kind), strict=True))
