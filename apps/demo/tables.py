"""Tables that are not orders: what businesses list about partners, products, customers, contacts and costs."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import models

from apps.demo.clock import DAY, Calendar, Ints
from apps.demo.customers import NEVER, CustomerPool
from apps.demo.keys import Keys
from apps.demo.people import Names, mailbox, phone
from apps.demo.shape import first_of_months
from apps.demo.writing import Column, instants, money
from apps.engagement.models import Interaction, InteractionStatus, InteractionType, Segment, SegmentMember
from apps.marketplace.models import Category, Customer, OperatingCost, Partner, Product

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one model as columns; `id` is there, the organization is not."""

    model: type[models.Model]
    columns: dict[str, Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Ids and instants that all tables of one run share."""

    keys: Keys
    started: int
    now: int

    def ids(self, kind: str, numbers: Ints) -> list[str]:
        """Return the ids of numbered rows."""
        return self.keys.ids(kind, numbers, self.started)

    def row_start(self, kind: str, numbers: Ints, created: Ints | None = None) -> dict[str, Column]:
        """Return the columns that every imported row begins with."""
        made = instants(np.full(len(numbers), self.started) if created is None else created)
        return {
            "id": self.ids(kind, numbers),
            "external_id": [f"{kind}-{number}" for number in numbers.tolist()],
            "created_at": made,
            "updated_at": made,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """A partner before it is copied for larger scales."""

    name: str
    city: str
    region: str
    capacity: int | None
    weight: float = 1.0
    status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product; amounts in cents, stock in pieces, None where it is not kept."""

    name: str
    category: str | None
    price: int
    cost: int | None
    stock: int | None = None
    kind: str = "good"
    weight: float = 1.0


def partners(registry: Registry, rows: Sequence[PartnerRow], *, copies: int, code: str, joined: datetime.date) -> Table:
    """List partners; of each further copy the name says its number."""
    count = len(rows) * copies
    all_rows = [rows[number % len(rows)] for number in range(count)]
    return Table(
        Partner,
        {
            **registry.row_start("partner", np.arange(count)),
            "name": [_numbered(row.name, number // len(rows)) for number, row in enumerate(all_rows)],
            "code": [f"{code}{number + 1:04d}" for number in range(count)],
            "status": [row.status for row in all_rows],
            "city": [row.city for row in all_rows],
            "region": [row.region for row in all_rows],
            "daily_capacity": [row.capacity for row in all_rows],
            "joined_on": [joined + datetime.timedelta(days=number * 11 % 300) for number in range(count)],
        },
    )


def products(registry: Registry, rows: Sequence[ProductRow], *, copies: int, sku: str) -> Iterator[Table]:
    """List categories and then products."""
    categories = list(dict.fromkeys(row.category for row in rows if row.category))
    yield Table(Category, {**registry.row_start("category", np.arange(len(categories))), "name": categories})
    category_ids = registry.ids("category", np.arange(len(categories)))
    for start in range(0, len(rows) * copies, ROWS_AT_ONCE):
        numbers = np.arange(start, min(start + ROWS_AT_ONCE, len(rows) * copies))
        chosen = [rows[number % len(rows)] for number in numbers.tolist()]
        yield Table(
            Product,
            {
                **registry.row_start("product", numbers),
                "kind": [row.kind for row in chosen],
                "sku": [f"{sku}-{number + 1:05d}" for number in numbers.tolist()],
                "name": [
                    _numbered(row.name, number // len(rows))
                    for number, row in zip(numbers.tolist(), chosen, strict=True)
                ],
                "category_id": [
                    category_ids[categories.index(row.category)] if row.category else None for row in chosen
                ],
                "price": money(np.array([row.price for row in chosen])),
                "cost": [None if row.cost is None else f"{row.cost / 100:.2f}" for row in chosen],
                "stock_quantity": [row.stock for row in chosen],
            },
        )


def _numbered(name: str, copy: int) -> str:
    return name if copy == 0 else f"{name} {copy + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How customers of a business are called and reached."""

    names: Names
    domain: str
    phone_prefix: str
    cities: Sequence[str]
    region: str
    business_types: Sequence[str]
    channels: Sequence[str]


def customers(
    registry: Registry,
    people: People,
    *,
    count: int,
    joined: Callable[[Ints], Ints],
    channel: Callable[[Ints], Ints] | None = None,
    entity: Callable[[Ints], list[str | None]] | None = None,
    name: Callable[[Ints], list[str]] | None = None,
) -> Iterator[Table]:
    """List customers in blocks; `channel` says by which of the people's channels each was won."""
    for start in range(0, count, ROWS_AT_ONCE):
        numbers = np.arange(start, min(start + ROWS_AT_ONCE, count))
        instants_joined = joined(numbers)
        won_by = channel(numbers) if channel else numbers * 5 % 13 % len(people.channels)
        yield Table(
            Customer,
            {
                **registry.row_start("customer", numbers, instants_joined),
                "name": name(numbers) if name else people.names.of(numbers),
                "email": mailbox(numbers, people.domain),
                "phone": phone(numbers, people.phone_prefix),
                "city": [people.cities[number * 3 % len(people.cities)] for number in numbers.tolist()],
                "region": [people.region] * len(numbers),
                "business_type": [
                    people.business_types[number % len(people.business_types)] for number in numbers.tolist()
                ],
                "acquisition_channel": [people.channels[channel] for channel in won_by.tolist()],
                "joined_at": instants(instants_joined),
                "entity_id": entity(numbers) if entity else [None] * len(numbers),
            },
        )


def operating_costs(registry: Registry, calendar: Calendar, monthly: dict[str, tuple[float, float]]) -> Table:
    """List what each month cost, from the first month's amount to the last one's, in whole units of currency."""
    months = first_of_months(calendar.first, calendar.last)
    rows = [
        (month, kind, round(first + (last - first) * place / max(len(months) - 1, 1)))
        for place, month in enumerate(months)
        for kind, (first, last) in monthly.items()
    ]
    return Table(
        OperatingCost,
        {
            **registry.row_start("cost", np.arange(len(rows))),
            "month": [month for month, _, _ in rows],
            "kind": [kind for _, kind, _ in rows],
            "amount": [amount for _, _, amount in rows],
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A named set of customers, and which share of them is in it."""

    name: str
    description: str
    share: float
    rule: str | None = None


def segments(
    registry: Registry,
    rows: Sequence[SegmentRow],
    *,
    joined: Callable[[Ints], Ints],
    count: int,
    generator: np.random.Generator,
) -> Iterator[Table]:
    """List segments and members; one member in eight is no longer active."""
    yield Table(
        Segment,
        {
            **registry.row_start("segment", np.arange(len(rows))),
            "name": [row.name for row in rows],
            "description": [row.description for row in rows],
            "rule": [row.rule for row in rows],
        },
    )
    segment_ids = registry.ids("segment", np.arange(len(rows)))
    for start in range(0, count, ROWS_AT_ONCE):
        everybody = np.arange(start, min(start + ROWS_AT_ONCE, count))
        for place, row in enumerate(rows):
            numbers = everybody[generator.random(len(everybody)) < row.share]
            since = joined(numbers)
            assigned = since + (generator.random(len(numbers)) * np.maximum(registry.now - since, 0)).astype(np.int64)
            yield Table(
                SegmentMember,
                {
                    **registry.row_start("member", numbers * 16 + place, assigned),
                    "segment_id": [segment_ids[place]] * len(numbers),
                    "customer_id": registry.ids("customer", numbers),
                    "value": money(generator.integers(1_00, 900_00, len(numbers))),
                    "assigned_at": instants(assigned),
                    "is_active": (generator.random(len(numbers)) < 7 / 8).tolist(),
                },
            )


TYPES = tuple(InteractionType.values)
STATUSES = tuple(InteractionStatus.values)


def interactions(
    registry: Registry,
    *,
    numbers: Ints,
    customer: Ints,
    occurred: Ints,
    subjects: dict[str, str],
    automated: float,
    generator: np.random.Generator,
) -> Table:
    """List contacts; older ones are done, and of those done three in four succeeded."""
    size = len(numbers)
    is_automated = generator.random(size) < automated
    kind = np.where(is_automated, TYPES.index("email"), generator.integers(0, len(TYPES), size))
    recent = occurred > registry.now - 10 * DAY
    status = np.where(generator.random(size) < 0.05, STATUSES.index("cancelled"), STATUSES.index("completed"))
    status = np.where(recent, generator.choice([0, 1, 2, 2, 2], size), status)
    succeeded = generator.random(size) < np.where(is_automated, 0.62, 0.81)
    known = status == STATUSES.index("completed")
    kept = occurred <= registry.now
    types = [TYPES[chosen] for chosen in kind[kept].tolist()]
    return Table(
        Interaction,
        {
            **registry.row_start("interaction", numbers[kept], occurred[kept]),
            "customer_id": registry.ids("customer", customer[kept]),
            "type": types,
            "status": [STATUSES[chosen] for chosen in status[kept].tolist()],
            "occurred_at": instants(occurred[kept]),
            "subject": [subjects[chosen] for chosen in types],
            "automated": is_automated[kept].tolist(),
            "successful": [
                succeeds if is_known else None
                for succeeds, is_known in zip(succeeded[kept].tolist(), known[kept].tolist(), strict=True)
            ],
        },
    )


def pool_interactions(
    registry: Registry,
    calendar: Calendar,
    pool: CustomerPool,
    *,
    per_order: float,
    order_count: int,
    subjects: dict[str, str],
    automated: float,
    generator: np.random.Generator,
) -> Iterator[Table]:
    """List contacts with customers who are there, spread over working hours of all days."""
    total = round(order_count * per_order)
    for start in range(0, total, ROWS_AT_ONCE):
        numbers = np.arange(start, min(start + ROWS_AT_ONCE, total))
        days = np.sort(generator.integers(0, calendar.days, len(numbers)))
        occurred = calendar.openings[days] + generator.integers(9 * 3600, 18 * 3600, len(numbers))
        yield interactions(
            registry,
            numbers=numbers,
            customer=pool.pick(days, generator),
            occurred=occurred,
            subjects=subjects,
            automated=automated,
            generator=generator,
        )


__all__ = ["NEVER", "PartnerRow", "People", "ProductRow", "Registry", "SegmentRow", "Table"]
