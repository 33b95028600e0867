"""Customers who age, pass the line of VIPs, and are computed one by one."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from apps.analytics.models import (
    CustomerAnalytics,
    CustomerThresholds,
)
from apps.core.context import organization_context
from tests.analytics.records import (
    DAY,
    HOUR,
    change,
    customer_row,
    day,
    delete,
    refresh,
    state,
)
from tests.builders import (
    NOON,
    make_category,
    make_customer,
    make_line,
    make_order,
    make_product,
    make_refund,
    make_review,
)


def days_later(number):
    return time_machine.travel(NOON + number * DAY, tick=True)


def row_versions(organization):
    """The transaction that wrote each customer's row, and when that says it did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, xmin::text, ctid::text, refreshed_at FROM customer_analytics"
            " WHERE organization_id = %s",
            [organization.pk],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def test_customers_age_when_the_business_day_changes_and_only_changed_rows_are_written(laundry):
    often, once, gone = (make_customer(laundry) for _ in range(3))
    for back in (0, 40, 80):
        make_order(laundry, customer=often, placed_at=NOON - back * DAY)
    make_order(laundry, customer=once, placed_at=NOON - 29 * DAY)
    make_order(laundry, customer=gone, placed_at=NOON - 200 * DAY)
    with days_later(0):
        refresh(laundry)
        assert segments(laundry) == {often: "regular", once: "new", gone: "churned"}
        before, version = row_versions(laundry), state(laundry).data_version
    with days_later(1):
        # 30 days after the only order is still new; the risk of both rises: 100 x 30 / 90, and 100 x 1 x 2 / (3 x 80).
        refreshed = refresh(laundry)
        after = row_versions(laundry)
        assert (refreshed.days, refreshed.steps[0].customers) == (0, 1)
        assert segments(laundry) == {often: "regular", once: "new", gone: "churned"}
        assert [customer for customer in (often, once, gone) if before[customer.pk] != after[customer.pk]] == [once]
        assert risk(laundry, once) == 33
        assert state(laundry).data_version == version + 1
        assert state(laundry).customers_as_of == day("2026-03-11")
        refresh(laundry)
        assert row_versions(laundry) == after
    with days_later(2):
        refresh(laundry)
        assert segments(laundry) == {often: "regular", once: "occasional", gone: "churned"}


def test_a_night_that_ages_nobody_leaves_the_data_version(laundry):
    make_order(laundry, customer=make_customer(laundry), placed_at=NOON - 200 * DAY)
    with days_later(0):
        refresh(laundry)
        version = state(laundry).data_version
    with days_later(1):
        assert refresh(laundry).steps[0].customers == 0
        assert state(laundry).data_version == version
        assert state(laundry).customers_as_of == day("2026-03-11")


def segments(organization):
    with organization_context(organization.pk):
        return {row.customer: row.segment for row in CustomerAnalytics.objects.select_related("customer")}


def risk(organization, customer):
    return customer_row(organization, customer).churn_risk_score


def test_a_customer_who_spends_more_moves_the_line_and_another_falls_below_it(laundry):
    with organization_context(laundry.pk):
        CustomerThresholds.objects.create(organization=laundry, vip_orders=1, vip_share=Decimal("0.5"))
    first, second, third = customers = [make_customer(laundry) for _ in range(3)]
    with days_later(0):
        for number, customer in enumerate(customers, 1):
            make_order(laundry, customer=customer, total=100 * number)
        refresh(laundry)
        # The line is at the second of three.
        assert state(laundry).vip_lifetime_value == 200
        assert segments(laundry) == {first: "new", second: "vip", third: "vip"}
        before = row_versions(laundry)
        make_order(laundry, customer=first, total=400, placed_at=NOON + HOUR)
        refresh(laundry)
        assert state(laundry).vip_lifetime_value == 300
        assert segments(laundry) == {first: "vip", second: "new", third: "vip"}
        assert row_versions(laundry)[third.pk] == before[third.pk]


def test_thresholds_move_customers_when_they_change(laundry):
    customer = make_customer(laundry)
    make_order(laundry, customer=customer, placed_at=NOON - 20 * DAY)
    with days_later(0):
        refresh(laundry)
        assert segments(laundry) == {customer: "new"}
        with organization_context(laundry.pk):
            thresholds = CustomerThresholds.objects.create(organization=laundry, new_within_days=19)
        refresh(laundry)
        assert segments(laundry) == {customer: "occasional"}
        with organization_context(laundry.pk):
            thresholds.churned_after_days = 19
            thresholds.save()
        refresh(laundry)
        assert segments(laundry) == {customer: "churned"}


def test_a_product_in_another_category_moves_the_favorite_of_those_who_bought_it(laundry):
    customer, category, other = make_customer(laundry), make_category(laundry), make_category(laundry)
    product = make_product(laundry, category=category)
    make_line(make_order(laundry, customer=customer), product=product)
    refresh(laundry)
    assert customer_row(laundry, customer).favorite_category == category
    change(product, category=other)
    refresh(laundry)
    assert customer_row(laundry, customer).favorite_category == other


def test_update_metrics_recomputes_the_customer_from_facts(laundry):
    customer, other = make_customer(laundry), make_customer(laundry)
    for somebody in (customer, other):
        make_order(laundry, customer=somebody)
    refresh(laundry)
    version = state(laundry).data_version
    with organization_context(laundry.pk):
        CustomerAnalytics.objects.update(total_spent=1, total_orders=7, segment="vip")
    row = customer_row(laundry, customer)
    row.update_metrics()
    assert (row.total_spent, row.total_orders, row.segment) == (10, 1, "churned")
    assert state(laundry).data_version == version + 1
    assert customer_row(laundry, other).total_orders == 7


def test_update_metrics_sees_what_has_not_been_refreshed_yet(laundry):
    customer = make_customer(laundry)
    make_order(laundry, customer=customer)
    refresh(laundry)
    row = customer_row(laundry, customer)
    order = make_order(laundry, customer=customer, total=30)
    make_refund(laundry, order=order, amount=5)
    make_review(order, rating=5)
    row.update_metrics()
    assert (row.counted_orders, row.total_spent, row.lifetime_value, row.average_rating) == (2, 40, 35, 5)


def test_update_metrics_of_a_customer_without_a_history_says_there_is_no_row(laundry):
    customer = make_customer(laundry)
    order = make_order(laundry, customer=customer)
    refresh(laundry)
    row = customer_row(laundry, customer)
    delete(order)
    with pytest.raises(CustomerAnalytics.DoesNotExist):
        row.update_metrics()
