"""Facts of trade: each constraint of the database, just inside and just outside."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError

from apps.core.context import organization_context
from apps.marketplace.models import OperatingCost, Order, OrderStatus, Payment, Product, Refund
from tests import builders
from tests.builders import NOON
from tests.rows import checks_of, insert, prove_check

pytestmark = pytest.mark.django_db

LATER = NOON + datetime.timedelta(hours=1)
CENT, ZERO, DEBT = Decimal("0.01"), Decimal(0), Decimal("-0.01")
AMOUNTS = ("subtotal", "discount", "tax", "delivery_fee", "tip", "total")
OPEN = ("pending", "accepted", "rejected", "in_progress", "ready", "no_show")

CASES = {
    "product_kind": ([{"kind": "good"}, {"kind": "service"}], [{"kind": "thing"}, {"kind": ""}]),
    "product_price_not_negative": ([{"price": None}, {"price": ZERO}], [{"price": Decimal("-0.0001")}]),
    "product_cost_not_negative": ([{"cost": None}, {"cost": ZERO}], [{"cost": Decimal("-0.0001")}]),
    "product_service_without_stock": (
        [
            {"kind": "good", "stock_quantity": Decimal("-1.5")},  # oversold
            {"kind": "good", "stock_quantity": None},
            {"kind": "service", "stock_quantity": None},
        ],
        [{"kind": "service", "stock_quantity": ZERO}],
    ),
    "partner_status": ([{"status": s} for s in ("active", "paused", "closed")], [{"status": "retired"}]),
    "partner_daily_capacity": ([{"daily_capacity": None}, {"daily_capacity": 1}], [{"daily_capacity": 0}]),
    "order_status": (
        [{"status": s} for s in (*OPEN, "completed", "cancelled")],
        [{"status": "delivered"}, {"status": ""}, {"status": "Completed"}],
    ),
    "order_channel": (
        [{"channel": c} for c in ("web", "app", "phone", "walk_in", "ai", "automation", "api")],
        [{"channel": "fax"}],
    ),
    "order_amounts": ([dict.fromkeys(AMOUNTS, ZERO), dict.fromkeys(AMOUNTS, CENT)], [{a: DEBT} for a in AMOUNTS]),
    "order_completed_at_only_when_completed": (
        [{"status": "completed", "completed_at": NOON}, {"status": "completed", "completed_at": None}],
        [{"status": status, "completed_at": NOON} for status in (*OPEN, "cancelled")],
    ),
    "order_cancelled_at_only_when_cancelled": (
        [{"status": "cancelled", "cancelled_at": NOON}, {"status": "cancelled", "cancelled_at": None}],
        [{"status": status, "cancelled_at": NOON} for status in (*OPEN, "completed")],
    ),
    "order_pending_is_not_accepted": (
        [
            {"status": "pending"},
            {"status": "rejected", "accepted_at": NOON},
            {"status": "accepted", "accepted_at": None},  # the source did not say when
        ],
        [{"status": "pending", "accepted_at": NOON}],
    ),
    "order_line_quantity": ([{"quantity": Decimal("0.001")}], [{"quantity": ZERO}, {"quantity": Decimal(-1)}]),
    "order_line_amounts": (
        [{"unit_price": ZERO, "total": ZERO}],
        [{"unit_price": Decimal("-0.0001")}, {"total": DEBT}],
    ),
    "payment_method": ([{"method": m} for m in ("cash", "card", "wallet", "online")], [{"method": "boleto"}]),
    "payment_status": (
        [{"status": s, "paid_at": NOON} for s in ("pending", "authorized", "captured", "failed", "voided")],
        [{"status": "paid", "paid_at": NOON}],
    ),
    "payment_amount": ([{"amount": ZERO, "paid_at": NOON}], [{"amount": DEBT, "paid_at": NOON}]),
    "payment_captured_has_its_instant": (
        [{"status": "captured", "paid_at": NOON}, {"status": "pending", "paid_at": None}],
        [{"status": "captured", "paid_at": None}],
    ),
    "refund_amount": ([{"amount": CENT}], [{"amount": ZERO}, {"amount": DEBT}]),
    "operating_cost_kind": (
        [{"kind": k} for k in ("automation", "staff", "marketing", "rent", "other")],
        [{"kind": "travel"}],
    ),
    "operating_cost_month_begins": (
        [{"month": datetime.date(2024, 2, 1)}],
        [{"month": datetime.date(2024, 2, 2)}, {"month": datetime.date(2024, 2, 29)}],
    ),
    "operating_cost_amount": ([{"amount": ZERO}], [{"amount": DEBT, "kind": "rent"}]),
    "review_rating": ([{"rating": 1}, {"rating": 5}], [{"rating": 0}, {"rating": 6}]),
    "order_issue_kind": ([{"kind": k} for k in ("damaged", "lost", "late", "other")], [{"kind": "rude"}]),
    "order_issue_resolved_after_report": (
        [
            {"reported_at": NOON, "resolved_at": None},
            {"reported_at": NOON, "resolved_at": NOON},
            {"reported_at": NOON, "resolved_at": LATER},
        ],
        [{"reported_at": LATER, "resolved_at": NOON}],
    ),
}
NEEDS_ROWS = {"refund_customer_from_its_order"}
MODELS = checks_of("marketplace")


@pytest.mark.parametrize("name", CASES)
def test_a_check_lets_in_and_refuses_what_it_should(name, laundry):
    inside, outside = CASES[name]
    prove_check(name, MODELS[name], laundry, inside, outside)


def test_every_check_of_the_app_is_proved():
    assert set(CASES) | NEEDS_ROWS == set(MODELS)


def test_a_refund_names_an_order_or_a_customer_or_neither_but_not_both(laundry):
    customer = builders.make_customer(laundry)
    order = builders.make_order(laundry, customer=customer)
    prove_check(
        "refund_customer_from_its_order",
        Refund,
        laundry,
        [{}, {"order_id": order.pk}, {"customer_id": customer.pk}],
        [{"order_id": order.pk, "customer_id": customer.pk}],
    )


def test_one_kind_of_cost_has_one_amount_a_month(laundry, clinic):
    builders.make_cost(laundry)
    builders.make_cost(clinic)
    builders.make_cost(laundry, kind="staff")
    builders.make_cost(laundry, month=datetime.date(2026, 4, 1))
    with organization_context(laundry.pk):
        with pytest.raises(ValidationError):
            OperatingCost(organization=laundry, month=datetime.date(2026, 3, 1), kind="rent", amount=1).full_clean()
        assert OperatingCost.objects.count() == 3


def test_rows_without_an_external_id_never_collide(laundry):
    first, second = (builders.make_order(laundry, external_id=None) for _ in range(2))
    assert first != second


@pytest.mark.parametrize("model", [Payment, Refund, OperatingCost])
def test_an_amount_is_never_left_out_silently(model, laundry):
    with organization_context(laundry.pk), pytest.raises(ValidationError) as refused:
        model(organization=laundry).full_clean()
    assert "amount" in refused.value.message_dict


def test_amounts_keep_cents_and_prices_four_decimals(laundry):
    order = builders.make_order(laundry, total=Decimal("999999999999.99"))
    line = builders.make_line(order, unit_price=Decimal("0.1234"), quantity=Decimal("0.001"), total=ZERO)
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.total, line.unit_price, line.quantity) == (
        Decimal("999999999999.99"),
        Decimal("0.1234"),
        Decimal("0.001"),
    )
    with pytest.raises(DataError, match="overflow"):
        insert(Order, laundry, total=Decimal("1000000000000.00"))


def test_forms_hear_in_words_why_an_order_is_inconsistent(laundry):
    with organization_context(laundry.pk):
        order = Order(organization=laundry, number="1", placed_at=NOON, status=OrderStatus.PENDING)
        order.completed_at = order.cancelled_at = order.accepted_at = NOON
        with pytest.raises(ValidationError) as refused:
            order.full_clean()
    assert refused.value.message_dict == {
        "__all__": [
            "Only a completed order has an instant of completion.",
            "Only a cancelled order has an instant of cancellation.",
            "A pending order has not been accepted yet.",
        ]
    }


def test_negative_values_are_refused_by_validators_too(laundry):
    with organization_context(laundry.pk), pytest.raises(ValidationError) as refused:
        Product(organization=laundry, name="x", price=-1, cost=-1).full_clean()
    assert {"price", "cost"} <= set(refused.value.message_dict)


def test_rows_describe_themselves(laundry):
    order = builders.make_order(laundry, number="A-1", customer=builders.make_customer(laundry, name="Ada"))
    described = [
        order,
        order.customer,
        builders.make_partner(laundry, name="Bubbles"),
        builders.make_category(laundry, name="Shirts"),
        builders.make_product(laundry, name="Shirt"),
        builders.make_line(order, description="Shirt, ironed"),
        builders.make_payment(order),
        builders.make_refund(laundry, order=order),
        builders.make_cost(laundry),
        builders.make_review(order),
        builders.make_issue(order),
    ]
    assert [str(row) for row in described] == [
        "A-1", "Ada", "Bubbles", "Shirts", "Shirt", "Shirt, ironed", "Card 10.00", "Refund 1.00", "2026-03 Rent",
        "4/5", "Late",
    ]  # fmt: skip
    nameless = builders.make_customer(laundry, name="", external_id="17")
    assert str(nameless) == "17"
