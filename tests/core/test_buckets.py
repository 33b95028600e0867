import datetime

import pytest
from django.db import DataError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.database import in_transaction, tenant_cursor
from apps.core.periods import Grain, Period, bucket_start, buckets
from tests.core.period_cases import ONE_DAY, calendars, day, grains, periods, span, week_starts


@given(periods, grains, week_starts)
def test_buckets_partition_a_period(period, grain, starts):
    found = buckets(period, grain, starts)
    assert [date for bucket in found for date in Period(bucket.first, bucket.last).dates()] == list(period.dates())
    for bucket in found:
        assert {bucket_start(date, grain, starts) for date in Period(bucket.first, bucket.last).dates()} == {
            bucket.start
        }
        before, after = (bucket_start(date, grain, starts) for date in (bucket.first - ONE_DAY, bucket.last + ONE_DAY))
        assert bucket.whole == (before < bucket.start < after)


@given(periods, grains, week_starts, calendars)
def test_windows_of_buckets_partition_the_window_of_the_period(period, grain, starts, calendar):
    edges = [calendar.window(bucket.first, bucket.last) for bucket in buckets(period, grain, starts)]
    assert [start for start, _ in edges[1:]] == [end for _, end in edges[:-1]]
    assert (edges[0][0], edges[-1][1]) == period.window(calendar)


@pytest.mark.parametrize(
    ("grain", "starts", "expected"),
    [
        (Grain.DAY, 1, "2024-02-29"),
        (Grain.WEEK, 1, "2024-02-26"),
        (Grain.WEEK, 4, "2024-02-29"),
        (Grain.WEEK, 5, "2024-02-23"),
        (Grain.WEEK, 7, "2024-02-25"),
        (Grain.MONTH, 1, "2024-02-01"),
        (Grain.QUARTER, 1, "2024-01-01"),
        (Grain.YEAR, 1, "2024-01-01"),
    ],
)
def test_where_the_bucket_of_a_thursday_begins(grain, starts, expected):
    assert bucket_start(day("2024-02-29"), grain, starts) == day(expected)


def test_buckets_at_the_ends_are_clipped_and_say_so():
    assert [
        (str(bucket.start), str(bucket.first), str(bucket.last), bucket.whole)
        for bucket in buckets(span("2026-01-15..2026-03-31"), Grain.MONTH, 1)
    ] == [
        ("2026-01-01", "2026-01-15", "2026-01-31", False),
        ("2026-02-01", "2026-02-01", "2026-02-28", True),
        ("2026-03-01", "2026-03-01", "2026-03-31", True),
    ]


def test_an_unknown_grain_is_refused():
    with pytest.raises(ValueError, match="decade"):
        bucket_start(day("2026-06-10"), "decade", 1)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.dates(datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)), min_size=8, max_size=8))
def test_postgresql_and_python_agree_about_buckets(some_days):
    combinations = [(date, grain, starts) for date in some_days for grain in Grain for starts in range(1, 8)]
    dates, names, week_days = (list(column) for column in zip(*combinations, strict=True))
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(business_bucket(d, g, w) ORDER BY n)"
            " FROM unnest(%s::date[], %s::text[], %s::int[]) WITH ORDINALITY AS x(d, g, w, n)",
            [dates, [str(name) for name in names], week_days],
        )
        assert cursor.fetchone()[0] == [bucket_start(*combination) for combination in combinations]


@pytest.mark.django_db
@pytest.mark.parametrize("grain", ["decade", "hour", "Week", "months", ""])
def test_postgresql_refuses_an_unknown_grain(grain):
    with tenant_cursor() as cursor, pytest.raises(DataError, match="unknown grain"), in_transaction():
        cursor.execute("SELECT business_bucket('2026-06-10', %s, 1)", [grain])


@pytest.mark.django_db
def test_postgresql_inlines_the_bucket():
    with tenant_cursor() as cursor:
        cursor.execute(
            "EXPLAIN (VERBOSE, COSTS OFF) SELECT business_bucket(d, 'month', 1) FROM unnest(%s::date[]) AS x(d)",
            [[day("2026-06-10")]],
        )
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "date_trunc('month'" in plan
    assert "business_bucket" not in plan
