"""What drives a change in revenue."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics.metrics import decomposition
from apps.analytics.metrics.decomposition import decompose_revenue
from apps.analytics.metrics.scope import scope_of
from apps.core.periods import Period
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.builders import make_order, make_partner

BEFORE, DAY = datetime.date(2026, 3, 9), datetime.date(2026, 3, 10)
PERIOD = Period(DAY, DAY)


@pytest.fixture
def two_days(laundry):
    """North: 2 orders of 10, then 3 of 10. South: 2 of 30, then 1 of 33."""
    with time_machine.travel(at(DAY + datetime.timedelta(days=2)), tick=True):
        north, south = make_partner(laundry, name="North"), make_partner(laundry, name="South")
        for partner, day, totals in (
            (north, BEFORE, [10, 10]),
            (north, DAY, [10, 10, 10]),
            (south, BEFORE, [30, 30]),
            (south, DAY, [33]),
        ):
            for total in totals:
                make_order(laundry, partner=partner, placed_at=at(day), total=Decimal(total), subtotal=Decimal(total))
        refresh(laundry)
        yield scope_of(laundry)


def test_a_change_is_divided_into_orders_mix_and_average_value(two_days):
    found = decompose_revenue(two_days, period=PERIOD, compare="previous_period", by="partner")
    # As many orders as before. One moved from 30 to 10: mix -20. One of 30 became 33: average value +3.
    assert (found.earlier, found.current, found.change) == (Decimal(80), Decimal(63), Decimal(-17))
    assert (found.orders, found.mix, found.average_value) == (Decimal(0), Decimal(-20), Decimal(3))
    assert [(driver.label, driver.change) for driver in found.drivers] == [("South", -27), ("North", 10)]


def test_without_groups_there_is_no_mix(two_days):
    found = decompose_revenue(two_days, period=PERIOD, compare="previous_period")
    assert (found.orders, found.mix, found.average_value) == (0, 0, -17)


GROUPS = st.lists(
    st.tuples(
        st.integers(0, 50), st.decimals(0, 9999, places=2), st.integers(0, 50), st.decimals(0, 9999, places=2)
    ).map(
        lambda drawn: decomposition._Group(
            drawn[0],
            decomposition.Fraction(drawn[1] if drawn[0] else 0),
            drawn[2],
            decomposition.Fraction(drawn[3] if drawn[2] else 0),
        )
    ),
    max_size=6,
)


@given(GROUPS)
def test_the_average_value_is_what_orders_and_mix_leave(groups):
    """The average value's part is the remainder; by its own formula it is the same, whatever the groups."""
    orders, mix = decomposition._effects(groups)
    change = sum(group.revenue - group.earlier_revenue for group in groups)
    own = sum(
        group.revenue - group.orders * group.earlier_revenue / group.earlier_orders
        for group in groups
        if group.earlier_orders
    )
    if sum(group.earlier_orders for group in groups):
        assert change - orders - mix == own
    else:
        assert (change - orders - mix, mix) == (0, 0)
