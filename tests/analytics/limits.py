"""Facts at the limits of their own columns: all of one customer, partner and product, and mostly of one day."""

import datetime
from decimal import Decimal

from apps.accounts.models import Organization
from tests import builders
from tests.builders import NOON

AMOUNT = Decimal("999999999999.99")
QUANTITY = Decimal("99999999999.999")
PRICE = Decimal("999999999999.9999")
FIRST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)
LAST = datetime.datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.UTC)
STEPS = ("accepted_at", "picked_up_at", "processed_at", "delivered_at")


def write_limits(organization: Organization, *, orders: int = 5) -> None:
    """Write them for NOON's day; the day before has one order of the smallest amount, to compare with."""
    partner = builders.make_partner(organization, daily_capacity=1)
    customer = builders.make_customer(organization, city="Berlin")
    category = builders.make_category(organization)
    product = builders.make_product(
        organization, category=category, kind="good", price=PRICE, cost=PRICE, stock_quantity=QUANTITY
    )
    whose = {"partner": partner, "customer": customer}
    amounts = dict.fromkeys(("subtotal", "discount", "tax", "delivery_fee", "tip", "total"), AMOUNT)
    for number in range(orders):
        order = builders.make_order(
            organization, **whose, **amounts, placed_at=NOON, status="completed", completed_at=LAST,
            channel="ai" if number else "web", **dict(zip(STEPS, (FIRST, LAST, FIRST, LAST), strict=True)),
        )  # fmt: skip
        for _ in range(2):
            builders.make_line(order, product=product, quantity=QUANTITY, unit_price=PRICE, total=AMOUNT)
            builders.make_payment(order, amount=AMOUNT, paid_at=LAST)
            builders.make_refund(organization, order=order, amount=AMOUNT, refunded_at=NOON)
        builders.make_review(order, rating=5)
        builders.make_issue(order, reported_at=NOON, resolved_at=LAST)
    day = datetime.timedelta(days=1)
    builders.make_order(organization, **whose, placed_at=NOON - day, total="0.01")
    builders.make_order(organization, **whose, **amounts, placed_at=FIRST, status="completed", completed_at=LAST)
    builders.make_order(organization, **whose, **amounts, placed_at=LAST)
    builders.make_cost(organization, amount=AMOUNT)
    builders.make_interaction(customer, occurred_at=LAST)
    builders.make_segment_member(builders.make_segment(organization), customer, value=AMOUNT, assigned_at=FIRST)
