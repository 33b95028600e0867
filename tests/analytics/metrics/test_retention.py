"""Cohorts: customers by the month of their first counted order, and how many of them order later."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from apps.analytics.metrics.questions import InvalidQuestion
from apps.analytics.metrics.retention import retention
from apps.analytics.metrics.scope import scope_of
from apps.core.periods import Period
from tests.analytics.records import refresh
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 3, 12, 16, tzinfo=datetime.UTC)


def noon(month, day=10, year=2026):
    return datetime.datetime(year, month, day, 17, tzinfo=datetime.UTC)


@pytest.fixture
def scope(laundry):
    """Four customers of January, one of whom comes back each month; one of February; one of long ago; one of none."""
    with time_machine.travel(NOW):
        january = [make_customer(laundry, city="Queens" if number else "Bronx") for number in range(4)]
        february, old, none = (make_customer(laundry) for _ in range(3))
        for customer in january:
            make_order(laundry, customer=customer, placed_at=noon(1))
        for month, day in ((1, 20), (2, 10), (2, 20), (3, 2)):
            make_order(laundry, customer=january[0], placed_at=noon(month, day))
        make_order(laundry, customer=january[1], placed_at=noon(3, 3))
        make_order(laundry, customer=january[2], placed_at=noon(3, 4), status="cancelled")
        make_order(laundry, customer=february, placed_at=noon(2))
        # It is still January in New York.
        make_order(
            laundry,
            customer=february,
            placed_at=datetime.datetime(2026, 2, 1, 3, tzinfo=datetime.UTC),
            status="rejected",
        )
        make_order(laundry, customer=old, placed_at=noon(12, 10, 2024))
        make_order(laundry, customer=old, placed_at=noon(2))
        make_order(laundry, customer=none, placed_at=noon(2), status="cancelled")
        make_order(laundry, placed_at=noon(2))
        refresh(laundry)
        yield scope_of(laundry)


def told(cohorts):
    return {one.key: (one.size, [(month.customers, month.percent) for month in one.months]) for one in cohorts}


def test_each_month_tells_what_part_of_the_cohort_ordered(scope):
    found = retention(scope)
    assert told(found) == {
        "2026-01": (4, [(4, Decimal(100)), (1, Decimal(25)), (2, Decimal(50))]),
        "2026-02": (1, [(1, Decimal(100)), (0, Decimal(0))]),
    }
    assert found[0].period == Period(datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    assert found[0].months[-1].period == Period(datetime.date(2026, 3, 1), datetime.date(2026, 3, 12))


def test_cohorts_can_be_filtered_and_limited(scope):
    assert told(retention(scope, filters={"city": ["Bronx"]})) == {
        "2026-01": (1, [(1, Decimal(100)), (1, Decimal(100)), (1, Decimal(100))])
    }
    assert list(told(retention(scope, cohorts=2))) == ["2026-02"]
    with pytest.raises(InvalidQuestion):
        retention(scope, filters={"partner": [""]})
