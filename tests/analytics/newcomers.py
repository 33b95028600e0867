"""An organization that came after the last ANALYZE, and how much PostgreSQL reads to answer a question about it."""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.accounts.models import Organization
from apps.analytics.refresh import refresh_organization
from apps.core.context import organization_context
from apps.engagement.models import Interaction, InteractionType
from apps.marketplace.models import (
    Category,
    Customer,
    IssueKind,
    Order,
    OrderIssue,
    OrderLine,
    OrderStatus,
    Partner,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Product,
    Refund,
    Review,
)
from tests.builders import make_organization

FIRST = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
DAYS = 30
ORDERS = 400


def newcomer() -> Organization:
    """Return an organization with a month of trade in a database whose statistics are of another one."""
    known = make_organization("known")
    trade(known)
    refresh_organization(known.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    organization = make_organization("newcomer")
    trade(organization)
    return organization


def trade(organization: Organization) -> None:
    """Give an organization orders over a month, each with a line, a payment, a refund, a review and more."""
    with organization_context(organization.pk):
        categories = _written(Category, organization, [{"name": f"C{n}"} for n in range(4)])
        partners = _written(Partner, organization, [{"name": f"P{n}", "daily_capacity": 9} for n in range(10)])
        customers = _written(Customer, organization, [{"name": f"C{n}"} for n in range(150)])
        products = _written(
            Product, organization, [{"name": f"P{n}", "category": categories[n % 4], "stock_quantity": 3, "cost": 1}
                                    for n in range(40)]
        )  # fmt: skip
        orders = _written(Order, organization, [_order(n, customers, partners) for n in range(ORDERS)])
        money = Decimal(10)
        _written(OrderLine, organization, [
            {"order": order, "product": products[n % 40], "quantity": 1, "unit_price": money, "total": money}
            for n, order in enumerate(orders)
        ])  # fmt: skip
        _written(Payment, organization, [
            {"order": order, "method": PaymentMethod.CARD, "status": PaymentStatus.CAPTURED, "amount": money,
             "paid_at": order.placed_at} for order in orders
        ])  # fmt: skip
        _written(Refund, organization, [
            {"order": order, "amount": 1, "refunded_at": order.placed_at} for order in orders
        ])  # fmt: skip
        _written(Review, organization, [
            {"order": order, "rating": 4, "reviewed_at": order.placed_at} for order in orders
        ])  # fmt: skip
        _written(OrderIssue, organization, [
            {"order": order, "kind": IssueKind.LATE, "reported_at": order.placed_at} for order in orders
        ])  # fmt: skip
        _written(Interaction, organization, [
            {"customer": order.customer, "type": InteractionType.CALL, "occurred_at": order.placed_at}
            for order in orders
        ])  # fmt: skip


def _order(number: int, customers: list[Any], partners: list[Any]) -> dict[str, Any]:
    placed_at = FIRST + datetime.timedelta(days=number * DAYS / ORDERS)
    return {
        "number": f"N{number}",
        "customer": customers[number % len(customers)],
        "partner": partners[number % len(partners)],
        "status": OrderStatus.COMPLETED,
        "placed_at": placed_at,
        "accepted_at": placed_at,
        "completed_at": placed_at + datetime.timedelta(minutes=number % 90),
        "subtotal": 10,
        "total": 10,
    }


def _written(model: Any, organization: Organization, rows: list[dict[str, Any]]) -> list[Any]:
    return model.objects.bulk_create([model(organization=organization, **row) for row in rows])


@contextmanager
def work_done(prefix: tuple[str, ...] = ("SELECT", "WITH")) -> Iterator[list[tuple[int, str]]]:
    """Collect how many rows each statement that begins so looked at, and its plan; the statement runs twice."""
    done: list[tuple[int, str]] = []

    def looking(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        cursor = context["cursor"]
        text = "\n".join(
            line for line in cursor.mogrify(sql, params).decode().splitlines() if not line.startswith("--")
        ).lstrip()
        makes_nothing = text.startswith("CREATE") and " AS\n" not in text
        if many or makes_nothing or not text.startswith(prefix):
            return execute(sql, params, many, context)
        # Under a savepoint: what writes is taken back.
        cursor.execute("SAVEPOINT looked_at")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, FORMAT JSON) {text}")
        [(plan,)] = cursor.fetchall()
        cursor.execute("ROLLBACK TO SAVEPOINT looked_at")
        done.append((_rows(plan[0]["Plan"]), json.dumps(plan[0]["Plan"], indent=1)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(looking):
        yield done


def _rows(node: dict[str, Any]) -> int:
    """Return the rows that a plan's nodes gave or threw away, in all their loops."""
    loops = node["Actual Loops"]
    own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    own += node.get("Rows Removed by Index Recheck", 0)
    return round(own * loops) + sum(_rows(below) for below in node.get("Plans", []))
