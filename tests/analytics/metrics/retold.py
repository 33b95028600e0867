"""A laundry that said one thing on the 12th of March, and says another since the 14th."""

import datetime
from decimal import Decimal

import time_machine

from apps.core.context import organization_context
from apps.core.periods import Period
from apps.engagement.models import Interaction
from apps.marketplace.models import Order, OrderIssue, OrderLine, Payment, Refund, Review
from tests.analytics.records import DAY, HOUR, change, delete, refresh
from tests.builders import (
    NOON,
    make_category,
    make_customer,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_review,
)

THEN = NOON + 2 * DAY + HOUR  # on the 12th: the 10th and the 11th were over
SINCE = NOON + 4 * DAY
TENTH = NOON.date()
KNOWN = Period(TENTH - 5 * DAY, TENTH + DAY)
MINUTES = datetime.timedelta(minutes=1)


def at(instant):
    return time_machine.travel(instant, tick=True)


def say(organization):
    """Orders of the 10th and 11th, with something in every rollup; and what the 12th has so far, which nobody knows."""
    partner = make_partner(organization, name="North", daily_capacity=4)
    products = [
        make_product(organization, name=name, kind="good", price=10, cost=4, stock_quantity=30,
                     category=make_category(organization, name=f"Of {name}"))
        for name in ("Shirt", "Coat")
    ]  # fmt: skip
    customers = [make_customer(organization, name=name, city="Berlin") for name in ("Ann", "Ben", "Cem")]
    for number, placed_at in enumerate((NOON, NOON + HOUR, NOON + DAY, NOON + 2 * DAY)):
        order = make_order(
            organization, number=f"S{number}", customer=customers[number % 2], partner=partner, placed_at=placed_at,
            status="completed", subtotal=30, total=30, channel="web", accepted_at=placed_at + 10 * MINUTES,
            picked_up_at=placed_at + HOUR, processed_at=placed_at + 2 * HOUR, delivered_at=placed_at + 3 * HOUR,
            completed_at=placed_at + 3 * HOUR,
        )  # fmt: skip
        make_line(order, product=products[0], quantity=3, total=30)
        make_payment(order, method="card", amount=20)
        make_refund(organization, order=order, amount=2, refunded_at=placed_at + HOUR)
        make_review(order, rating=5, reviewed_at=placed_at + 4 * HOUR)
        make_issue(order, kind="late", reported_at=placed_at + HOUR)
        make_interaction(customers[0], occurred_at=placed_at, successful=True)
    with at(THEN - HOUR):
        refresh(organization)


def retell(organization):
    """Change facts of the 10th and 11th in every way that a rollup shows, and add some of the days before."""
    with organization_context(organization.pk):
        first, second, third, _ = Order.objects.select_related("customer").order_by("placed_at")
        coat = make_product(organization, name="Hat", kind="good", stock_quantity=1)
        south, dee = make_partner(organization, name="South"), make_customer(organization, name="Dee")
    with at(SINCE):
        change(first, placed_at=NOON + 5 * HOUR, total=Decimal("55.55"), discount=1, tax=2, delivery_fee=3, tip=4,
               channel="phone", partner=south, customer=dee, accepted_at=NOON + 9 * HOUR)  # fmt: skip
        change(second, status="cancelled", completed_at=None, cancelled_at=NOON + 5 * HOUR)
        delete(third)
        with organization_context(organization.pk):
            OrderLine.objects.filter(order=first).update(product=coat, quantity=7, total=70)
            Payment.objects.filter(order=first).update(method="cash", amount=40)
            Refund.objects.filter(order=first).update(amount=9)
            Review.objects.filter(order=first).update(rating=1)
            OrderIssue.objects.filter(order=first).update(kind="lost")
            Interaction.objects.filter(occurred_at=NOON).update(successful=False, type="complaint")
            ben = second.customer
        make_order(organization, number="L1", customer=ben, placed_at=NOON - 3 * DAY, status="rejected", total=8)
        earlier = make_order(organization, number="L2", customer=ben, placed_at=NOON - 2 * DAY, total=80)
        make_order(organization, number="L3", customer=make_customer(organization), placed_at=NOON - 2 * DAY, total=5)
        make_line(earlier, product=coat, quantity=2, total=80)
        refresh(organization)
