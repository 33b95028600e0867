"""Customers: who is new, who is where, who is at risk, to the day and to the customer."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from apps.analytics.models import AnalyticsState, CustomerAnalytics, CustomerThresholds, DailyRevenueSummary
from apps.core.context import organization_context
from apps.marketplace.models import Order, Product, Refund
from tests.analytics.comparison import differences, refreshed, stored, told
from tests.builders import (
    NOON,
    make_category,
    make_customer,
    make_line,
    make_order,
    make_payment,
    make_product,
    make_refund,
    make_review,
)

pytestmark = pytest.mark.django_db
D = Decimal

ONE_DAY = datetime.timedelta(days=1)
TODAY = datetime.date(2026, 6, 30)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-06-30T12:00:00Z") as traveller:
        yield traveller


def ago(days):
    return datetime.datetime.combine(TODAY, datetime.time(12), datetime.UTC) - days * ONE_DAY


def set_thresholds(organization, **values):
    with organization_context(organization.pk):
        CustomerThresholds.objects.update_or_create(organization=organization, defaults=values)


def segments(organization):
    return {customer_id: row["segment"] for (customer_id,), row in stored(organization, CustomerAnalytics).items()}


def new_and_returning(organization):
    """By the day of March."""
    return {
        date.day: (row["new_customers"], row["returning_customers"])
        for (date,), row in stored(organization, DailyRevenueSummary).items()
    }


@pytest.fixture
def three_orders(laundry):
    """One customer's orders of the 10th, 12th and 14th."""
    customer = make_customer(laundry)
    orders = [make_order(laundry, customer=customer, placed_at=NOON + day * ONE_DAY) for day in (0, 2, 4)]
    make_order(laundry, customer=customer, placed_at=NOON + 4 * ONE_DAY)  # of a day seen before
    make_order(laundry, placed_at=NOON)  # nobody's
    refreshed(laundry)
    assert new_and_returning(laundry) == {10: (1, 0), 12: (0, 1), 14: (0, 1)}
    return orders


def change(order, **values):
    with organization_context(order.organization_id):
        Order.objects.filter(pk=order.pk).update(**values)
    refreshed(order.organization)


def test_when_the_first_order_is_cancelled_the_customer_is_new_on_the_second(laundry, three_orders):
    change(three_orders[0], status="cancelled")
    assert new_and_returning(laundry) == {10: (0, 0), 12: (1, 0), 14: (0, 1)}
    change(three_orders[0], status="accepted")
    assert new_and_returning(laundry) == {10: (1, 0), 12: (0, 1), 14: (0, 1)}


def test_when_an_order_moves_before_the_first_the_customer_is_new_there(laundry, three_orders):
    change(three_orders[1], placed_at=NOON - ONE_DAY)
    assert new_and_returning(laundry) == {9: (1, 0), 10: (0, 1), 14: (0, 1)}


def test_when_the_first_order_moves_behind_the_others_the_customer_is_new_on_the_second(laundry, three_orders):
    change(three_orders[0], placed_at=NOON + 7 * ONE_DAY)
    assert new_and_returning(laundry) == {10: (0, 0), 12: (1, 0), 14: (0, 1), 17: (0, 1)}


def test_when_the_first_order_is_given_to_another_customer_both_are_new_on_their_own_days(laundry, three_orders):
    change(three_orders[0], customer=make_customer(laundry))
    assert new_and_returning(laundry) == {10: (1, 0), 12: (1, 0), 14: (0, 1)}
    change(three_orders[0], customer=None)
    assert new_and_returning(laundry) == {10: (0, 0), 12: (1, 0), 14: (0, 1)}


@pytest.mark.parametrize(
    ("days_ago", "segment", "recent_orders", "risk", "at_risk"),
    [
        ([0], "new", 1, 0, False),
        ([30], "new", 1, 33, False),
        ([31], "occasional", 1, 34, False),
        ([53], "occasional", 1, 58, False),
        ([54], "occasional", 1, 60, True),
        ([90], "occasional", 1, 100, True),
        ([91], "churned", 0, 100, False),
        ([-5], "new", 1, 0, False),  # placed for a day to come
        ([90, 50, 10], "regular", 3, 8, False),  # a usual gap of 40 days: 10 of 120
        ([91, 50, 10], "occasional", 2, 8, False),
        ([3, 2, 1, 0], "regular", 4, 0, False),
        ([16, 15, 14, 13], "regular", 4, 61, True),  # a usual gap is a week at least: 13 of 21
        ([15, 14, 13, 12], "regular", 4, 57, False),
        ([94, 93, 92, 91], "churned", 0, 100, False),
        ([10, 8, 6, 4, 2], "vip", 5, 9, False),  # five orders, and the only customer is the top
        ([400, 300, 200, 150, 90], "vip", 1, 38, False),
        ([400, 300, 200, 150, 91], "churned", 0, 100, False),
    ],
)
def test_standing_to_the_day(laundry, days_ago, segment, recent_orders, risk, at_risk):
    customer = make_customer(laundry)
    for days in days_ago:
        make_order(laundry, customer=customer, placed_at=ago(days))
    refreshed(laundry)
    row = stored(laundry, CustomerAnalytics)[(customer.pk,)]
    standing = (row["segment"], row["recent_orders"], row["churn_risk_score"], row["is_at_churn_risk"])
    assert standing == (segment, recent_orders, risk, at_risk)


@pytest.mark.parametrize(
    ("days_ago", "segment"),
    [
        ([5], "new"),
        ([6], "occasional"),
        ([20], "occasional"),
        ([21], "churned"),
        ([9, 3], "regular"),
        ([10, 3], "occasional"),
    ],
)
def test_thresholds_are_the_organizations_own(laundry, days_ago, segment):
    customer = make_customer(laundry)
    for days in days_ago:
        make_order(laundry, customer=customer, placed_at=ago(days))
    refreshed(laundry)
    set_thresholds(laundry, new_within_days=5, churned_after_days=20, regular_orders=2, regular_within_days=9)
    refreshed(laundry)
    assert segments(laundry) == {customer.pk: segment}
    with organization_context(laundry.pk):
        CustomerThresholds.objects.all().delete()
    refreshed(laundry)
    assert segments(laundry)[customer.pk] in {"new", "occasional"}


def test_customers_age_with_the_days_and_without_new_facts(laundry, clock):
    once, often = make_customer(laundry), make_customer(laundry)
    make_order(laundry, customer=once, placed_at=ago(30))
    for days in (90, 50, 40):
        make_order(laundry, customer=often, placed_at=ago(days))
    refreshed(laundry)
    seen = [(segments(laundry)[once.pk], segments(laundry)[often.pk])]
    for days in (1, 50, 10):
        clock.shift(days * ONE_DAY)
        refreshed(laundry)
        seen.append((segments(laundry)[once.pk], segments(laundry)[often.pk]))
    assert seen == [("new", "regular"), ("occasional", "occasional"), ("occasional", "churned"), ("churned", "churned")]
    with organization_context(laundry.pk):
        assert AnalyticsState.objects.get().customers_as_of == TODAY + 61 * ONE_DAY


def customers_worth(organization, values):
    """Customers with one order each, of these totals."""
    set_thresholds(organization, vip_orders=1)
    customers = [make_customer(organization) for _ in values]
    for customer, total in zip(customers, values, strict=True):
        make_order(organization, customer=customer, placed_at=ago(1), total=D(total))
    return customers


def vips(organization, customers):
    found = segments(organization)
    return [number for number, customer in enumerate(customers) if found[customer.pk] == "vip"]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        (range(1, 11), "0.1", [9]),  # a tenth of ten
        (range(1, 12), "0.1", [9, 10]),  # a tenth of eleven begins with the second
        ([5], "0.1", [0]),
        ([1, 2, 3, 4], "0.5", [2, 3]),
        ([1, 3, 3, 3], "0.25", [1, 2, 3]),  # equal values stand together
        (range(1, 11), "0.7", list(range(3, 10))),
        ([1, 2], "1", [0, 1]),
        ([1, 2], "0", []),
    ],
)
def test_vips_are_the_top_share(laundry, values, share, expected):
    customers = customers_worth(laundry, values)
    set_thresholds(laundry, vip_share=D(share))
    refreshed(laundry)
    assert vips(laundry, customers) == expected


def test_the_line_of_vips_passes_customers_of_whom_nothing_changed(laundry):
    customers = customers_worth(laundry, [10, 20, 30, 40])
    set_thresholds(laundry, vip_share=D("0.25"))
    refreshed(laundry)
    assert vips(laundry, customers) == [3]
    refund = make_refund(laundry, customer=customers[3], amount=D(25), refunded_at=ago(0))
    refreshed(laundry)
    assert vips(laundry, customers) == [2]
    with organization_context(laundry.pk):
        Refund.objects.filter(pk=refund.pk).delete()
    refreshed(laundry)
    assert vips(laundry, customers) == [3]
    make_order(laundry, customer=customers[0], total=D(100), placed_at=ago(200))
    refreshed(laundry)
    assert vips(laundry, customers) == [0]


def test_a_history_is_summed_up(laundry):
    customer, cheap, dear = make_customer(laundry), make_category(laundry), make_category(laundry)
    services = [make_product(laundry, category=category) for category in (cheap, dear, None)]
    first = make_order(laundry, customer=customer, placed_at=NOON, total=D(20), status="completed")
    last = make_order(laundry, customer=customer, placed_at=NOON + ONE_DAY, total=D(5))
    cancelled = make_order(laundry, customer=customer, placed_at=NOON + 9 * ONE_DAY, status="cancelled", total=D(90))
    make_line(first, product=services[0], total=D(6))
    make_line(last, product=services[0], total=D(3))
    make_line(first, product=services[1], total=D(8))
    make_line(first, product=services[2], total=D(90))
    make_line(cancelled, product=services[1], total=D(90))
    make_payment(first, method="card", amount=D(15))
    make_payment(first, method="cash", amount=D(2))
    make_payment(last, method="cash", amount=D(3))
    make_payment(last, method="wallet", amount=D(9), status="failed")
    make_payment(cancelled, method="card", amount=D(90))
    make_refund(laundry, order=first, amount=D(4))
    make_refund(laundry, order=cancelled, amount=D(90))
    make_refund(laundry, customer=customer, amount=D(1))
    make_review(first, rating=2)
    make_review(cancelled, rating=1)
    refreshed(laundry)
    history = {
        "total_orders": 3,
        "counted_orders": 2,
        "completed_orders": 1,
        "cancelled_orders": 1,
        "total_spent": D(25),
        "refund_amount": D(5),
        "lifetime_value": D(20),
        "first_order_at": NOON,
        "last_order_at": NOON + ONE_DAY,
        "first_order_date": datetime.date(2026, 3, 10),
        "last_order_date": datetime.date(2026, 3, 11),
        "rating_sum": 3,
        "rating_count": 2,
        "favorite_category_id": cheap.pk,
        "preferred_payment_method": "cash",
        "segment": "churned",
        "churn_risk_score": 100,
    }
    assert told(laundry, CustomerAnalytics) == {customer.pk: history}
    with organization_context(laundry.pk):
        Product.objects.filter(pk=services[0].pk).update(category=None)
    refreshed(laundry)
    assert told(laundry, CustomerAnalytics) == {customer.pk: {**history, "favorite_category_id": dear.pk}}


def test_ties_go_to_the_larger_amount_then_to_the_alphabet_and_to_the_smaller_key(laundry):
    by_amount, by_name = make_customer(laundry), make_customer(laundry)
    categories = sorted((make_category(laundry) for _ in range(2)), key=lambda category: category.pk)
    for customer, amounts in ((by_amount, {"card": 1, "wallet": 2}), (by_name, {"wallet": 2, "online": 2})):
        order = make_order(laundry, customer=customer)
        for method, amount in amounts.items():
            make_payment(order, method=method, amount=D(amount))
        for category in reversed(categories):
            make_line(order, product=make_product(laundry, category=category))
    refreshed(laundry)
    rows = stored(laundry, CustomerAnalytics)
    assert [rows[(customer.pk,)]["preferred_payment_method"] for customer in (by_amount, by_name)] == [
        "wallet",
        "online",
    ]
    assert {row["favorite_category_id"] for row in rows.values()} == {categories[0].pk}


def test_one_customer_is_recomputed_by_the_same_statement_and_forgotten_without_history(laundry):
    customer = make_customer(laundry)
    order = make_order(laundry, customer=customer, placed_at=ago(1))
    refreshed(laundry)
    with organization_context(laundry.pk):
        row = CustomerAnalytics.objects.get()
        CustomerAnalytics.objects.update(total_spent=D(99), segment="vip", recent_orders=7)
        row.update_metrics()
        assert (row.total_spent, row.segment, row.recent_orders) == (D(10), "new", 1)
        order.delete()
        with pytest.raises(CustomerAnalytics.DoesNotExist):
            row.update_metrics()
    assert differences(laundry) == []
