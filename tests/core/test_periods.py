import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.core.periods import (
    MAX_DAYS,
    TIMEFRAMES,
    Grain,
    InvalidPeriod,
    Period,
    bucket_start,
    compared_period,
    requested_period,
    resolve_timeframe,
)
from tests.core.period_cases import (
    ONE_DAY,
    ROLLING,
    TO_DATE,
    UNIT_KEYS,
    calendars,
    comparisons,
    day,
    days,
    ends,
    instants,
    span,
    utc,
    week_starts,
)

# Periods


def test_a_period_knows_its_days():
    period = span("2024-02-28..2024-03-01")
    assert period.days == 3
    assert list(period.dates()) == [day("2024-02-28"), day("2024-02-29"), day("2024-03-01")]
    assert [day(text) in period for text in ("2024-02-27", "2024-02-28", "2024-03-01", "2024-03-02")] == [
        False,
        True,
        True,
        False,
    ]
    assert str(period) == "2024-02-28 to 2024-03-01"


def test_an_inverted_period_and_one_of_instants_are_refused():
    with pytest.raises(ValueError, match="2026-01-01, is before the first, 2026-01-02"):
        Period(day("2026-01-02"), day("2026-01-01"))
    with pytest.raises(ValueError, match="not of instants"):
        Period(utc("2026-01-01"), utc("2026-01-02"))


@given(calendars, st.lists(st.integers(1, 40), min_size=2, max_size=6), st.data())
def test_windows_of_consecutive_periods_touch(calendar, lengths, data):
    first = calendar.business_date(data.draw(instants)) - datetime.timedelta(days=data.draw(st.integers(0, 60)))
    end = None
    for length in lengths:
        period = Period(first, first + datetime.timedelta(days=length - 1))
        window = period.window(calendar)
        assert end in (None, window[0])
        assert window[0] <= window[1]
        end, first = window[1], period.last + ONE_DAY


# Timeframes


@given(st.sampled_from(TIMEFRAMES), days, week_starts)
def test_no_timeframe_is_empty_or_inverted_or_reaches_past_today(name, today, starts):
    period = resolve_timeframe(name, today=today, week_starts_on=starts)
    assert 1 <= period.days <= 366
    if name in (*ROLLING, *TO_DATE, "today"):
        assert period.last == today
    else:
        assert period.last < today


UNITS_BEFORE = dict(
    zip(UNIT_KEYS, ("last_week", "last_month", "last_quarter", "last_half_year", "last_year"), strict=True)
)


@given(st.sampled_from(sorted(UNIT_KEYS)), days, week_starts)
def test_a_unit_to_date_and_the_unit_before_it_are_whole_and_touch(name, today, starts):
    key = UNIT_KEYS[name]
    current = resolve_timeframe(name, today=today, week_starts_on=starts)
    before = resolve_timeframe(UNITS_BEFORE[name], today=today, week_starts_on=starts)
    assert before.last + ONE_DAY == current.first
    assert key(current.first, starts) == key(today, starts)
    assert key(before.first, starts) == key(before.last, starts) == key(today, starts) - 1
    assert key(before.first - ONE_DAY, starts) == key(today, starts) - 2


@given(days)
def test_a_year_has_366_days_exactly_where_it_contains_a_leap_day(today):
    period = resolve_timeframe("1y", today=today, week_starts_on=1)
    leaps = [date for date in period.dates() if (date.month, date.day) == (2, 29)]
    assert period.days == 365 + len(leaps)


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        ("today", "2026-06-10", "2026-06-10"),
        ("yesterday", "2026-03-01", "2026-02-28"),
        ("7d", "2026-06-10", "2026-06-04..2026-06-10"),
        ("30d", "2026-03-01", "2026-01-31..2026-03-01"),
        ("90d", "2024-03-30", "2024-01-01..2024-03-30"),
        ("1y", "2026-06-10", "2025-06-11..2026-06-10"),
        ("1y", "2024-02-29", "2023-03-01..2024-02-29"),
        ("1y", "2025-02-28", "2024-02-29..2025-02-28"),
        ("1y", "2025-03-01", "2024-03-02..2025-03-01"),
        ("1y", "2026-12-31", "2026-01-01..2026-12-31"),
        ("mtd", "2026-06-10", "2026-06-01..2026-06-10"),
        ("mtd", "2026-06-01", "2026-06-01"),
        ("qtd", "2026-05-31", "2026-04-01..2026-05-31"),
        ("ytd", "2024-02-29", "2024-01-01..2024-02-29"),
        ("half_year_to_date", "2026-06-30", "2026-01-01..2026-06-30"),
        ("half_year_to_date", "2026-07-01", "2026-07-01"),
        ("half_year_to_date", "2026-12-31", "2026-07-01..2026-12-31"),
        ("last_month", "2024-03-31", "2024-02-01..2024-02-29"),
        ("last_month", "2026-01-01", "2025-12-01..2025-12-31"),
        ("last_quarter", "2026-02-15", "2025-10-01..2025-12-31"),
        ("last_quarter", "2026-06-30", "2026-01-01..2026-03-31"),
        ("last_half_year", "2026-03-01", "2025-07-01..2025-12-31"),
        ("last_half_year", "2026-11-01", "2026-01-01..2026-06-30"),
        ("last_year", "2026-01-01", "2025-01-01..2025-12-31"),
    ],
)
def test_timeframes_by_hand(name, today, expected):
    assert ends(resolve_timeframe(name, today=day(today), week_starts_on=1)) == ends(span(expected))


@pytest.mark.parametrize(
    ("name", "starts", "expected"),
    [
        ("this_week", 1, "2026-06-08..2026-06-10"),
        ("this_week", 3, "2026-06-10"),
        ("this_week", 4, "2026-06-04..2026-06-10"),
        ("this_week", 7, "2026-06-07..2026-06-10"),
        ("last_week", 1, "2026-06-01..2026-06-07"),
        ("last_week", 3, "2026-06-03..2026-06-09"),
        ("last_week", 7, "2026-05-31..2026-06-06"),
    ],
)
def test_weeks_on_a_wednesday_by_hand(name, starts, expected):
    assert ends(resolve_timeframe(name, today=day("2026-06-10"), week_starts_on=starts)) == ends(span(expected))


def test_an_unknown_timeframe_is_told_the_known_ones():
    with pytest.raises(InvalidPeriod) as caught:
        resolve_timeframe("fortnight", today=day("2026-06-10"), week_starts_on=1)
    assert caught.value.field == "timeframe"
    assert all(name in caught.value.message for name in TIMEFRAMES)


@pytest.mark.parametrize("starts", [0, 8])
def test_a_week_starts_on_a_day_of_the_week(starts):
    with pytest.raises(ValueError, match="from 1, Monday, to 7, Sunday"):
        resolve_timeframe("this_week", today=day("2026-06-10"), week_starts_on=starts)
    with pytest.raises(ValueError, match="from 1, Monday, to 7, Sunday"):
        bucket_start(day("2026-06-10"), Grain.WEEK, starts)


# What is asked for


def ask(**given_values):
    given_values = {key: day(value) if key.endswith("_date") else value for key, value in given_values.items()}
    return requested_period(**given_values, today=day("2026-06-10"), week_starts_on=1)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "2026-05-12..2026-06-10"),
        ({"default": "mtd"}, "2026-06-01..2026-06-10"),
        ({"timeframe": "7d"}, "2026-06-04..2026-06-10"),
        ({"start_date": "2026-06-01"}, "2026-06-01..2026-06-10"),
        ({"start_date": "2026-06-10"}, "2026-06-10"),
        ({"end_date": "2026-05-31"}, "2026-05-02..2026-05-31"),
        ({"end_date": "2026-05-31", "default": "mtd"}, "2026-05-01..2026-05-31"),
        ({"end_date": "2026-05-31", "default": "last_month"}, "2026-04-01..2026-05-31"),
        ({"start_date": "2026-06-10", "end_date": "2026-06-10"}, "2026-06-10"),
        ({"start_date": "2026-06-01", "end_date": "2026-06-30"}, "2026-06-01..2026-06-30"),
        ({"start_date": "2026-07-01", "end_date": "2026-07-31"}, "2026-07-01..2026-07-31"),
        ({"start_date": "2016-06-03", "end_date": "2026-06-10"}, "2016-06-03..2026-06-10"),
    ],
)
def test_dates_are_included_and_what_is_left_out_is_filled_in(asked, expected):
    assert ends(ask(**asked)) == ends(span(expected))


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        ({"timeframe": "7d", "end_date": "2026-06-10"}, "timeframe", "not both"),
        ({"timeframe": "7d", "start_date": "2026-06-10"}, "timeframe", "not both"),
        ({"timeframe": ""}, "timeframe", "Choose one of"),
        ({"start_date": "2026-06-02", "end_date": "2026-06-01"}, "start_date", "is after end_date, 2026-06-01"),
        ({"start_date": "2026-06-11"}, "start_date", "is after today, 2026-06-10"),
        ({"start_date": "2016-06-02", "end_date": "2026-06-10"}, "start_date", "at most 3660 days.*has 3661"),
        ({"start_date": "0001-01-01", "end_date": "2026-06-01"}, "start_date", "1900-01-01 to 2999-12-31"),
        ({"end_date": "9999-12-31"}, "end_date", "1900-01-01 to 2999-12-31"),
    ],
)
def test_what_cannot_be_had_names_its_field(asked, field, says):
    with pytest.raises(InvalidPeriod, match=says) as caught:
        ask(**asked)
    assert caught.value.field == field


any_date = st.none() | st.dates()


@given(any_date, any_date, st.none() | st.sampled_from((*TIMEFRAMES, "", "8d")), calendars, comparisons)
def test_whatever_is_asked_for_is_a_period_that_works_or_an_error(start, end, timeframe, calendar, comparison):
    period = fault = None
    try:
        period = requested_period(
            start_date=start, end_date=end, timeframe=timeframe, today=day("2026-06-10"), week_starts_on=7
        )
    except InvalidPeriod as error:
        fault = error.field
    assert fault in {None, "start_date", "end_date", "timeframe"}
    assume(period is not None)
    assert period.days <= MAX_DAYS
    assert compared_period(period, comparison).first < period.first
    assert period.window(calendar)[0] < period.window(calendar)[1]
    assert start in (None, period.first)
    assert end in (None, period.last)
