"""What happens in one organization: plain writes of facts, as an application or an import makes them."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models

from apps.accounts.models import Organization
from apps.analytics.models import CustomerThresholds
from apps.core.context import organization_context
from apps.core.copying import copy_into
from apps.core.database import in_transaction, tenant_cursor
from apps.core.identifiers import new_id
from apps.engagement.models import Interaction, SegmentMember
from apps.marketplace.models import Category, Customer, Order, OrderIssue, OrderLine, Payment, Refund, Review
from tests import builders

STEPS_OF_AN_ORDER = ("accepted_at", "picked_up_at", "processed_at", "delivered_at")


@dataclass(frozen=True)
class Moment:
    """A time near the beginning of a business day: which day, counted from the clock's first, and how long after."""

    day: int
    after: datetime.timedelta


@dataclass(frozen=True)
class NewOrder:
    """An order as it comes in; customers, partners and products are numbers, None for none."""

    at: Moment
    status: str = "accepted"
    channel: str = "web"
    customer: int | None = 0
    partner: int | None = 0
    total: Decimal = Decimal("10.00")
    parts: Sequence[Decimal] = (Decimal(0), Decimal(0), Decimal(0), Decimal(0))
    lines: Sequence[tuple[Any, ...]] = ()
    payments: Sequence[tuple[str, str, Decimal]] = ()
    refunds: Sequence[tuple[Moment, Decimal]] = ()
    reviews: Sequence[tuple[Moment, int]] = ()
    issues: Sequence[tuple[Moment, str]] = ()
    steps: Sequence[int | None] = field(default=(None, None, None, None, None))


class Business:
    """An organization with partners, customers, categories, products and a segment, and the orders it was given."""

    def __init__(self, organization: Organization, today: datetime.date) -> None:
        self.organization = organization
        self.today = today
        self.partners = [builders.make_partner(organization) for _ in range(2)]
        self.customers = [builders.make_customer(organization) for _ in range(4)]
        self.categories = [builders.make_category(organization) for _ in range(2)]
        self.products = [
            builders.make_product(organization, category=category) for category in (*self.categories, None)
        ]
        self.segments = [builders.make_segment(organization) for _ in range(2)]

    def instant(self, moment: Moment) -> datetime.datetime:
        return self.organization.calendar.day_start(self.today + datetime.timedelta(days=moment.day)) + moment.after

    def pick(self, model: type[models.Model], number: int) -> Any:
        """Return one of the organization's rows by its number, counted round and round, or None where there is none."""
        with organization_context(self.organization.pk):
            keys = list(model.objects.order_by("created_at", "id").values_list("pk", flat=True))
            return model.objects.get(pk=keys[number % len(keys)]) if keys else None

    def change(self, row: Any, **values: Any) -> None:
        with organization_context(self.organization.pk):
            type(row).objects.filter(pk=row.pk).update(**values)

    def order_values(self, new: NewOrder) -> dict[str, Any]:
        placed_at = self.instant(new.at)
        discount, tax, delivery_fee, tip = new.parts
        return {
            "number": "N",
            "placed_at": placed_at,
            "customer": None if new.customer is None else self.customers[new.customer],
            "partner": None if new.partner is None else self.partners[new.partner],
            "channel": new.channel,
            "total": new.total,
            "discount": discount,
            "tax": tax,
            "delivery_fee": delivery_fee,
            "tip": tip,
            **self.status_values(new.status, placed_at, new.steps),
        }

    @staticmethod
    def status_values(
        status: str, placed_at: datetime.datetime, steps: Sequence[int | None] = (None, None, None, None, None)
    ) -> dict[str, Any]:
        """Return a status and instants that agree with it; steps are minutes since the order was placed."""
        instants = [None if minutes is None else placed_at + datetime.timedelta(minutes=minutes) for minutes in steps]
        values = {"status": status, **dict(zip(STEPS_OF_AN_ORDER, instants, strict=False))}
        if status == "pending":
            values["accepted_at"] = None
        values["completed_at"] = instants[4] if status == "completed" else None
        values["cancelled_at"] = instants[4] if status == "cancelled" else None
        return values

    def place(self, new: NewOrder) -> None:
        """Write an order with all that belongs to it, in one transaction."""
        self.place_many([new], bulk=False)

    def place_many(self, news: Sequence[NewOrder], *, bulk: bool = True) -> None:
        """Write orders by one statement for each table."""
        with in_transaction(), organization_context(self.organization.pk):
            for rows in self.rows_of(news):
                if bulk and rows:
                    type(rows[0]).objects.bulk_create(rows)
                else:
                    for row in rows:
                        row.save(force_insert=True)

    def copy_many(self, news: Sequence[NewOrder]) -> None:
        """Write orders as an import does, by COPY."""
        with in_transaction(), tenant_cursor() as cursor:
            for rows in self.rows_of(news):
                if not rows:
                    continue
                fields = [row_field for row_field in type(rows[0])._meta.concrete_fields if not row_field.generated]
                copy_into(
                    cursor,
                    type(rows[0]),
                    [row_field.column for row_field in fields],
                    [[row_field.pre_save(row, add=True) for row_field in fields] for row in rows],
                )

    def rows_of(self, news: Sequence[NewOrder]) -> list[list[Any]]:
        """Return the rows of these orders, table by table, orders first."""
        found: list[list[Any]] = [[] for _ in range(6)]
        orders, lines, payments, refunds, reviews, issues = found
        for new in news:
            order = Order(id=new_id(), organization=self.organization, **self.order_values(new))
            of_order = {"organization": self.organization, "order": order}
            orders.append(order)
            lines += [self.line(order, *line) for line in new.lines]
            payments += [
                Payment(**of_order, method=method, status=status, amount=amount, paid_at=order.placed_at)
                for method, status, amount in new.payments
            ]
            refunds += [Refund(**of_order, amount=amount, refunded_at=self.instant(at)) for at, amount in new.refunds]
            reviews += [Review(**of_order, rating=rating, reviewed_at=self.instant(at)) for at, rating in new.reviews]
            issues += [OrderIssue(**of_order, kind=kind, reported_at=self.instant(at)) for at, kind in new.issues]
        return found

    def line(self, order: Order, product: int | None, total: Decimal, quantity: Decimal = Decimal("1.5")) -> OrderLine:
        return OrderLine(
            organization=self.organization,
            order=order,
            product=None if product is None else self.products[product],
            quantity=quantity,
            total=total,
        )

    def add(self, row: Any) -> None:
        with organization_context(self.organization.pk):
            row.save(force_insert=True)

    def remove(self, row: Any) -> None:
        with organization_context(self.organization.pk):
            row.delete()

    def shift_orders(self, by: datetime.timedelta) -> None:
        """Move every order by one statement."""
        with organization_context(self.organization.pk):
            Order.objects.update(placed_at=models.F("placed_at") + by)

    def merge_customers(self, into: int, other: int) -> None:
        """Give all that one customer has to another, as when two prove to be one."""
        with in_transaction(), organization_context(self.organization.pk):
            old, new = self.customers[other], self.customers[into]
            Order.objects.filter(customer=old).update(customer=new)
            Refund.objects.filter(customer=old).update(customer=new)
            Interaction.objects.filter(customer=old).update(customer=new)
            SegmentMember.objects.filter(customer=old).delete()

    def replace_customer(self, number: int) -> None:
        """Delete a customer who has no orders and refunds, with all contacts, and take in another."""
        customer = self.customers[number]
        with in_transaction(), organization_context(self.organization.pk):
            held = Order.objects.filter(customer=customer).exists() or Refund.objects.filter(customer=customer).exists()
            if not held:
                Customer.objects.get(pk=customer.pk).delete()
                self.customers[number] = Customer.objects.create(organization=self.organization, name="Another")

    def drop_category(self, number: int) -> None:
        with organization_context(self.organization.pk):
            Category.objects.get(pk=self.categories[number].pk).delete()
            self.categories[number] = Category.objects.create(organization=self.organization, name=str(uuid.uuid4()))

    def set_calendar(self, zone: str, starts: datetime.time) -> None:
        self.organization.timezone = zone
        self.organization.day_starts_at = starts
        self.organization.save(update_fields=["timezone", "day_starts_at"])

    def set_thresholds(self, values: dict[str, Any] | None) -> None:
        """Set thresholds, or with None go back to the defaults."""
        with organization_context(self.organization.pk):
            if values is None:
                CustomerThresholds.objects.all().delete()
            else:
                CustomerThresholds.objects.update_or_create(organization=self.organization, defaults=values)
