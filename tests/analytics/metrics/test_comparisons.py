"""A period beside an earlier one, over the same elapsed time."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
import time_machine

from apps.analytics.metrics.parts_of_days import columns_in_order, part_of_day
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import scope_of
from apps.analytics.metrics.values import Compared, NoChange, NoRange, compared
from apps.analytics.rollups import ROLLUPS
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.periods import Period
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.builders import make_customer, make_order, make_partner, make_refund

TODAY = datetime.date(2026, 3, 12)
YESTERDAY = datetime.date(2026, 3, 11)


@pytest.mark.parametrize("rollup", [one for one in ROLLUPS if one.name != "daily_engagement"], ids=lambda one: one.name)
def test_the_whole_of_a_day_computed_as_a_part_is_the_rollup_of_that_day(example_day, rollup):
    calendar = example_day.calendar
    day = datetime.date(2026, 3, 10)
    start, end = calendar.window(day, day)
    parameters = {
        "organization": example_day.pk,
        "timezone": calendar.timezone,
        "day_starts_at": calendar.day_starts_at,
        "refreshed_at": end,
        "part_date": day,
        "part_start": start,
        "part_end": end,
    }
    names = [name for name in columns_in_order(rollup.name) if name != "refreshed_at"]
    with organization_context(example_day.pk), tenant_cursor() as cursor:
        cursor.execute(part_of_day(rollup.name), parameters)
        found = [dict(zip(columns_in_order(rollup.name), row, strict=True)) for row in cursor.fetchall()]
        stored = list(rollup.model.objects.filter(date=day).values(*names))
    assert stored
    assert sorted(({name: row[name] for name in names} for row in found), key=lambda row: str(row["id"])) == sorted(
        stored, key=lambda row: str(row["id"])
    )


def placed(organization, day, hour, total, minute=0, **fields):
    return make_order(
        organization, placed_at=at(day, hour, minute), subtotal=Decimal(total), total=Decimal(total), **fields
    )


@pytest.fixture
def morning(laundry):
    """Half past ten: yesterday had an order before and one after this time."""
    with time_machine.travel(at(TODAY, 10, 37), tick=True):
        partner = make_partner(laundry, name="North")
        ann, ben = make_customer(laundry, name="Ann"), make_customer(laundry, name="Ben")
        placed(laundry, YESTERDAY, 9, 40, partner=partner, customer=ann)
        placed(laundry, YESTERDAY, 10, 60, minute=36, customer=ann, channel="app")
        later = placed(laundry, YESTERDAY, 11, 500, partner=partner, customer=ben)
        placed(laundry, TODAY, 8, 130, partner=partner, customer=ann)
        make_refund(laundry, order=later, amount=Decimal(5), refunded_at=at(YESTERDAY, 12))
        make_refund(laundry, order=later, amount=Decimal(7), refunded_at=at(TODAY, 9))
        refresh(laundry)
        yield scope_of(laundry)


def test_today_so_far_is_compared_with_yesterday_until_the_same_time(morning):
    table = query_metrics(
        morning,
        ["total_revenue", "net_revenue", "counted_orders", "average_order_value", "customers", "new_customers"],
        period=Period(TODAY, TODAY),
        compare="previous_period",
    )
    assert {key: (beside.earlier, table.total[key]) for key, beside in table.total.compared.items()} == {
        "total_revenue": (Decimal(100), Decimal(130)),
        "net_revenue": (Decimal(100), Decimal(123)),
        "counted_orders": (2, 1),
        "average_order_value": (Decimal(50), Decimal(130)),
        "customers": (1, 1),
        "new_customers": (1, 0),
    }
    assert table.is_partial
    assert table.total.compared["total_revenue"].percent == Decimal("30.00")


def test_a_customer_whose_first_counted_order_came_later_that_day_was_not_new_yet(morning):
    cem = make_customer(morning.organization, name="Cem")
    placed(morning.organization, YESTERDAY, 9, 20, customer=cem, status="cancelled")
    placed(morning.organization, YESTERDAY, 11, 20, customer=cem)
    refresh(morning.organization)
    table = query_metrics(
        morning,
        ["new_customers"],
        period=Period(TODAY, TODAY),
        dimensions=["customer"],
        compare="previous_period",
    )
    found = {row.labels[0]: row.compared["new_customers"].earlier for row in table.rows}
    assert found == {"Ann": 1, "Ben": 0, "Cem": 0}


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("partner", {"North": (130, 40), "No partner": (0, 60)}),
        ("channel", {"Web": (130, 40), "App": (0, 60)}),
        ("customer", {"Ann": (130, 100), "Ben": (0, 0)}),
        ("hour", {"08:00": (130, 0), "09:00": (0, 40), "10:00": (0, 60)}),
        ("payment_method", {"Unpaid": (130, 100), "Cash": (0, 0), "Card": (0, 0), "Wallet": (0, 0), "Online": (0, 0)}),
        ("product", {"No product": (130, 100)}),
    ],
)
def test_parts_of_a_day_are_divided_like_whole_days(morning, dimension, expected):
    table = query_metrics(
        morning, ["total_revenue"], period=Period(TODAY, TODAY), dimensions=[dimension], compare="previous_period"
    )
    found = {row.labels[0]: (row["total_revenue"], row.compared["total_revenue"].earlier) for row in table.rows}
    assert found == expected


def test_a_series_is_compared_bucket_by_bucket(morning):
    table = query_metrics(
        morning, ["total_revenue"], period=Period(YESTERDAY, TODAY), grain="day", compare="same_weekdays"
    )
    assert [row.bucket.start for row in table.rows] == [YESTERDAY, TODAY]
    assert [row.compared["total_revenue"] for row in table.rows] == [
        Compared(Decimal(0), Decimal(600), None, NoChange.ZERO_BASE),
        Compared(Decimal(0), Decimal(130), None, NoChange.ZERO_BASE),
    ]


def test_what_is_known_of_the_present_alone_is_not_compared(morning):
    table = query_metrics(morning, ["lifetime_value"], period=Period(TODAY, TODAY), compare="previous_period")
    assert table.total.compared["lifetime_value"].reason == NoChange.NOT_KEPT


def test_a_period_to_come_is_compared_with_nothing_yet(morning):
    ahead = Period(TODAY + datetime.timedelta(days=1), TODAY + datetime.timedelta(days=40))
    table = query_metrics(morning, ["total_revenue"], period=ahead, compare="previous_period")
    assert table.total.compared["total_revenue"] == Compared(None, None, None, NoChange.NOT_BEGUN)
    assert table.earlier is None


def test_days_to_come_have_no_value(morning):
    ahead = Period(TODAY, TODAY + datetime.timedelta(days=2))
    table = query_metrics(morning, ["total_revenue"], period=ahead, grain="day")
    assert table.values("total_revenue") == [Decimal(130), None, None]


@pytest.mark.parametrize(
    ("value", "earlier", "expected"),
    [
        ("120", "100", ("20", "20.00", None)),
        ("0", "100", ("-100", "-100.00", None)),
        ("100", "0", ("100", None, NoChange.ZERO_BASE)),
        ("0", "0", ("0", None, NoChange.ZERO_BASE)),
        ("100", "-50", ("150", None, NoChange.NEGATIVE_BASE)),
        ("100", None, (None, None, NoChange.NO_BASE)),
        (None, "100", (None, None, NoChange.NO_VALUE)),
    ],
)
def test_a_change_against_zero_or_nothing_has_a_reason_in_place_of_a_percentage(value, earlier, expected):
    as_decimal = [None if text is None else Decimal(text) for text in (value, earlier)]
    change, percent, reason = expected
    assert compared(*as_decimal) == Compared(
        as_decimal[1],
        None if change is None else Decimal(change),
        None if percent is None else Decimal(percent),
        reason,
    )


def write_weeks(organization, weeks, weekday_total):
    first = TODAY - datetime.timedelta(weeks=weeks)
    for number in range(weeks * 7 + 1):
        day = first + datetime.timedelta(days=number)
        placed(organization, day, 8, weekday_total(day, number))


def test_a_usual_change_is_within_the_normal_range_and_an_unusual_one_is_not(laundry):
    with time_machine.travel(at(TODAY, 23, 50), tick=True):
        write_weeks(laundry, 16, lambda day, number: 1000 + (number * 37 % 41) + (300 if day.isoweekday() > 5 else 0))
        refresh(laundry)
        quiet = query_metrics(
            scope_of(laundry), ["total_revenue", "average_order_value"], period=Period(YESTERDAY, YESTERDAY),
            compare="previous_period",
        ).total.compared  # fmt: skip
        placed(laundry, YESTERDAY, 9, 900)
        refresh(laundry)
        loud = query_metrics(
            scope_of(laundry), ["total_revenue"], period=Period(YESTERDAY, YESTERDAY), compare="previous_period"
        ).total.compared
    assert quiet["total_revenue"].within_normal_range is True
    assert (quiet["average_order_value"].within_normal_range, quiet["average_order_value"].range_reason) == (
        None,
        NoRange.NOT_ADDITIVE,
    )
    assert loud["total_revenue"].within_normal_range is False


def test_a_short_history_says_nothing_about_what_is_normal(morning):
    beside = query_metrics(
        morning, ["total_revenue"], period=Period(TODAY, TODAY), compare="previous_period"
    ).total.compared["total_revenue"]
    assert (beside.within_normal_range, beside.range_reason) == (None, NoRange.SHORT_HISTORY)


def test_the_clock_of_a_comparison_is_that_of_the_rollups(morning, monkeypatch):
    """When nothing was refreshed since ten, a day until half past ten would be compared with one until ten."""
    behind = replace(morning.freshness, as_of=at(TODAY, 10))
    monkeypatch.setattr("apps.analytics.metrics.scope.read_freshness", lambda organization_id: behind)
    table = query_metrics(
        scope_of(morning.organization), ["total_revenue"], period=Period(TODAY, TODAY), compare="previous_period"
    )
    assert table.total.compared["total_revenue"].earlier == Decimal(40)
