"""A batch of orders as parallel arrays: what a business makes up, and what the writer turns into rows.

Amounts are whole cents, quantities thousandths, instants seconds since 1970, absent numbers -1.
"""

import dataclasses
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from apps.demo.clock import HOUR, Bools, Floats, Ints
from apps.marketplace.models import Channel, PaymentMethod

CHANNELS = tuple(Channel.values)
METHODS = tuple(PaymentMethod.values)
STEPS = ("accepted_at", "picked_up_at", "processed_at", "delivered_at", "completed_at")
ACCEPTED, PICKED_UP, PROCESSED, DELIVERED, COMPLETED = range(5)
THOUSANDTHS = 1000


class Fate(IntEnum):
    """How an order ends once its time has come."""

    COMPLETED = 0
    CANCELLED = 1
    REJECTED = 2
    NO_SHOW = 3
    LEFT_OPEN = 4


class Plan(IntEnum):
    """How an order is paid."""

    WHOLE = 0
    TWO_METHODS = 1
    HALF = 2
    NEVER = 3
    SECOND_TRY = 4


@dataclass(slots=True, kw_only=True)
class Lines:
    """Lines of a batch, sorted by `order`, the place of their order in it."""

    order: Ints
    product: Ints
    quantity: Ints
    unit_price: Ints

    @property
    def totals(self) -> Ints:
        """Quantity times unit price, half a cent rounded up."""
        return (self.quantity * self.unit_price + THOUSANDTHS // 2) // THOUSANDTHS


@dataclass(slots=True, kw_only=True)
class Orders:
    """A batch. `steps` has a row for each of `STEPS`; `ended` is when an order that is not completed ends."""

    number: Ints
    placed: Ints
    arrives: Ints
    customer: Ints
    partner: Ints
    channel: Ints
    fate: Ints
    scheduled: Ints
    steps: Ints
    ended: Ints
    basket: Ints
    discount: Ints
    tax: Ints
    fee: Ints
    tip: Ints
    method: Ints
    plan: Ints
    paid: Ints
    refund_share: Floats
    refund_delay: Ints
    refund_reason: Ints
    rating: Ints
    review_delay: Ints
    comment: Ints
    issue: Ints
    report_delay: Ints
    resolve_delay: Ints
    lines: Lines

    @classmethod
    def placed_at(cls, numbers: Ints, placed: Ints) -> "Orders":
        """Return orders that are placed, arrive at once, and have nothing else yet."""
        fields = {field.name: np.zeros(len(numbers), dtype=np.int64) for field in dataclasses.fields(cls)}
        for absent in ("customer", "partner", "scheduled", "ended", "basket", "comment", "issue", "resolve_delay"):
            fields[absent] = np.full(len(numbers), -1, dtype=np.int64)
        nothing = np.zeros(0, dtype=np.int64)
        return cls(
            **{
                **fields,
                "number": numbers,
                "placed": placed,
                "arrives": placed.copy(),
                "paid": placed.copy(),
                "steps": np.full((len(STEPS), len(numbers)), -1, dtype=np.int64),
                "refund_share": np.zeros(len(numbers)),
                "lines": Lines(order=nothing, product=nothing, quantity=nothing, unit_price=nothing),
            }  # type: ignore[arg-type]
        )

    def __len__(self) -> int:
        return len(self.number)

    @property
    def subtotals(self) -> Ints:
        """Sum of the lines of each order."""
        sums = np.zeros(len(self), dtype=np.int64)
        np.add.at(sums, self.lines.order, self.lines.totals)
        return sums

    @property
    def totals(self) -> Ints:
        """What each order comes to."""
        return self.subtotals - self.discount + self.tax + self.fee + self.tip

    def only(self, kept: Bools) -> "Orders":
        """Return the batch without the orders that are not kept."""
        if kept.all():
            return self
        fields = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name != "lines":
                fields[field.name] = value[..., kept]
        places = np.cumsum(kept) - 1
        held = kept[self.lines.order]
        lines = Lines(
            order=places[self.lines.order[held]],
            product=self.lines.product[held],
            quantity=self.lines.quantity[held],
            unit_price=self.lines.unit_price[held],
        )
        return Orders(**fields, lines=lines)

    def book(self, step: int, booked: Bools) -> None:
        """Let orders be scheduled for the hour in which a step comes; one that ends before is scheduled for its end."""
        hour = np.maximum(self.steps[step] // HOUR * HOUR, self.placed)
        hour = np.where(self.ended >= 0, np.minimum(hour, self.ended), hour)
        self.scheduled = np.where(booked, hour, -1)

    def walk(self, first_step: int, *durations: Ints | None) -> None:
        """Set steps one after another, each so many seconds after the one before; None leaves a step out."""
        reached = self.placed
        for step, duration in enumerate(durations, start=first_step):
            if duration is not None:
                reached = reached + np.maximum(duration, 1)
                self.steps[step] = reached
