"""Sums have room for all that their facts can add up to, and facts for nothing that cannot be added up."""

import datetime
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.analytics.metrics.declarations import Unit
from apps.analytics.metrics.values import compared, rounded
from apps.analytics.models import (
    AnalyticsState,
    CustomerAnalytics,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    ProcessingTimes,
)
from apps.core.context import organization_context
from tests.analytics import happenings
from tests.analytics.business import Business, Moment
from tests.analytics.comparison import refreshed
from tests.analytics.limits import AMOUNT
from tests.builders import NOON, make_customer, make_order, make_organization

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_of_the_largest_orders_of_a_day_add_up(laundry):
    for _ in range(2):
        make_order(laundry, total=AMOUNT)
    refreshed(laundry)
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.get().total_revenue == 2 * AMOUNT


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


@settings(
    max_examples=6,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(orders=st.lists(st.tuples(happenings.new_orders, happenings.days_of_all_time), min_size=3, max_size=6))
def test_facts_of_any_year_are_counted_on_their_day(db, orders):
    business = Business(make_organization(f"b-{uuid.uuid4()}", timezone="Pacific/Apia"), datetime.date(1900, 1, 20))
    placed = [(new, Moment((day - business.today).days, new.at.after)) for new, day in orders]
    business.copy_many([replace(new, at=at, steps=(None,) * 5) for new, at in placed])
    refreshed(business.organization)


def test_decimals_hold_what_a_sum_holds_in_every_thread():
    largest = Decimal(10**22) - Decimal("0.01")

    def figures():
        return rounded(largest, Unit.MONEY, "USD"), compared(largest, Decimal("0.01")).percent

    expected = (largest, Decimal(10**26) - 200)
    with ThreadPoolExecutor(1) as other:
        assert figures() == other.submit(figures).result() == expected
