"""Batches of orders -> rows of seven tables, by COPY."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
from django.db import models

from apps.core.copying import copy_into
from apps.demo.clock import Bools, Ints
from apps.demo.keys import Keys
from apps.demo.orders import (
    ACCEPTED,
    CHANNELS,
    COMPLETED,
    DELIVERED,
    METHODS,
    PICKED_UP,
    PROCESSED,
    STEPS,
    THOUSANDTHS,
    Fate,
    Orders,
    Plan,
)
from apps.marketplace.models import IssueKind, Order, OrderIssue, OrderLine, OrderStatus, Payment, Refund, Review
from apps.marketplace.models import PaymentMethod as Method

ISSUES = tuple(IssueKind.values)
LINES_AT_MOST = 16
Column = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Texts that orders refer to by number."""

    number_prefix: str
    loose_line: str = ""
    comments: Sequence[str] = ()
    refund_reasons: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Writer:
    """Copies rows of one organization and counts them. Nothing after `now` is written, bookings excepted."""

    cursor: Any
    organization_id: str
    keys: Keys
    now: int
    dimension_time: int
    unit: int
    phrases: Phrases
    on_account: bool
    written: Counter[str] = field(default_factory=Counter)

    def copy(self, model: type[models.Model], columns: dict[str, Column]) -> None:
        """Copy rows given as columns of equal length."""
        names = ("organization_id", *columns)
        rows = zip(repeat(self.organization_id), *columns.values(), strict=False)
        self.written[model._meta.label] += copy_into(self.cursor, model, names, rows)

    def dimension_ids(self, kind: str, numbers: Ints) -> list[str | None]:
        """Return ids of partners, products and the like by their numbers; -1 is none."""
        ids = self.keys.ids(kind, np.maximum(numbers, 0), self.dimension_time)
        return [found if number >= 0 else None for found, number in zip(ids, numbers.tolist(), strict=True)]

    def write(self, orders: Orders) -> None:
        """Copy a batch and everything that belongs to it, as known at `now`."""
        orders = orders.only((orders.arrives <= self.now) & (orders.placed <= self.now))
        if len(orders):
            _BatchOfRows(self, orders).copy()


class _BatchOfRows:
    """One batch, seen from `now`."""

    def __init__(self, writer: Writer, orders: Orders) -> None:
        self.writer = writer
        self.orders = orders
        self.ids = writer.keys.ids("order", orders.number, orders.placed)
        self.totals = orders.totals
        self.over: Bools = (orders.fate != Fate.COMPLETED) & (orders.ended >= 0) & (orders.ended <= writer.now)
        self.reached = self._reached()
        self.completed: Bools = self.reached[COMPLETED]
        self.captured: Ints = np.zeros(len(orders), dtype=np.int64)

    def copy(self) -> None:
        """Copy orders first: the rest refers to them."""
        self._copy_orders()
        self._copy_lines()
        self._copy_payments()
        self._copy_refunds()
        self._copy_reviews()
        self._copy_issues()

    def _reached(self) -> Bools:
        orders = self.orders
        reached: Bools = (orders.steps >= 0) & (orders.steps <= self.writer.now)
        reached &= (orders.ended < 0) | (orders.steps < orders.ended) | (orders.fate == Fate.COMPLETED)
        reached[COMPLETED] &= orders.fate == Fate.COMPLETED
        reached[:, orders.fate == Fate.REJECTED] = False
        reached[PICKED_UP:, np.isin(orders.fate, (Fate.NO_SHOW, Fate.LEFT_OPEN))] = False
        return reached

    def _statuses(self) -> list[str]:
        statuses = np.full(len(self.orders), OrderStatus.PENDING.value, dtype=object)
        statuses[self.reached[ACCEPTED]] = OrderStatus.ACCEPTED.value
        statuses[self.reached[PICKED_UP]] = OrderStatus.IN_PROGRESS.value
        statuses[self.reached[PROCESSED] | self.reached[DELIVERED]] = OrderStatus.READY.value
        statuses[self.completed] = OrderStatus.COMPLETED.value
        for fate, status in (
            (Fate.CANCELLED, OrderStatus.CANCELLED),
            (Fate.REJECTED, OrderStatus.REJECTED),
            (Fate.NO_SHOW, OrderStatus.NO_SHOW),
        ):
            statuses[self.over & (self.orders.fate == fate)] = status.value
        return statuses.tolist()

    def _copy_orders(self) -> None:
        orders, writer = self.orders, self.writer
        last_event = np.where(self.reached, orders.steps, 0).max(axis=0)
        last_event = np.maximum(np.maximum(orders.arrives, last_event), np.where(self.over, orders.ended, 0))
        prefix = writer.phrases.number_prefix
        numbers = [f"{prefix}-{100_000 + number}" for number in orders.number.tolist()]
        steps = {name: instants(orders.steps[step], self.reached[step]) for step, name in enumerate(STEPS)}
        writer.copy(
            Order,
            {
                "id": self.ids,
                "external_id": [f"order-{number}" for number in orders.number.tolist()],
                "created_at": instants(orders.arrives),
                "updated_at": instants(last_event),
                "number": numbers,
                "customer_id": writer.dimension_ids("customer", orders.customer),
                "partner_id": writer.dimension_ids("partner", orders.partner),
                "basket_reference": [f"basket-{basket}" if basket >= 0 else "" for basket in orders.basket.tolist()],
                "channel": [CHANNELS[channel] for channel in orders.channel.tolist()],
                "status": self._statuses(),
                "source_status": [""] * len(orders),
                "placed_at": instants(orders.placed),
                "scheduled_for": instants(orders.scheduled, orders.scheduled >= 0),
                **steps,
                "cancelled_at": instants(orders.ended, self.over & (orders.fate == Fate.CANCELLED)),
                "subtotal": money(orders.subtotals),
                "discount": money(orders.discount),
                "tax": money(orders.tax),
                "delivery_fee": money(orders.fee),
                "tip": money(orders.tip),
                "total": money(self.totals),
            },
        )

    def _copy_lines(self) -> None:
        orders, lines, writer = self.orders, self.orders.lines, self.writer
        loose = writer.phrases.loose_line
        place = np.arange(len(lines.order)) - np.searchsorted(lines.order, lines.order)
        order_numbers = orders.number[lines.order]
        arrived = instants(orders.arrives[lines.order])
        writer.copy(
            OrderLine,
            {
                "id": writer.keys.ids("line", order_numbers * LINES_AT_MOST + place, orders.placed[lines.order]),
                "external_id": [
                    f"order-{number}/{line + 1}"
                    for number, line in zip(order_numbers.tolist(), place.tolist(), strict=True)
                ],
                "created_at": arrived,
                "updated_at": arrived,
                "order_id": self._ids_at(lines.order),
                "product_id": writer.dimension_ids("product", lines.product),
                "description": ["" if product >= 0 else loose for product in lines.product.tolist()],
                "quantity": [f"{whole}.{rest:03d}" for whole, rest in _divided(lines.quantity, THOUSANDTHS)],
                "unit_price": money(lines.unit_price),
                "total": money(lines.totals),
            },
        )

    def _copy_payments(self) -> None:
        orders = self.orders
        counted, plan = ~self.over, orders.plan
        to_pay = (self.totals > 0) & (plan != Plan.NEVER) & (orders.fate != Fate.REJECTED)
        paid = to_pay & counted & (orders.paid <= self.writer.now)
        share = np.ones(len(orders))
        share[plan == Plan.HALF] = 0.5
        first = self._rounded(self.totals * np.where(plan == Plan.TWO_METHODS, 0.7, share))
        second = np.where(plan == Plan.TWO_METHODS, self.totals - first, 0)
        self.captured = np.where(paid, first + second, 0)
        cash = METHODS.index(Method.CASH)
        status = np.where(paid, "captured", np.where(counted, "authorized", "voided"))
        entered_before = (orders.method != cash) & (not self.writer.on_account)
        wanted = to_pay & (paid | entered_before)
        card, wallet = METHODS.index(Method.CARD), METHODS.index(Method.WALLET)
        other = np.where(orders.method == wallet, card, wallet)
        self._copy_payments_of(1, wanted & (first > 0), orders.method, status, first, orders.paid)
        self._copy_payments_of(2, paid & (second > 0), other, status, second, orders.paid)
        failed = np.full(len(orders), "failed")
        tried = np.maximum(orders.paid - 150, orders.placed)
        self._copy_payments_of(3, paid & (plan == Plan.SECOND_TRY), orders.method, failed, first, tried)

    def _copy_payments_of(
        self, place: int, wanted: Bools, method: Ints, status: np.ndarray, amount: Ints, paid: Ints
    ) -> None:
        orders, writer = self.orders, self.writer
        at = np.flatnonzero(wanted)
        happened = np.where(paid <= writer.now, paid, orders.placed)
        created = instants(np.maximum(happened, orders.arrives)[at])
        writer.copy(
            Payment,
            {
                "id": writer.keys.ids("payment", orders.number[at] * 4 + place, orders.placed[at]),
                "external_id": [f"order-{number}/payment-{place}" for number in orders.number[at].tolist()],
                "created_at": created,
                "updated_at": created,
                "order_id": self._ids_at(at),
                "method": [METHODS[chosen] for chosen in method[at].tolist()],
                "source_method": [""] * len(at),
                "status": status[at].tolist(),
                "amount": money(amount[at]),
                "paid_at": instants(paid[at], status[at] == "captured"),
            },
        )

    def _copy_refunds(self) -> None:
        orders, writer = self.orders, self.writer
        refunded = np.maximum(orders.paid, orders.steps[COMPLETED]) + np.maximum(orders.refund_delay, 1)
        amount = np.minimum(self._rounded(self.captured * orders.refund_share), self.captured)
        wanted = self.completed & (amount > 0) & (refunded <= writer.now)
        reasons = writer.phrases.refund_reasons
        self._copy_about(
            Refund,
            "refund",
            np.flatnonzero(wanted),
            refunded,
            {
                "amount": money(amount[wanted]),
                "reason": [reasons[reason] for reason in orders.refund_reason[wanted].tolist()],
                "refunded_at": instants(refunded[wanted]),
            },
        )

    def _copy_reviews(self) -> None:
        orders = self.orders
        reviewed = orders.steps[COMPLETED] + np.maximum(orders.review_delay, 1)
        wanted = self.completed & (orders.rating > 0) & (reviewed <= self.writer.now)
        comments = self.writer.phrases.comments
        self._copy_about(
            Review,
            "review",
            np.flatnonzero(wanted),
            reviewed,
            {
                "rating": orders.rating[wanted].tolist(),
                "comment": [comments[comment] if comment >= 0 else "" for comment in orders.comment[wanted].tolist()],
                "reviewed_at": instants(reviewed[wanted]),
            },
        )

    def _copy_issues(self) -> None:
        orders, now = self.orders, self.writer.now
        reported = orders.steps[COMPLETED] + np.maximum(orders.report_delay, 1)
        resolved = reported + orders.resolve_delay
        wanted = self.completed & (orders.issue >= 0) & (reported <= now)
        is_resolved = (orders.resolve_delay >= 0) & (resolved <= now)
        self._copy_about(
            OrderIssue,
            "issue",
            np.flatnonzero(wanted),
            np.where(is_resolved, resolved, reported),
            {
                "kind": [ISSUES[issue] for issue in orders.issue[wanted].tolist()],
                "reported_at": instants(reported[wanted]),
                "resolved_at": instants(resolved[wanted], is_resolved[wanted]),
            },
        )

    def _copy_about(
        self, model: type[models.Model], kind: str, at: Ints, happened: Ints, columns: dict[str, Column]
    ) -> None:
        orders, writer = self.orders, self.writer
        created = instants(np.maximum(happened, orders.arrives)[at])
        shared: dict[str, Column] = {
            "id": writer.keys.ids(kind, orders.number[at], orders.placed[at]),
            "external_id": [f"order-{number}/{kind}" for number in orders.number[at].tolist()],
            "created_at": created,
            "updated_at": created,
            "order_id": self._ids_at(at),
        }
        writer.copy(model, shared | columns)

    def _ids_at(self, places: Ints) -> list[str]:
        ids = self.ids
        return [ids[place] for place in places.tolist()]

    def _rounded(self, cents: np.ndarray) -> Ints:
        """Round to the smallest amount the currency shows."""
        return np.rint(cents / self.writer.unit).astype(np.int64) * self.writer.unit


def instants(seconds: Ints, shown: Bools | None = None) -> list[str | None]:
    """Return instants as PostgreSQL reads them; those not shown are NULL."""
    texts: list[str | None] = np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").tolist()
    if shown is None:
        return texts
    return [text if is_shown else None for text, is_shown in zip(texts, shown.tolist(), strict=True)]


def money(cents: Ints) -> list[str]:
    """Return amounts with two decimals."""
    return [f"{whole}.{rest:02d}" for whole, rest in _divided(cents, 100)]


def _divided(numbers: Ints, by: int) -> Iterable[tuple[int, int]]:
    whole, rest = np.divmod(numbers, by)
    return zip(whole.tolist(), rest.tolist(), strict=True)
