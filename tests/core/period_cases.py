"""Strategies and short forms that the tests of periods, comparisons and buckets share."""

import datetime
import itertools
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from apps.core.calendar import BusinessCalendar
from apps.core.periods import TIMEFRAMES, Comparison, Grain, Period, resolve_timeframe

UTC = datetime.UTC
ONE_DAY = datetime.timedelta(days=1)
ZONES = (
    "Africa/Casablanca",  # leaves its usual time for Ramadan
    "America/New_York",
    "America/St_Johns",  # went back from 00:01 to 23:01 until 2011
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Europe/Berlin",
    "Pacific/Apia",  # left out 30 December 2011
)
ROLLING = ("7d", "30d", "90d", "1y")
TO_DATE = ("this_week", "mtd", "qtd", "half_year_to_date", "ytd")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(text: str) -> Period:
    first, _, last = text.partition("..")
    return Period(day(first), day(last or first))


def ends(period: Period) -> tuple[datetime.date, datetime.date]:
    return period.first, period.last


def changes_of_the_clock() -> list[datetime.datetime]:
    """Half a day of instants before each change of offset in any of the zones, found by looking."""
    found = []
    for name, year in itertools.product(ZONES, (2010, 2011, 2024, 2026)):
        zone, instant = ZoneInfo(name), datetime.datetime(year, 1, 1, tzinfo=UTC)
        while instant.year == year:
            later = instant + datetime.timedelta(hours=12)
            if instant.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                found.append(instant)
            instant = later
    return found


calendars = st.builds(BusinessCalendar, st.sampled_from(ZONES), st.times(max_value=datetime.time(12)))
days = st.dates(datetime.date(2009, 1, 1), datetime.date(2031, 12, 31))
near_a_change = st.builds(
    lambda instant, minutes: instant + datetime.timedelta(minutes=minutes),
    st.sampled_from(changes_of_the_clock()),
    st.integers(-36 * 60, 48 * 60),
)
instants = near_a_change | st.datetimes(
    datetime.datetime(2009, 1, 1), datetime.datetime(2031, 12, 31), timezones=st.just(UTC)
)
week_starts = st.integers(1, 7)
periods = st.builds(
    lambda first, length: Period(first, first + datetime.timedelta(days=length)), days, st.integers(0, 900)
)
some_periods = periods | st.builds(
    lambda name, today, starts: resolve_timeframe(name, today=today, week_starts_on=starts),
    st.sampled_from(TIMEFRAMES),
    days,
    week_starts,
)
comparisons = st.sampled_from(Comparison)
grains = st.sampled_from(Grain)

# Two days are in the same unit where the key is the same; keys of units that follow each other differ by one.
UNIT_KEYS = {
    "this_week": lambda date, starts: (date.toordinal() - 1 - (starts - 1)) // 7,  # ordinal 1 was a Monday
    "mtd": lambda date, _: date.year * 12 + date.month,
    "qtd": lambda date, _: date.year * 4 + (date.month + 2) // 3,
    "half_year_to_date": lambda date, _: date.year * 2 + (date.month > 6),
    "ytd": lambda date, _: date.year,
}
