"""Figures as of an instant: what was said then, of days that were over by then."""

import datetime

import pytest

from apps.analytics.metrics.decomposition import decompose_revenue
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.instants import NothingSaid, read_as_of
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.retention import retention
from apps.analytics.metrics.scope import scope_of
from apps.analytics.models import DailyRevenueSummary, Revision
from apps.analytics.rollups import ROLLUPS
from apps.analytics.selectors import rows_as_of
from apps.core.context import organization_context
from apps.core.identifiers import new_id
from apps.core.periods import Period, resolve_timeframe
from tests.analytics.comparison import stored
from tests.analytics.facts import GRAINS, columns_of
from tests.analytics.metrics.figures import BASE, base_of, figures
from tests.analytics.metrics.retold import KNOWN, SINCE, TENTH, THEN, at, retell, say
from tests.analytics.records import DAY, HOUR, day, refresh
from tests.builders import NOON, make_order, make_organization


@pytest.fixture
def retold(laundry):
    say(laundry)
    retell(laundry)
    with at(SINCE + HOUR):
        yield laundry


def total(scope, *metrics, period=KNOWN, **options):
    return query_metrics(scope, list(metrics), period=period, **options).total


def test_every_figure_and_every_row_is_what_was_said(laundry):
    say(laundry)
    with at(THEN):
        scope = scope_of(laundry)
        said, base, cohorts = figures(scope, KNOWN), base_of(laundry, scope.today), retention(scope)
        rows = {rollup.model: stored(laundry, rollup.model) for rollup in ROLLUPS}
    retell(laundry)
    with at(SINCE + HOUR):
        now, then = scope_of(laundry), scope_of(laundry, as_of=THEN)
        assert figures(then, KNOWN) == said
        found = figures(now, KNOWN)
        assert [key for key in said if found[key] == said[key]] == []  # each of them would tell
        assert retention(then) == cohorts != retention(now)
        found = total(then, *BASE)
        assert {key: found[key] for key in base} == base
        assert total(now, *BASE) != found
        assert found["average_lifetime_value"] == base["lifetime_value"] / base["customer_count"]
        by_customer = query_metrics(then, ["lifetime_value"], period=KNOWN, dimensions=["customer"])
        assert sum(row["lifetime_value"] for row in by_customer.rows) == base["lifetime_value"]
        for model, stored_then in rows.items():
            expected = {key: row for key, row in stored_then.items() if row["date"] <= KNOWN.last}
            assert rows_said(laundry, model) == expected
            assert stored(laundry, model) != stored_then


def rows_said(organization, model):
    found = rows_as_of(organization, model, instant=THEN, first=KNOWN.first, last=TENTH + 30 * DAY)
    names = columns_of(model)
    rows = [{name: getattr(row, name) for name in names} for row in found]
    return {tuple(row[name] for name in GRAINS[model]): row for row in rows}


def test_drivers_are_those_of_then(laundry, retold):
    period = Period(TENTH + DAY, TENTH + DAY)
    drivers = decompose_revenue(scope_of(laundry, as_of=THEN), period=period, compare="previous_period", by="channel")
    assert (drivers.earlier, drivers.current) == (60, 30)
    assert drivers.orders + drivers.mix + drivers.average_value == drivers.change


def test_what_is_known_of_the_present_alone_has_no_value_and_that_is_said(laundry, retold):
    scope = scope_of(laundry, as_of=THEN)
    metrics = ["active_partners", "at_risk_customers", "capacity_utilisation", "days_of_cover", "stock_quantity"]
    table = query_metrics(scope, metrics, period=KNOWN, compare="previous_period")
    assert set(table.total.values.values()) == {None}
    assert {one.about for one in as_said(scope).unknown} == set(metrics)
    by_partner = query_metrics(scope, ["capacity_utilisation"], period=KNOWN, dimensions=["partner"])
    assert {row["capacity_utilisation"] for row in by_partner.rows} == {None}
    query_metrics(scope, ["total_revenue"], period=KNOWN, dimensions=["city"], filters={"segment": ["new"]})
    query_metrics(scope, ["total_revenue"], period=Period(TENTH, THEN.date()))
    assert [(one.code, one.about) for one in as_said(scope).unknown[5:]] == [
        ("attribute_of_now", "city"), ("attribute_of_now", "segment"), ("not_over", ""),
    ]  # fmt: skip
    assert as_said(scope_of(laundry)) is None


def test_the_day_of_the_instant_and_later_ones_are_not_known(laundry, retold):
    scope = scope_of(laundry, as_of=THEN)
    assert (scope.today, scope.last_day) == (day("2026-03-12"), day("2026-03-11"))
    assert total(scope, "order_count", period=Period(TENTH, TENTH + 30 * DAY))["order_count"] == 3
    table = query_metrics(scope, ["order_count"], period=Period(TENTH, TENTH + 3 * DAY), grain="day")
    assert table.values("order_count") == [2, 1, None, None]
    assert table.is_partial


def test_timeframes_and_comparisons_mean_what_they_meant(laundry, retold):
    scope = scope_of(laundry, as_of=THEN)
    month = resolve_timeframe("mtd", today=scope.today, week_starts_on=1)
    assert month == Period(day("2026-03-01"), day("2026-03-12"), month.step)
    found = scope.compared(month, "previous_period")
    assert (str(found.period), str(found.earlier)) == ("2026-03-01 to 2026-03-11", "2026-02-01 to 2026-02-11")
    table = query_metrics(scope, ["total_revenue"], period=Period(TENTH, TENTH + 2 * DAY), compare="previous_period")
    assert table.total.compared["total_revenue"].change == 90
    begins = query_metrics(scope, ["total_revenue"], period=Period(scope.today, scope.today), compare="same_weekdays")
    assert (begins.total["total_revenue"], begins.total.compared["total_revenue"].reason) == (None, "not_begun")


def test_the_earlier_period_ends_with_a_whole_day_where_the_clock_skips_midnight(db):
    beirut = make_organization("beirut", timezone="Asia/Beirut")  # the 29th of March begins at one o'clock
    scope = scope_of(beirut, as_of=beirut.calendar.day_start(day("2026-03-29")) + HOUR)
    week = Period(day("2026-03-24"), day("2026-03-30"))
    found = scope.compared(week, "same_weekdays")
    assert (str(found.period), str(found.earlier)) == ("2026-03-24 to 2026-03-28", "2026-03-17 to 2026-03-21")
    assert found.earlier_window == found.earlier.window(beirut.calendar)


@pytest.mark.parametrize(
    ("today", "elapsed", "earlier"),
    [
        ("2026-05-31", "2026-05-01 to 2026-05-30", "2026-04-01 to 2026-04-30"),
        ("2026-05-01", None, None),
        ("2026-03-30", "2026-03-01 to 2026-03-29", "2026-02-01 to 2026-02-28"),
    ],
)
def test_months_to_date_meet_what_their_earlier_month_has(laundry, today, elapsed, earlier):
    scope = scope_of(laundry, as_of=laundry.calendar.day_start(day(today)) + HOUR)
    found = scope.compared(resolve_timeframe("mtd", today=scope.today, week_starts_on=1), "previous_period")
    if elapsed is None:
        assert found.window[0] == found.window[1]
    else:
        assert (str(found.period), str(found.earlier)) == (elapsed, earlier)
        assert found.earlier_window == found.earlier.window(laundry.calendar)


def test_a_first_order_that_moved_is_where_it_was(laundry, retold):
    period = Period(TENTH - 5 * DAY, TENTH - DAY)
    assert total(scope_of(laundry), "new_customers", period=period)["new_customers"] == 2
    for dimension in ({}, {"dimensions": ["city"]}):
        then = query_metrics(scope_of(laundry, as_of=THEN), ["new_customers"], period=period, **dimension)
        assert then.total["new_customers"] == 0


def test_two_changes_of_a_row_are_read_in_their_order(laundry):
    order = make_order(laundry, total=10)
    for days in (1, 2, 3):
        with at(NOON + days * DAY):
            type(order)._base_manager.filter(organization=laundry, pk=order.pk).update(total=10 * days)
            refresh(laundry)
    with at(NOON + 9 * DAY):
        said = [
            total(scope_of(laundry, as_of=NOON + days * DAY + HOUR), "total_revenue")["total_revenue"]
            for days in (1, 2, 3)
        ]
    assert said == [10, 20, 30]


# Repairs


def test_a_repair_was_never_right(laundry, retold):
    (row,) = rows_as_of(laundry, DailyRevenueSummary, instant=THEN, first=TENTH, last=TENTH)
    with organization_context(laundry.pk):
        Revision.objects.create(
            id=new_id(), organization_id=laundry.pk, rollup="daily_revenue", row_id=row.pk, date=TENTH,
            old={"date": str(TENTH), "total_revenue": 777}, new={}, revised_at=THEN + HOUR, is_repair=True,
            right_until=THEN - HOUR,
        )  # fmt: skip
    scope = scope_of(laundry, as_of=THEN)
    assert total(scope, "total_revenue", period=Period(TENTH, TENTH))["total_revenue"] == 60
    (doubt,) = as_said(scope).unknown
    assert doubt.code == "repaired"
    assert "from 2026-03-12T12:00:00Z until then" in doubt.message
    assert as_said(scope_of(laundry, as_of=THEN - 2 * HOUR)).unknown == ()  # it was right by then
    assert as_said(scope_of(laundry, as_of=THEN + 2 * HOUR)).unknown == ()  # and again


# Bounds


BOUNDS = [
    ("", "unreadable"),
    ("yesterday", "unreadable"),
    ("2026-03-12T09:00:00", "unreadable"),
    (12, "unreadable"),
    ("2026-02-30", "unreadable"),
    ("2026-03-14", "not_over"),
    ("2026-03-15T00:00:00Z", "not_over"),
    ("2026-03-11", "not_published"),
    ("2026-03-12T11:59:00Z", "not_published"),
]


def test_what_cannot_be_asked_about_says_why(laundry, retold):
    for text, fault in BOUNDS:
        with pytest.raises(NothingSaid) as refused:
            read_as_of(text, laundry, now=SINCE + HOUR)
        assert (text, refused.value.fault) == (text, fault)


def test_a_day_means_its_last_microsecond(laundry, wholesaler, retold):
    found = read_as_of("2026-03-12", laundry, now=SINCE)
    assert found == datetime.datetime(2026, 3, 13, 4, tzinfo=datetime.UTC) - datetime.timedelta(microseconds=1)
    assert scope_of(laundry, as_of=found).last_day == day("2026-03-11")
    assert read_as_of("2026-03-12T14:00:00+01:00", laundry, now=SINCE) == THEN.replace(hour=13, minute=0, second=0)
    with pytest.raises(NothingSaid, match="No figures were published yet"):
        read_as_of("2026-03-12", wholesaler, now=SINCE)


def test_an_organization_without_facts_said_nothing_of_it(laundry):
    with at(NOON):
        refresh(laundry)
    with at(NOON + 2 * DAY):
        scope = scope_of(laundry, as_of=read_as_of("2026-03-10", laundry, now=NOON + 2 * DAY))
        found = total(scope, "total_revenue", "average_order_value", "lifetime_value")
    assert dict(found.values) == {"total_revenue": 0, "average_order_value": None, "lifetime_value": 0}


def test_what_adds_up_all_days_says_that_later_ones_are_not_in_it(laundry, retold):
    scope = scope_of(laundry, as_of=THEN)
    query_metrics(scope, ["lifetime_value"], period=Period(TENTH, TENTH))
    assert [one.code for one in as_said(scope).unknown] == ["not_over"]
