"""The business calendar: which day an instant belongs to, and when a day begins.

PostgreSQL has the same two functions, `business_day_start` and `business_date` (migration 0003); a property test holds
that they agree.
"""

import datetime
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

_ONE_DAY = datetime.timedelta(days=1)


def instant_of(wall: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the instant, in UTC, that a naive wall-clock time means in a zone; its fold means nothing.

    A time that occurs twice means the first. One that a clock change skips means as long after the change as it would
    have come after the old time, which is what RFC 5545, Python and PostgreSQL make of it: 02:15 is 02:45 where clocks
    go from 02:00 to 02:30. Business days, comparisons and schedules all read the clock by this.
    """
    return wall.replace(fold=0, tzinfo=zone).astimezone(datetime.UTC)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Business days of one organization: its IANA time zone, and the wall-clock time at which its days begin."""

    timezone: str
    day_starts_at: datetime.time = datetime.time(0, 0)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", ZoneInfo(self.timezone))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return self._zone

    def day_start(self, day: datetime.date) -> datetime.datetime:
        """Return the instant, in UTC, at which a business day begins; it ends where the next begins.

        `instant_of` reads the clock. A day that a zone leaves out altogether is empty.
        """
        return instant_of(datetime.datetime.combine(day, self.day_starts_at), self._zone)

    def business_date(self, instant: datetime.datetime) -> datetime.date:
        """Return the business day that an aware instant falls on.

        Raises:
            ValueError: the instant is naive.

        """
        if instant.tzinfo is None:
            raise ValueError("A business day is asked of an aware instant.")
        wall = instant.astimezone(self._zone).replace(tzinfo=None)
        starts = self.day_starts_at
        since_midnight = datetime.timedelta(
            hours=starts.hour, minutes=starts.minute, seconds=starts.second, microseconds=starts.microsecond
        )
        day = (wall - since_midnight).date()
        # Where the clock goes back over the start of a day, the wall clock alone names a day too late or too early.
        if instant < self.day_start(day):
            return day - _ONE_DAY
        if instant >= self.day_start(day + _ONE_DAY):
            return day + _ONE_DAY
        return day

    def same_time_on(self, day: datetime.date, instant: datetime.datetime) -> datetime.datetime:
        """Return the instant, in UTC, at which the clock on `day` shows what it shows at an instant of another day.

        A time that the clock of `day` shows twice means the first, or the second where the instant is a second one too;
        one that it skips is read as `instant_of` reads it. Never before the day begins or after it ends.

        Raises:
            ValueError: the instant is naive.

        """
        wall = instant.astimezone(self._zone)
        date = day + (wall.date() - self.business_date(instant))
        clock = datetime.datetime.combine(date, wall.time())
        first = instant_of(clock, self._zone)
        second = clock.replace(fold=1, tzinfo=self._zone).astimezone(datetime.UTC)
        # In a skipped hour the second reading is the earlier instant, and means nothing.
        found = max(first, second) if wall.fold else first
        return min(max(found, self.day_start(day)), self.day_start(day + _ONE_DAY))

    def window(self, first: datetime.date, last: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
        """Return the half-open window `[start, end)` of instants in UTC over the days `first` to `last`, both included.

        Raises:
            ValueError: `last` is before `first`.

        """
        if last < first:
            raise ValueError(f"The last day, {last}, is before the first, {first}.")
        return self.day_start(first), self.day_start(last + _ONE_DAY)


def days_between(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the days from `first` to `last`, both included; none where `last` is before `first`."""
    return [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]
