"""Rollups that somebody wrote past the change log are found, told and mended."""

import datetime
import logging
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from apps.analytics.models import (
    CustomerAnalytics,
    DailyChannelSales,
    DailyCustomerActivity,
    DailyEngagement,
    DailyProductSales,
    DailyRevenueSummary,
    HourlyOrderVolume,
    PartnerPerformanceMetric,
    ProcessingTimes,
    Revision,
    Verification,
)
from apps.analytics.rollups import ROLLUP_BY_NAME, ROLLUPS
from apps.analytics.verification import DETAILS, verify_organization
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.analytics.records import (
    DAY,
    customer_row,
    daily,
    day,
    refresh,
    revisions,
    state,
)
from tests.analytics.spoiling import NAMES, ROWS, TENTH, differences, everything_stored, fill, spoil, verify
from tests.builders import (
    NOON,
    make_customer,
    make_order,
)

A_COLUMN = {
    DailyRevenueSummary: "gross_sales",
    DailyProductSales: "quantity",
    PartnerPerformanceMetric: "rating_sum",
    DailyCustomerActivity: "rating_sum",
    DailyChannelSales: "completed_orders",
    HourlyOrderVolume: "counted_orders",
    ProcessingTimes: "order_count",
    DailyEngagement: "calls",
}
every_rollup = pytest.mark.parametrize("model", A_COLUMN, ids=lambda model: model.__name__)


def test_rollups_that_are_right_differ_in_nothing(laundry, customer):
    before, version = everything_stored(laundry), state(laundry).data_version
    for repair in (False, True):
        found = verify(laundry, repair=repair)
        assert (found.rows_compared, found.differences, found.details, found.repaired) == (ROWS, 0, [], False)
        assert (found.first_date, found.last_date) == (TENTH, day("2026-03-12"))
        assert found.started_at <= found.finished_at
    assert everything_stored(laundry) == before
    assert state(laundry).data_version == version
    assert state(laundry).verified_on == day("2026-03-12")
    with organization_context(laundry.pk):
        assert Verification.objects.count() == 2


def test_what_has_not_been_refreshed_yet_is_no_difference(laundry, customer):
    make_order(laundry, customer=customer)
    assert verify(laundry).differences == 0
    assert daily(laundry, TENTH).order_count == 2


@every_rollup
def test_a_changed_value_is_told(laundry, customer, model):
    before, version = everything_stored(laundry), state(laundry).data_version
    column = A_COLUMN[model]
    spoil(laundry, model, {"date": TENTH}, **{column: 77})
    found = verify(laundry)
    assert (found.differences, differences(found)) == (1, [(NAMES[model], str(TENTH), {column})])
    (detail,) = found.details
    (row,) = (row for row in before[model].values() if row["date"] == TENTH)
    told = detail["row"], Decimal(detail["stored"][column]), Decimal(detail["computed"][column])
    assert told == (str(row["id"]), 77, row[column])
    assert (state(laundry).data_version, found.repaired) == (version, False)


@every_rollup
def test_a_row_that_is_missing_and_one_too_many_are_told(laundry, customer, model):
    with organization_context(laundry.pk):
        row = model.objects.get(date=TENTH)
        row.delete()
        row.id, row.date = uuid.uuid4(), TENTH + DAY
        row.save(force_insert=True)
    found = verify(laundry)
    assert differences(found) == [(NAMES[model], str(TENTH), True), (NAMES[model], str(TENTH + DAY), True)]
    missing, extra = found.details
    assert (missing["stored"], extra["computed"], extra["row"]) == (None, None, str(row.id))


def test_whatever_differs_is_mended_once_and_moves_the_data_version(laundry, customer, today):
    before, version = everything_stored(laundry), state(laundry).data_version
    for model, column in A_COLUMN.items():
        spoil(laundry, model, {"date": TENTH}, **{column: 77})
        with organization_context(laundry.pk):
            row = model.objects.get(date=today)
            row.delete()
            row.id, row.date = uuid.uuid4(), TENTH + DAY
            row.save(force_insert=True)
    found = verify(laundry, repair=True)
    assert (found.differences, found.repaired) == (3 * len(ROLLUPS), True)
    assert state(laundry).data_version == version + 1
    assert same_but_for_the_time(everything_stored(laundry), before)
    assert verify(laundry).differences == 0


def same_but_for_the_time(stored_now, stored_before):
    def plain(tables):
        return {
            model: {pk: {**row, "refreshed_at": None} for pk, row in rows.items()} for model, rows in tables.items()
        }

    return plain(stored_now) == plain(stored_before)


@pytest.mark.parametrize(
    "fields",
    [
        {"segment": "vip"},
        {"first_order_date": datetime.date(2026, 3, 12)},
        {"first_order_date": datetime.date(2025, 1, 1)},
        {"total_spent": 1, "lifetime_value": 1},
        {"lifetime_value": 999999},
        {"completed_orders": 7},
        {"rating_count": 7},
        {"preferred_payment_method": "wallet"},
    ],
    ids=str,
)
def test_a_customer_who_was_changed_is_told_and_mended_without_touching_a_day(laundry, customer, fields):
    before = everything_stored(laundry)
    spoil(laundry, CustomerAnalytics, {}, **fields)
    found = verify(laundry)
    assert differences(found) == [("customer_analytics", None, set(fields))]
    assert found.details[0]["row"] == str(customer.pk)
    found = verify(laundry, repair=True)
    assert (found.differences, found.repaired) == (1, True)
    assert same_but_for_the_time(everything_stored(laundry), before)
    with organization_context(laundry.pk):
        assert not Revision.objects.exists()


def test_a_missing_customer_and_one_without_a_history_are_told_and_mended(laundry, customer):
    nobody = make_customer(laundry)
    with organization_context(laundry.pk):
        CustomerAnalytics.objects.all().delete()
        CustomerAnalytics.objects.create(
            id=nobody.pk, organization=laundry, customer=nobody, total_orders=3, refreshed_at=NOON
        )
    found = verify(laundry)
    assert differences(found) == [("customer_analytics", None, True)] * 2
    assert {(detail["row"], detail["stored"] is None) for detail in found.details} == {
        (str(customer.pk), True), (str(nobody.pk), False)
    }  # fmt: skip
    verify(laundry, repair=True)
    assert verify(laundry).differences == 0
    with organization_context(laundry.pk):
        assert [row.customer for row in CustomerAnalytics.objects.select_related("customer")] == [customer]


def test_new_customers_of_a_day_are_told_and_mended_once(laundry, customer):
    spoil(laundry, DailyRevenueSummary, {"date": TENTH}, new_customers=5, returning_customers=2)
    expected = [("daily_revenue", str(TENTH), {"new_customers", "returning_customers"})]
    assert differences(verify(laundry)) == expected
    assert differences(verify(laundry, repair=True)) == expected
    assert verify(laundry).differences == 0
    (revision,) = revisions(laundry)
    assert (revision.old["new_customers"], revision.new["new_customers"]) == (5, 1)


def test_customers_are_not_judged_by_days_that_are_wrong(laundry, customer):
    spoil(laundry, DailyCustomerActivity, {"date": TENTH}, counted_orders=9, total_revenue=900)
    found = verify(laundry)
    assert differences(found) == [("daily_customer_activity", str(TENTH), {"counted_orders", "total_revenue"})]
    assert verify(laundry, repair=True).differences == 1
    assert customer_row(laundry, customer).counted_orders == 2


@pytest.mark.parametrize("model", [rollup.model for rollup in ROLLUPS])
def test_mending_a_published_day_keeps_what_it_said(laundry, customer, model, today):
    column = A_COLUMN[model]
    for date in (TENTH, today):
        spoil(laundry, model, {"date": date}, **{column: 77})
    assert verify(laundry, repair=True).differences == 2
    (revision,) = revisions(laundry, NAMES[model])
    assert (revision.date, revision.old[column], revision.facts_changed) == (TENTH, 77, 0)
    assert revision.new[column] != 77


def test_customers_who_age_while_days_are_compared_are_no_difference(laundry, customer):
    with time_machine.travel(NOON + 2 * DAY, tick=True) as clock:

        def move(execute, sql, params, many, context):
            if "CREATE TEMP TABLE refresh_orders" in sql:
                clock.move_to(NOON + 60 * DAY)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(move):
            assert verify(laundry).differences == 0
        assert state(laundry).customers_as_of == day("2026-05-09")
        assert customer_row(laundry, customer).churn_risk_score == 100


def test_another_organization_is_not_looked_at(laundry, wholesaler, customer):
    fill(wholesaler)
    refresh(wholesaler)
    spoil(wholesaler, DailyRevenueSummary, {"date": TENTH}, total_revenue=1)
    before = everything_stored(wholesaler)
    found = verify(laundry, repair=True)
    assert (found.rows_compared, found.differences) == (ROWS, 0)
    assert everything_stored(wholesaler) == before


def test_only_days_since_a_date_are_compared(laundry, customer, today):
    for date in (TENTH, today):
        spoil(laundry, DailyRevenueSummary, {"date": date}, total_revenue=1)
    found = verify(laundry, repair=True, since=TENTH + DAY)
    assert differences(found) == [("daily_revenue", str(today), {"total_revenue"})]
    assert (found.first_date, found.last_date) == (TENTH + DAY, today)
    assert state(laundry).verified_on is None  # tonight's verification of all days is still to come
    assert daily(laundry, TENTH).total_revenue == 1


def test_customers_are_left_alone_where_days_before_the_date_are_not_known_to_be_right(laundry, customer, today):
    spoil(laundry, DailyCustomerActivity, {"date": TENTH, "customer": customer}, total_revenue=0)
    before = everything_stored(laundry)
    found = verify(laundry, repair=True, since=TENTH + DAY)
    assert (found.differences, everything_stored(laundry)) == (0, before)


def test_differences_that_were_left_are_verified_again_at_night(laundry, customer):
    spoil(laundry, HourlyOrderVolume, {"date": TENTH}, order_count=7)
    verify(laundry)
    assert state(laundry).verified_on is None
    verify(laundry, repair=True)
    assert state(laundry).verified_on == day("2026-03-12")


def test_an_organization_without_facts_and_one_that_is_gone(wholesaler):
    found = verify(wholesaler)
    assert (found.rows_compared, found.differences, found.first_date, found.last_date) == (0, 0, None, None)
    assert verify_organization(uuid.uuid4(), repair=True) is None


def test_of_many_differences_the_first_hundred_are_kept(laundry, today):
    one = make_order(laundry)
    with organization_context(laundry.pk):
        Order.objects.bulk_create(
            Order(organization=laundry, number=str(number), status=one.status, placed_at=NOON - number * DAY)
            for number in range(1, DETAILS + 5)
        )
        refresh(laundry)
        HourlyOrderVolume.objects.update(order_count=7)
    months = []
    found = verify(laundry, repair=True, on_days=months.append)
    assert (found.differences, len(found.details)) == (DETAILS + 5, DETAILS)
    assert months == [5, 31, 31, 28, 10]
    assert [detail["date"] for detail in found.details[:2]] == ["2025-11-26", "2025-11-27"]
    with organization_context(laundry.pk):
        assert set(HourlyOrderVolume.objects.values_list("order_count", flat=True)) == {1}


def test_a_difference_is_an_error_in_the_log(laundry, customer, caplog):
    spoil(laundry, HourlyOrderVolume, {"date": TENTH}, order_count=7)
    with caplog.at_level(logging.ERROR, logger="apps.analytics"):
        verify(laundry, repair=True)
        verify(laundry, repair=True)
    assert caplog.messages == [f"1 rows of organization {laundry.pk} differed from the facts; they were repaired."]


def test_the_rollups_that_are_verified_are_all_that_are_declared():
    assert set(A_COLUMN) == {rollup.model for rollup in ROLLUP_BY_NAME.values()}
