import datetime
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.calendar import BusinessCalendar
from apps.core.database import tenant_cursor

UTC = datetime.UTC
ODD_ZONES = (
    "America/Havana",  # goes back from 01:00 to 00:00: midnight happens twice
    "America/New_York",
    "America/Sao_Paulo",  # had daylight saving from midnight until 2019
    "Antarctica/Troll",  # two hours of daylight saving
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Europe/Berlin",
    "Pacific/Apia",  # left out 30 December 2011
    "UTC",
)
calendars = st.builds(BusinessCalendar, st.sampled_from(ODD_ZONES), st.times(max_value=datetime.time(12)))
days = st.dates(datetime.date(2010, 1, 1), datetime.date(2030, 12, 31))
instants = st.datetimes(datetime.datetime(2010, 1, 1), datetime.datetime(2030, 12, 31), timezones=st.just(UTC))


def changes_of_the_clock() -> list[datetime.datetime]:
    """The hours at which any of the zones changes its offset, found by looking."""
    from zoneinfo import ZoneInfo

    found = []
    for name, year in itertools.product(ODD_ZONES, (2011, 2018, 2026)):
        zone = ZoneInfo(name)
        hour = datetime.datetime(year, 1, 1, tzinfo=UTC)
        while hour.year == year:
            later = hour + datetime.timedelta(hours=1)
            if hour.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                found.append(hour)
            hour = later
    return found


near_a_change = st.builds(
    lambda hour, minutes: hour + datetime.timedelta(minutes=minutes),
    st.sampled_from(changes_of_the_clock()),
    st.integers(-36 * 60, 36 * 60),
)


@given(calendars, instants | near_a_change)
@settings(max_examples=300)
def test_every_instant_lies_in_the_window_of_its_business_day(calendar, instant):
    day = calendar.business_date(instant)
    start, end = calendar.window(day, day)
    assert start <= instant < end


@given(calendars, days)
def test_days_follow_each_other_without_gap_or_overlap(calendar, day):
    tomorrow = day + datetime.timedelta(days=1)
    start, end = calendar.window(day, day)
    assert start <= end == calendar.window(tomorrow, tomorrow)[0]
    assert calendar.window(day, tomorrow) == (start, calendar.window(tomorrow, tomorrow)[1])


def test_the_fold_of_a_time_means_nothing():
    folded, plain = (BusinessCalendar("America/Havana", datetime.time(0, 0, fold=fold)) for fold in (1, 0))
    for day in (datetime.date(2011, 3, 20), datetime.date(2026, 11, 1)):  # midnight skipped, midnight twice
        assert folded.day_start(day) == plain.day_start(day)


@given(calendars, near_a_change)
def test_business_days_never_run_backwards(calendar, instant):
    days_seen = [calendar.business_date(instant + datetime.timedelta(minutes=15 * step)) for step in range(16)]
    assert days_seen == sorted(days_seen)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(calendars, st.lists(instants | near_a_change, min_size=8, max_size=8), st.lists(days, min_size=8, max_size=8))
def test_postgresql_and_python_agree(calendar, some_instants, some_days):
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(business_date(t, %s, %s) ORDER BY n)"
            " FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS x(t, n)",
            [calendar.timezone, calendar.day_starts_at, some_instants],
        )
        assert cursor.fetchone()[0] == [calendar.business_date(instant) for instant in some_instants]
        cursor.execute(
            "SELECT array_agg(business_day_start(d, %s, %s) ORDER BY n)"
            " FROM unnest(%s::date[]) WITH ORDINALITY AS x(d, n)",
            [calendar.timezone, calendar.day_starts_at, some_days],
        )
        assert cursor.fetchone()[0] == [calendar.day_start(day) for day in some_days]


@pytest.mark.parametrize(
    ("zone", "starts", "day", "utc_start", "hours"),
    [
        ("Europe/Berlin", "00:00", "2026-03-29", "2026-03-28T23:00", 23),
        ("Europe/Berlin", "00:00", "2026-10-25", "2026-10-24T22:00", 25),
        ("Australia/Lord_Howe", "00:00", "2026-04-05", "2026-04-04T13:00", 24.5),
        ("America/Havana", "00:00", "2026-11-01", "2026-11-01T04:00", 25),
        ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00", 23),
        ("Asia/Kathmandu", "04:00", "2026-06-01", "2026-05-31T22:15", 24),
        ("Pacific/Apia", "00:00", "2011-12-30", "2011-12-30T10:00", 0),
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30", 25),
        # Skipped: 02:15 is 02:45 on 4 October, and 24 hours after 02:15 of the day before.
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:45", 23.5),
        ("Antarctica/Troll", "01:30", "2026-03-29", "2026-03-29T01:30", 22),
    ],
)
def test_days_of_odd_length(zone, starts, day, utc_start, hours):
    calendar = BusinessCalendar(zone, datetime.time.fromisoformat(starts))
    start, end = calendar.window(datetime.date.fromisoformat(day), datetime.date.fromisoformat(day))
    assert start == datetime.datetime.fromisoformat(utc_start).replace(tzinfo=UTC)
    assert end - start == datetime.timedelta(hours=hours)


def test_a_late_order_counts_on_the_evening_it_belongs_to():
    kitchen = BusinessCalendar("Europe/London", datetime.time(4))
    assert kitchen.business_date(datetime.datetime(2026, 6, 6, 0, 59, tzinfo=UTC)) == datetime.date(2026, 6, 5)
    assert kitchen.business_date(datetime.datetime(2026, 6, 6, 3, 0, tzinfo=UTC)) == datetime.date(2026, 6, 6)


def test_a_naive_instant_and_an_inverted_period_are_refused():
    calendar = BusinessCalendar("UTC")
    with pytest.raises(ValueError, match="aware instant"):
        calendar.business_date(datetime.datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="before the first"):
        calendar.window(datetime.date(2026, 1, 2), datetime.date(2026, 1, 1))
