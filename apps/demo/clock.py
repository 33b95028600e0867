"""Business days of a place as arrays: when each begins, and which hours of the wall clock it really has."""

import datetime
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from apps.core.calendar import BusinessCalendar

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

HOUR = 3600
DAY = 86400
HOURS_IN_LONGEST_DAY = 25


class Calendar:
    """A run of business days that ends with `last`; days are counted from 0.

    `slots` holds the instants at which each hour of a day begins and `hours` the hour that a clock on the wall shows
    then: a day has 23 to 25 of them. The rest of a row is -1.
    """

    def __init__(self, clock: BusinessCalendar, *, first: datetime.date, last: datetime.date) -> None:
        self.clock = clock
        self.first = first
        self.last = last
        self.days = (last - first).days + 1
        self.dates = [first + datetime.timedelta(days=day) for day in range(self.days)]
        self.weekdays: Ints = np.array([date.weekday() for date in self.dates], dtype=np.int64)
        self.months: Ints = np.array([date.month for date in self.dates], dtype=np.int64)
        bounds = [*self.dates, last + datetime.timedelta(days=1)]
        openings = [int(clock.day_start(date).timestamp()) for date in bounds]
        self.openings: Ints = np.array(openings, dtype=np.int64)
        self.slots: Ints = np.full((self.days, HOURS_IN_LONGEST_DAY), -1, dtype=np.int64)
        self.hours: Ints = np.full((self.days, HOURS_IN_LONGEST_DAY), -1, dtype=np.int64)
        zone = ZoneInfo(clock.timezone)
        for day in range(self.days):
            for place, slot in enumerate(range(openings[day], openings[day + 1], HOUR)):
                self.slots[day, place] = slot
                self.hours[day, place] = datetime.datetime.fromtimestamp(slot, zone).hour

    def day_of(self, date: datetime.date) -> int:
        """Return the count of a date; it may lie outside the run."""
        return (date - self.first).days

    def days_ago(self, days: int) -> int:
        """Return the count of the day that lies so many days before the last one."""
        return self.days - 1 - days


class HourProfile:
    """How the instants of a day spread over its hours."""

    def __init__(self, calendar: Calendar, weights: Callable[[int], list[float]]) -> None:
        """Take a function that gives the 24 weights of the wall clock's hours for a weekday (Monday is 0)."""
        self._calendar = calendar
        table = np.array([weights(weekday) for weekday in range(7)], dtype=np.float64)
        shares = np.where(calendar.hours < 0, 0.0, table[calendar.weekdays[:, None], calendar.hours])
        self._shares: Floats = shares

    def silence(self, day: int, hours: range) -> None:
        """Let nothing happen in these hours of the wall clock on one day."""
        self._shares[day, np.isin(self._calendar.hours[day], list(hours))] = 0.0

    def instants(self, days: Ints, generator: np.random.Generator) -> Ints:
        """Return a random instant on each of these business days, in seconds since 1970."""
        cumulative = np.cumsum(self._shares, axis=1)
        wanted = generator.random(len(days)) * cumulative[days, -1]
        place = (cumulative[days] <= wanted[:, None]).sum(axis=1).clip(max=HOURS_IN_LONGEST_DAY - 1)
        found: Ints = self._calendar.slots[days, place] + generator.integers(0, HOUR, len(days))
        return found


def hours(**spans: float) -> list[float]:
    """Return 24 weights from spans such as `h7_10=2.0`: from 7:00 to before 10:00."""
    weights = [0.0] * 24
    for span, weight in spans.items():
        start, end = span.removeprefix("h").split("_")
        for hour in range(int(start), int(end)):
            weights[hour] = weight
    return weights
