"""How long stages take: percentiles from histograms of days are those of the orders themselves, to 5 %."""

import datetime
import random
from decimal import Decimal

import pytest
from django.db import connection

from apps.analytics.metrics.percentiles import FRACTIONS, Bin, percentile, processing_time_percentiles
from apps.analytics.metrics.questions import InvalidQuestion
from apps.analytics.metrics.scope import scope_of
from apps.core.context import organization_context
from apps.core.identifiers import new_id
from apps.core.periods import Period
from apps.marketplace.models import Order
from tests.analytics.comparison import refreshed
from tests.analytics.metrics.conftest import THE_DAY
from tests.builders import NOON

WEEK = Period(datetime.date(2026, 3, 4), datetime.date(2026, 3, 10))
EXACT = """
SELECT timed.stage, count(*), percentile_cont(%(fractions)s::float8[]) WITHIN GROUP (
    ORDER BY extract(epoch FROM timed.ended_at - timed.began_at) / 60)
FROM marketplace_order
CROSS JOIN LATERAL (VALUES
    ('acceptance', placed_at, accepted_at), ('pickup', accepted_at, picked_up_at),
    ('processing', picked_up_at, processed_at), ('delivery', processed_at, delivered_at),
    ('total', placed_at, completed_at)
) AS timed (stage, began_at, ended_at)
WHERE organization_id = %(organization)s AND placed_at >= %(start)s AND placed_at < %(end)s
    AND timed.ended_at - timed.began_at BETWEEN interval '0' AND interval '366 days'
GROUP BY timed.stage
"""


@pytest.fixture
def busy_laundry(laundry):
    """Orders of ten days that took anything from seconds to weeks, some without an instant, some out of order."""
    draw = random.Random(4)  # noqa: S311 - facts of a test, the same each time
    orders = []
    for number in range(240):
        instants = [NOON - datetime.timedelta(days=number % 10)]
        for typical in (40, 900, 7_000, 90_000, 400_000):
            instants.append(instants[-1] + datetime.timedelta(seconds=typical * draw.lognormvariate(0, 1.2)))
        accepted, picked_up, processed, delivered, completed = instants[1:]
        orders.append(
            Order(
                id=new_id(),
                organization=laundry,
                number=f"N{number}",
                status="completed",
                placed_at=instants[0],
                accepted_at=accepted,
                picked_up_at=None if number % 7 == 0 else picked_up,
                processed_at=processed,
                delivered_at=processed - datetime.timedelta(hours=1) if number % 11 == 0 else delivered,
                completed_at=completed,
            )
        )
    with organization_context(laundry.pk):
        Order.objects.bulk_create(orders)
    refreshed(laundry)
    return laundry


@pytest.mark.django_db
def test_percentiles_are_those_of_the_orders_to_five_percent(busy_laundry):
    start, end = WEEK.window(busy_laundry.calendar)
    fractions = list(map(float, FRACTIONS.values()))
    with connection.cursor() as cursor:
        cursor.execute(EXACT, {"fractions": fractions, "organization": busy_laundry.pk, "start": start, "end": end})
        exact = {stage: (orders, minutes) for stage, orders, minutes in cursor.fetchall()}
    found = processing_time_percentiles(scope_of(busy_laundry), period=WEEK)
    assert [times.stage for times in found] == ["acceptance", "pickup", "processing", "delivery", "total"]
    for times in found:
        orders, minutes = exact[times.stage]
        assert times.orders == orders
        for told, should in zip(times.minutes.values(), minutes, strict=True):
            assert abs(float(told) - should) <= 0.05 * should + 3 / 60 + 0.005, (times.stage, told, should)


def test_the_example_day_has_two_times_to_acceptance_and_one_of_each_other_stage(scope):
    found = {times.stage: times for times in processing_time_percentiles(scope, period=THE_DAY)}
    assert {stage: times.orders for stage, times in found.items()} == {
        "acceptance": 2, "pickup": 1, "processing": 1, "delivery": 1, "total": 2,
    }  # fmt: skip
    assert 15 <= found["acceptance"].minutes["median"] <= Decimal("15.75")  # of 10 and 20
    assert 30 <= found["pickup"].minutes["p95"] <= Decimal("31.5")


def test_what_histograms_are_not_divided_by_is_refused_and_days_of_the_week_are_kept(scope):
    with pytest.raises(InvalidQuestion):
        processing_time_percentiles(scope, period=THE_DAY, filters={"partner": [""]})
    assert processing_time_percentiles(scope, period=THE_DAY, filters={"weekday": ["3"]}) == []
    assert processing_time_percentiles(scope, period=THE_DAY, filters={"weekday": ["2"]})


def test_a_percentile_lies_between_the_two_orders_it_falls_between():
    bins = [Bin(0, 10, 1), Bin(100, 110, 2)]
    assert percentile(bins, Decimal(0)) == 5
    assert percentile(bins, Decimal("0.25")) == Decimal("53.75")  # halfway from 5 to 102.5
    assert percentile(bins, Decimal("0.5")) == Decimal("102.5")
    assert percentile(bins, Decimal(1)) == Decimal("107.5")
    with pytest.raises(ValueError, match="nothing"):
        percentile([], Decimal("0.5"))
