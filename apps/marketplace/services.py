"""Recording facts of trade, each inside the context of its organization."""

import datetime
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import Sum
from django.utils import timezone

from apps.core.database import in_transaction
from apps.core.recording import (
    DOES_NOT_EXIST,
    Recorded,
    check_references,
    explained,
    find_told,
    insert_once,
    record_once,
    told_otherwise,
)
from apps.core.rest.errors import InvalidParameter, NotThere
from apps.marketplace.amounts import order_amounts, priced_lines
from apps.marketplace.models import (
    Category,
    Customer,
    Order,
    OrderIssue,
    OrderLine,
    OrderStatus,
    Partner,
    Payment,
    Product,
    Refund,
    Review,
)

_STAGES = ("accepted_at", "picked_up_at", "processed_at", "delivered_at", "completed_at", "cancelled_at")
_LINE_FIELDS = ("external_id", "product_id", "description", "quantity", "unit_price", "total")
# A final status has its instant, and no other status has it.
_FINAL_INSTANTS = {OrderStatus.COMPLETED: "completed_at", OrderStatus.CANCELLED: "cancelled_at"}


def record_partner(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Partner]:
    """Record a partner once; see `record_once`."""
    return record_once(Partner, organization_id=organization_id, fields=fields)


def record_category(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Category]:
    """Record a category once; see `record_once`."""
    return record_once(Category, organization_id=organization_id, fields=fields)


def record_product(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Product]:
    """Record a product once; see `record_once`."""
    return record_once(Product, organization_id=organization_id, fields=fields)


def record_customer(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Customer]:
    """Record a customer once; see `record_once`."""
    return record_once(Customer, organization_id=organization_id, fields=fields)


def record_payment(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Payment]:
    """Record a payment of an order once; see `record_once`."""
    return record_once(Payment, organization_id=organization_id, fields=fields)


def record_review(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Review]:
    """Record a review of an order once; see `record_once`."""
    return record_once(Review, organization_id=organization_id, fields=fields)


def record_issue(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[OrderIssue]:
    """Record what went wrong with an order once; see `record_once`."""
    return record_once(OrderIssue, organization_id=organization_id, fields=fields)


def record_refund(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Refund]:
    """Record a refund once; an order gives back no more than it came to.

    Refunds of one order wait for each other, so that two of them cannot both take what remains.

    Raises:
        Conflict: its external id is there with other content.
        InvalidParameter: it exceeds what remains of the order, or a reference leads nowhere.

    """
    with in_transaction():
        order = _locked_order(fields.get("order_id"))
        told = find_told(Refund, fields)
        if told is not None:
            return Recorded(told, created=False)
        check_references(Refund, {name: value for name, value in fields.items() if name != "order_id"})
        if order is not None:
            refunded = order.refunds.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"]
            if fields["amount"] > order.total - refunded:
                raise InvalidParameter("amount", message=f"Of this order {order.total - refunded} remains.")
        return insert_once(Refund(organization_id=organization_id, **fields), fields)


def record_order(
    *, organization_id: uuid.UUID, fields: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] | None = None
) -> Recorded[Order]:
    """Record an order and its lines once, whole or not at all.

    Amounts that are left out are worked out; see `apps.marketplace.amounts`. Without `lines` the order has none.

    Raises:
        Conflict: its external id, or that of a line, is there with other content.
        InvalidParameter: amounts or instants contradict each other, or a reference leads nowhere.

    """
    priced = priced_lines(lines or ())
    content = {**fields, **order_amounts(fields, priced)}
    order = Order(organization_id=organization_id, **content)
    _check_instants(order)
    with in_transaction():
        told = find_told(Order, content)
        if told is None:
            check_references(Order, content)
            _check_products(priced)
            recorded = insert_once(order, content)
            if recorded.created:
                _insert_lines(order, priced)
                return recorded
            told = recorded.row
        if lines is not None and _contents(told.lines.values(*_LINE_FIELDS)) != _contents(priced):
            raise told_otherwise(told, ["lines"])
        return Recorded(told, created=False)


def change_order(*, order_id: uuid.UUID, changes: Mapping[str, Any]) -> Order:
    """Move an order on: its status and its instants.

    An order that becomes completed or cancelled without an instant takes the present one, and one that is neither any
    more loses it. Changes of one order wait for each other.

    Raises:
        NotThere: there is no such order in the organization.
        InvalidParameter: status and instants contradict each other.

    """
    with in_transaction():
        order: Order | None = Order.objects.select_for_update().filter(pk=order_id).first()
        if order is None:
            raise NotThere("There is no such order.")
        for name, value in changes.items():
            setattr(order, name, value)
        written = {*changes, "updated_at"}
        if "status" in changes:
            written |= _keep_final_instants(order, changes)
        _check_instants(order)
        try:
            with in_transaction():
                order.save(update_fields=written)
        except IntegrityError as error:
            raise explained(error, Order) from error
    return order


def _keep_final_instants(order: Order, changes: Mapping[str, Any]) -> set[str]:
    for status, name in _FINAL_INSTANTS.items():
        if name in changes:
            continue
        if order.status != status:
            setattr(order, name, None)
        elif getattr(order, name) is None:
            setattr(order, name, timezone.now())
    return set(_FINAL_INSTANTS.values())


def _check_instants(order: Order) -> None:
    for name in _STAGES:
        instant: datetime.datetime | None = getattr(order, name)
        if instant is not None and instant < order.placed_at:
            raise InvalidParameter(name, message="This is before the order was placed.")


def _check_products(lines: Sequence[Mapping[str, Any]]) -> None:
    wanted = {line["product_id"] for line in lines if line.get("product_id")}
    found = set(Product.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    for position, line in enumerate(lines):
        if line.get("product_id") and line["product_id"] not in found:
            raise InvalidParameter(f"lines.{position}.product", message=DOES_NOT_EXIST)


def _insert_lines(order: Order, lines: Sequence[Mapping[str, Any]]) -> None:
    rows = [OrderLine(organization_id=order.organization_id, order=order, **line) for line in lines]
    try:
        with in_transaction():
            OrderLine.objects.bulk_create(rows)
    except IntegrityError as error:
        raise explained(error, OrderLine) from error


def _contents(lines: Any) -> Counter[tuple[Any, ...]]:
    absent = {"description": ""}
    return Counter(tuple(line.get(name, absent.get(name)) for name in _LINE_FIELDS) for line in lines)


def _locked_order(order_id: uuid.UUID | None) -> Order | None:
    if order_id is None:
        return None
    order: Order | None = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        raise InvalidParameter("order", message=DOES_NOT_EXIST)
    return order
