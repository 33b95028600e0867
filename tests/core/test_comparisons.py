import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.core.calendar import BusinessCalendar
from apps.core.periods import (
    TIMEFRAMES,
    Comparison,
    compared_period,
    compared_windows,
    resolve_timeframe,
)
from tests.core.period_cases import (
    ONE_DAY,
    ROLLING,
    TO_DATE,
    UNIT_KEYS,
    UTC,
    calendars,
    comparisons,
    day,
    days,
    ends,
    instants,
    some_periods,
    span,
    utc,
    week_starts,
)


@pytest.mark.parametrize(
    ("period", "previous", "year_before", "weekdays"),
    [
        ("2026-06-10", "2026-06-09", "2025-06-10", "2026-06-03"),
        ("2026-06-04..2026-06-10", "2026-05-28..2026-06-03", "2025-06-04..2025-06-10", "2026-05-28..2026-06-03"),
        ("2026-06-03..2026-06-10", "2026-05-26..2026-06-02", "2025-06-03..2025-06-10", "2026-05-20..2026-05-27"),
        ("2026-05-01..2026-05-10", "2026-04-21..2026-04-30", "2025-05-01..2025-05-10", "2026-04-17..2026-04-26"),
        ("2024-02-29", "2024-02-28", "2023-02-28", "2024-02-22"),
        ("2024-02-28..2024-03-01", "2024-02-25..2024-02-27", "2023-02-28..2023-03-01", "2024-02-21..2024-02-23"),
        ("2026-03-01..2026-03-31", "2026-02-01..2026-02-28", "2025-03-01..2025-03-31", "2026-01-25..2026-02-24"),
        ("2026-02-01..2026-02-28", "2026-01-01..2026-01-31", "2025-02-01..2025-02-28", "2026-01-04..2026-01-31"),
        ("2025-02-01..2025-02-28", "2025-01-01..2025-01-31", "2024-02-01..2024-02-29", "2025-01-04..2025-01-31"),
        ("2026-01-01..2026-03-31", "2025-10-01..2025-12-31", "2025-01-01..2025-03-31", "2025-10-02..2025-12-30"),
        ("2026-07-01..2026-12-31", "2026-01-01..2026-06-30", "2025-07-01..2025-12-31", "2025-12-24..2026-06-25"),
        ("2024-01-01..2024-12-31", "2023-01-01..2023-12-31", "2023-01-01..2023-12-31", "2022-12-26..2023-12-26"),
        ("2026-01-01..2026-02-28", "2025-11-01..2025-12-31", "2025-01-01..2025-02-28", "2025-10-30..2025-12-27"),
    ],
)
def test_comparisons_of_dates_by_hand(period, previous, year_before, weekdays):
    found = [ends(compared_period(span(period), comparison)) for comparison in Comparison]
    assert found == [ends(span(text)) for text in (previous, year_before, weekdays)]


@pytest.mark.parametrize(
    ("name", "today", "previous", "year_before"),
    [
        ("mtd", "2026-06-10", "2026-05-01..2026-05-10", "2025-06-01..2025-06-10"),
        ("mtd", "2026-05-31", "2026-04-01..2026-04-30", "2025-05-01..2025-05-31"),
        ("mtd", "2026-03-29", "2026-02-01..2026-02-28", "2025-03-01..2025-03-29"),
        ("mtd", "2026-02-28", "2026-01-01..2026-01-28", "2025-02-01..2025-02-28"),
        ("mtd", "2024-02-29", "2024-01-01..2024-01-29", "2023-02-01..2023-02-28"),
        ("mtd", "2026-01-31", "2025-12-01..2025-12-31", "2025-01-01..2025-01-31"),
        ("qtd", "2026-05-31", "2026-01-01..2026-02-28", "2025-04-01..2025-05-31"),
        ("half_year_to_date", "2026-08-31", "2026-01-01..2026-02-28", "2025-07-01..2025-08-31"),
        ("ytd", "2024-02-29", "2023-01-01..2023-02-28", "2023-01-01..2023-02-28"),
        ("this_week", "2026-06-10", "2026-06-01..2026-06-03", "2025-06-08..2025-06-10"),
        ("7d", "2026-05-07", "2026-04-24..2026-04-30", "2025-05-01..2025-05-07"),
        ("30d", "2026-04-30", "2026-03-02..2026-03-31", "2025-04-01..2025-04-30"),
        ("90d", "2026-03-31", "2025-10-03..2025-12-31", "2025-01-01..2025-03-31"),
        ("1y", "2024-12-31", "2022-12-31..2023-12-31", "2023-01-01..2023-12-31"),
        ("last_month", "2026-03-31", "2026-01-01..2026-01-31", "2025-02-01..2025-02-28"),
    ],
)
def test_comparisons_of_timeframes_by_hand(name, today, previous, year_before):
    period = resolve_timeframe(name, today=day(today), week_starts_on=1)
    assert ends(compared_period(period, Comparison.PREVIOUS_PERIOD)) == ends(span(previous))
    assert ends(compared_period(period, Comparison.PREVIOUS_YEAR)) == ends(span(year_before))


@given(some_periods)
def test_the_period_before_never_overlaps(period):
    assert compared_period(period, Comparison.PREVIOUS_PERIOD).last < period.first


@given(some_periods)
def test_the_same_weekdays_are_as_many_and_as_near_as_they_can_be(period):
    earlier = compared_period(period, Comparison.SAME_WEEKDAYS)
    assert [date.weekday() for date in earlier.dates()] == [date.weekday() for date in period.dates()]
    assert 0 < (period.first - earlier.last).days <= 7


@given(st.sampled_from(ROLLING), days, calendars)
def test_rolling_periods_follow_each_other(name, today, calendar):
    period = resolve_timeframe(name, today=today, week_starts_on=1)
    earlier = compared_period(period, Comparison.PREVIOUS_PERIOD)
    assert earlier.days == period.days
    assert earlier.window(calendar)[1] == period.window(calendar)[0]


@given(st.sampled_from(TO_DATE), days, week_starts)
def test_a_part_to_date_meets_the_first_days_of_the_unit_before(name, today, starts):
    key = UNIT_KEYS[name]
    period = resolve_timeframe(name, today=today, week_starts_on=starts)
    earlier = compared_period(period, Comparison.PREVIOUS_PERIOD)
    assert key(earlier.first, starts) == key(earlier.last, starts) == key(today, starts) - 1
    assert key(earlier.first - ONE_DAY, starts) == key(today, starts) - 2


# What has elapsed


def compare(text, comparison, now, zone="UTC", starts="00:00"):
    """Compare a timeframe, or dates, at an instant given on the wall clock of the zone."""
    calendar = BusinessCalendar(zone, datetime.time.fromisoformat(starts))
    instant = datetime.datetime.fromisoformat(now)
    instant = instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))
    if text in TIMEFRAMES:
        period = resolve_timeframe(text, today=calendar.business_date(instant), week_starts_on=1)
    else:
        period = span(text)
    return compared_windows(period, comparison, calendar=calendar, now=instant)


@pytest.mark.parametrize(
    ("text", "comparison", "now", "days_before", "window_before"),
    [
        ("today", "previous_period", "2026-06-10T10:37", "2026-06-09", "2026-06-09T00:00/2026-06-09T10:37"),
        ("today", "same_weekdays", "2026-06-10T10:37", "2026-06-03", "2026-06-03T00:00/2026-06-03T10:37"),
        ("today", "previous_year", "2024-02-29T10:37", "2023-02-28", "2023-02-28T00:00/2023-02-28T10:37"),
        ("7d", "previous_period", "2026-06-10T10:37", "2026-05-28..2026-06-03", "2026-05-28T00:00/2026-06-03T10:37"),
        ("30d", "previous_period", "2026-04-30T10:37", "2026-03-02..2026-03-31", "2026-03-02T00:00/2026-03-31T10:37"),
        ("mtd", "previous_period", "2026-06-10T10:37", "2026-05-01..2026-05-10", "2026-05-01T00:00/2026-05-10T10:37"),
        # February has used itself up from 29 March on, whatever the time.
        ("mtd", "previous_period", "2026-03-28T10:37", "2026-02-01..2026-02-28", "2026-02-01T00:00/2026-02-28T10:37"),
        ("mtd", "previous_period", "2026-03-29T10:37", "2026-02-01..2026-02-28", "2026-02-01T00:00/2026-03-01T00:00"),
        ("mtd", "previous_period", "2026-05-31T10:37", "2026-04-01..2026-04-30", "2026-04-01T00:00/2026-05-01T00:00"),
        ("mtd", "previous_period", "2026-02-28T10:37", "2026-01-01..2026-01-28", "2026-01-01T00:00/2026-01-28T10:37"),
        ("qtd", "previous_period", "2026-05-31T10:37", "2026-01-01..2026-02-28", "2026-01-01T00:00/2026-03-01T00:00"),
        ("ytd", "previous_year", "2024-02-29T10:37", "2023-01-01..2023-02-28", "2023-01-01T00:00/2023-03-01T00:00"),
        # Dates that reach past today.
        (
            "2026-06-01..2026-06-30",
            "previous_period",
            "2026-06-10T10:37",
            "2026-05-01..2026-05-10",
            "2026-05-01T00:00/2026-05-10T10:37",
        ),
        (
            "2026-06-05..2026-06-30",
            "previous_period",
            "2026-06-10T10:37",
            "2026-05-10..2026-05-15",
            "2026-05-10T00:00/2026-05-15T10:37",
        ),
    ],
)
def test_an_unfinished_period_is_compared_up_to_the_same_time(text, comparison, now, days_before, window_before):
    found = compare(text, Comparison(comparison), now)
    assert found.partial
    assert (found.period.last, found.window[1]) == (day(now[:10]), utc(now))
    assert found.window[0] == utc(f"{found.period.first}T00:00")
    assert ends(found.earlier) == ends(span(days_before))
    assert found.earlier_window == tuple(utc(text) for text in window_before.split("/"))


@pytest.mark.parametrize(
    ("zone", "starts", "comparison", "now", "hours", "hours_before"),
    [
        ("Europe/Berlin", "00:00", "previous_period", "2026-06-10T10:37", 10.617, 10.617),
        # 25 hours today, then 25 hours a week earlier: the same time on the clock, an hour apart since midnight.
        ("Europe/Berlin", "00:00", "same_weekdays", "2026-10-25T10:37", 11.617, 10.617),
        ("Europe/Berlin", "00:00", "same_weekdays", "2026-11-01T10:37", 10.617, 11.617),
        # 23 hours today, then a week earlier.
        ("Europe/Berlin", "00:00", "same_weekdays", "2026-03-29T10:37", 9.617, 10.617),
        ("Europe/Berlin", "00:00", "same_weekdays", "2026-04-05T10:37", 10.617, 9.617),
        # 02:30 is skipped on 29 March: as long after midnight as on another day.
        ("Europe/Berlin", "00:00", "previous_period", "2026-03-30T02:30", 2.5, 2.5),
        # 02:30 comes twice on 25 October: the first answers an ordinary day, both readings of today meet one.
        ("Europe/Berlin", "00:00", "previous_period", "2026-10-26T02:30", 2.5, 2.5),
        ("Europe/Berlin", "00:00", "previous_period", "2026-10-25T02:30+02:00", 2.5, 2.5),
        ("Europe/Berlin", "00:00", "previous_period", "2026-10-25T02:30+01:00", 3.5, 2.5),
        ("Australia/Lord_Howe", "00:00", "same_weekdays", "2026-04-05T10:37", 11.117, 10.617),
        ("America/St_Johns", "00:00", "same_weekdays", "2026-03-08T10:37", 9.617, 10.617),
        ("Africa/Casablanca", "00:00", "same_weekdays", "2026-02-15T10:37", 11.617, 10.617),
        ("Asia/Kathmandu", "04:00", "previous_period", "2026-06-11T01:30", 21.5, 21.5),
        # A kitchen's day of 25 October lasts until 04:00 of the 26th; the clock went back in the day before.
        ("Europe/Berlin", "04:00", "previous_period", "2026-10-25T10:37", 6.617, 6.617),
        ("Europe/Berlin", "04:00", "same_weekdays", "2026-10-25T03:30", 24.5, 23.5),
        # 30 December 2011 was left out in Apia: the day before the 31st is empty.
        ("Pacific/Apia", "00:00", "previous_period", "2011-12-31T10:37", 10.617, 0),
        ("Pacific/Apia", "00:00", "same_weekdays", "2012-01-06T10:37", 10.617, 0),
        ("Pacific/Apia", "00:00", "previous_period", "2012-01-01T10:37", 10.617, 10.617),
    ],
)
def test_today_so_far_meets_the_same_time_on_the_clock(zone, starts, comparison, now, hours, hours_before):
    found = compare("today", Comparison(comparison), now, zone, starts)
    lengths = [(end - start) / datetime.timedelta(hours=1) for start, end in (found.window, found.earlier_window)]
    assert lengths == [pytest.approx(hours, abs=0.001), pytest.approx(hours_before, abs=0.001)]


def test_the_second_of_two_readings_meets_the_second_of_the_year_before():
    calendar = BusinessCalendar("Europe/Berlin")
    second = utc("2026-10-25T01:30")
    assert calendar.same_time_on(day("2025-10-26"), second) == utc("2025-10-26T01:30")
    assert calendar.same_time_on(day("2025-10-26"), second - datetime.timedelta(hours=1)) == utc("2025-10-26T00:30")
    assert calendar.same_time_on(day("2026-03-29"), second) == utc("2026-03-29T01:30")  # skipped: 03:30


def test_a_period_that_has_ended_is_compared_whole():
    found = compare("2026-02-01..2026-02-28", Comparison.PREVIOUS_PERIOD, "2026-03-01T00:00")
    assert not found.partial
    assert found.window == (utc("2026-02-01"), utc("2026-03-01"))
    assert found.earlier_window == (utc("2026-01-01"), utc("2026-02-01"))
    assert ends(found.earlier) == ends(span("2026-01-01..2026-01-31"))


def test_of_a_period_that_has_not_begun_nothing_is_compared():
    found = compare("2026-07-01..2026-07-31", Comparison.PREVIOUS_PERIOD, "2026-06-30T23:59")
    assert found.partial
    assert found.window == (utc("2026-07-01"), utc("2026-07-01"))
    assert found.earlier_window == (utc("2026-06-01"), utc("2026-06-01"))


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware instant"):
        compared_windows(
            span("2026-06-10"),
            Comparison.PREVIOUS_YEAR,
            calendar=BusinessCalendar("UTC"),
            now=datetime.datetime(2026, 6, 10),
        )


def keeps_its_clock(calendar, date):
    """Whether a business day has 24 hours, and no change of offset at either end."""
    start, end = (instant.astimezone(ZoneInfo(calendar.timezone)) for instant in calendar.window(date, date))
    return start.utcoffset() == end.utcoffset() and end.astimezone(UTC) - start.astimezone(UTC) == ONE_DAY


@given(st.sampled_from(TIMEFRAMES), comparisons, calendars, instants, week_starts)
@settings(max_examples=300)
def test_windows_begin_and_end_on_their_days_and_at_one_time(name, comparison, calendar, now, starts):
    today = calendar.business_date(now)
    period = resolve_timeframe(name, today=today, week_starts_on=starts)
    found = compared_windows(period, comparison, calendar=calendar, now=now)
    assert found.partial == (period.last == today)
    assert found.window == (calendar.day_start(period.first), now if found.partial else period.window(calendar)[1])
    start, end = found.earlier_window
    assert start == calendar.day_start(found.earlier.first)
    assert calendar.day_start(found.earlier.last) <= end <= calendar.day_start(found.earlier.last + ONE_DAY)
    assert start <= end <= now
    assume(found.partial and keeps_its_clock(calendar, today) and keeps_its_clock(calendar, found.earlier.last))
    if end != calendar.day_start(found.earlier.last + ONE_DAY):
        zone = ZoneInfo(calendar.timezone)
        assert end.astimezone(zone).time() == now.astimezone(zone).time()
    else:
        assert found.earlier.last.day < today.day


# A year earlier there may be a leap day more or less; everything else has as many days.
@given(
    st.sampled_from(ROLLING),
    st.sampled_from([Comparison.PREVIOUS_PERIOD, Comparison.SAME_WEEKDAYS]),
    calendars,
    instants,
)
@settings(max_examples=300)
def test_both_windows_are_equally_long_but_for_changes_of_the_clock(name, comparison, calendar, now):
    period = resolve_timeframe(name, today=calendar.business_date(now), week_starts_on=1)
    found = compared_windows(period, comparison, calendar=calendar, now=now)
    assume(all(keeps_its_clock(calendar, date) for date in (*ends(found.period), *ends(found.earlier))))
    zone = ZoneInfo(calendar.timezone)
    length, earlier_length = (
        end - start + end.astimezone(zone).utcoffset() - start.astimezone(zone).utcoffset()
        for start, end in (found.window, found.earlier_window)
    )
    assert length == earlier_length


# The same weekdays go back another week with every seventh day.
@given(
    st.sampled_from(TO_DATE),
    st.sampled_from([Comparison.PREVIOUS_PERIOD, Comparison.PREVIOUS_YEAR]),
    st.lists(instants, min_size=2, max_size=2).map(sorted),
    week_starts,
)
def test_as_time_goes_on_the_earlier_window_never_shrinks(name, comparison, moments, starts):
    calendar = BusinessCalendar("Asia/Kathmandu", datetime.time(4))
    sooner, later = (
        compared_windows(
            resolve_timeframe(name, today=calendar.business_date(now), week_starts_on=starts),
            comparison,
            calendar=calendar,
            now=now,
        ).earlier_window
        for now in moments
    )
    assert sooner[0] <= later[0]
    assert sooner[1] <= later[1]
