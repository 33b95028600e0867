"""Sums have room for all that their facts can add up to, and facts for nothing that cannot be added up."""

import datetime
from decimal import Decimal

import pytest

from apps.analytics.models import (
    AnalyticsState,
    CustomerAnalytics,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    ProcessingTimes,
)
from apps.core.context import organization_context
from tests.analytics.comparison import refreshed
from tests.builders import NOON, make_customer, make_order

pytestmark = pytest.mark.django_db(transaction=True)

LARGEST = Decimal("999999999999.99")


def test_two_of_the_largest_orders_of_a_day_add_up(laundry):
    for _ in range(2):
        make_order(laundry, total=LARGEST)
    refreshed(laundry)
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.get().total_revenue == 2 * LARGEST


def test_what_a_customer_ever_spent_adds_up(laundry):
    customer = make_customer(laundry)
    for days in range(2):
        make_order(laundry, customer=customer, total=600_000_000_000, placed_at=NOON - datetime.timedelta(days=days))
    refreshed(laundry)
    with organization_context(laundry.pk):
        assert CustomerAnalytics.objects.get().lifetime_value == 1_200_000_000_000
        assert AnalyticsState.objects.get().vip_lifetime_value == 1_200_000_000_000


@pytest.mark.parametrize(
    ("placed", "completed"),
    [("2026-03-10", "2099-01-01"), ("1950-01-01", "2026-03-10"), ("1900-01-02", "2199-12-31")],
)
def test_a_stage_over_a_year_is_counted_and_left_out(laundry, placed, completed):
    placed_at, completed_at = (datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00") for day in (placed, completed))
    make_order(laundry, status="completed", placed_at=placed_at, completed_at=completed_at)
    refreshed(laundry)
    with organization_context(laundry.pk):
        assert not ProcessingTimes.objects.exists()
        row = PartnerPerformanceMetric.objects.get()
    assert (row.total_time_count, row.average_total_minutes, row.overlong_stages) == (0, None, 1)


def test_a_stage_of_366_days_is_a_time_like_any_other(laundry):
    longest = datetime.timedelta(days=366)
    for more in (datetime.timedelta(0), datetime.timedelta(microseconds=1)):
        make_order(laundry, status="completed", completed_at=NOON + longest + more)
    refreshed(laundry)
    with organization_context(laundry.pk):
        row = PartnerPerformanceMetric.objects.get()
    assert (row.total_time, row.total_time_count, row.overlong_stages) == (longest, 1, 1)
