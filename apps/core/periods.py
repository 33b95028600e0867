"""Periods of business days: how they are named, what they are compared with, and how they are cut into buckets.

Everything counts in business days of one organization; `BusinessCalendar` turns them into instants. PostgreSQL has
`bucket_start` as `business_bucket` (migration 0004); a property test holds that they agree.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from dateutil.relativedelta import relativedelta

from apps.core.calendar import BusinessCalendar

_ONE_DAY = datetime.timedelta(days=1)

MAX_DAYS = 3660
EARLIEST = datetime.date(1900, 1, 1)
LATEST = datetime.date(2999, 12, 31)
DEFAULT_TIMEFRAME = "30d"

PeriodFault = Literal["unknown", "both", "out_of_range", "no_room", "not_begun", "reversed", "too_long"]
Window = tuple[datetime.datetime, datetime.datetime]


class InvalidPeriod(ValueError):
    """A period that cannot be had as it was asked for.

    `field` names the parameter at fault, `message` says why to whoever calls the API, `fault` to programs.
    """

    def __init__(self, field: str, message: str, fault: PeriodFault) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
        self.fault = fault


class Step(StrEnum):
    """How far before a period the one before it begins."""

    LENGTH = "length"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_STEPS = {
    Step.WEEK: relativedelta(weeks=1),
    Step.MONTH: relativedelta(months=1),
    Step.QUARTER: relativedelta(months=3),
    Step.HALF_YEAR: relativedelta(months=6),
    Step.YEAR: relativedelta(years=1),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The business days `first` to `last`, both included.

    `step` is what a timeframe knows and two dates do not: that 1 to 10 May is the month so far, or only the last ten
    days. Without one, whole calendar months step back by as many months, and all else by its own length.

    Raises:
        ValueError: `last` is before `first`, or one of them is an instant.

    """

    first: datetime.date
    last: datetime.date
    step: Step | None = None

    def __post_init__(self) -> None:
        if isinstance(self.first, datetime.datetime) or isinstance(self.last, datetime.datetime):
            raise ValueError("A period is made of business days, not of instants.")  # noqa: TRY004
        if self.last < self.first:
            raise ValueError(f"The last day, {self.last}, is before the first, {self.first}.")

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def days(self) -> int:
        """The number of business days."""
        return (self.last - self.first).days + 1

    @property
    def whole_months(self) -> int:
        """The number of calendar months that the period consists of exactly; 0 where it does not."""
        if self.first.day != 1 or self.last != _month_end(self.last):
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def dates(self) -> Iterator[datetime.date]:
        """Yield each business day, in order."""
        return (self.first + datetime.timedelta(days=number) for number in range(self.days))

    def window(self, calendar: BusinessCalendar) -> Window:
        """Return the half-open window `[start, end)` of instants in UTC."""
        return calendar.window(self.first, self.last)


def _month_end(day: datetime.date) -> datetime.date:
    return day + relativedelta(day=31)


def _start_of_months(day: datetime.date, months: int) -> datetime.date:
    """Return the first day of the 1, 3, 6 or 12 months of a year that the day falls in."""
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _start_of_week(day: datetime.date, week_starts_on: int) -> datetime.date:
    if week_starts_on not in range(1, 8):
        raise ValueError(f"A week starts on a day from 1, Monday, to 7, Sunday; not on {week_starts_on}.")
    return day - datetime.timedelta(days=(day.isoweekday() - week_starts_on) % 7)


# Timeframes

_Resolver = Callable[[datetime.date, int], Period]


def _last_days(days: int) -> _Resolver:
    return lambda today, _: Period(today - datetime.timedelta(days=days - 1), today, Step.LENGTH)


def _to_date(months: int, step: Step) -> _Resolver:
    return lambda today, _: Period(_start_of_months(today, months), today, step)


def _last_months(months: int) -> _Resolver:
    def resolve(today: datetime.date, _: int) -> Period:
        end = _start_of_months(today, months)
        return Period(end - relativedelta(months=months), end - _ONE_DAY)

    return resolve


def _this_week(today: datetime.date, week_starts_on: int) -> Period:
    return Period(_start_of_week(today, week_starts_on), today, Step.WEEK)


def _last_week(today: datetime.date, week_starts_on: int) -> Period:
    end = _start_of_week(today, week_starts_on)
    return Period(end - datetime.timedelta(days=7), end - _ONE_DAY)


_TIMEFRAMES: dict[str, _Resolver] = {
    "today": lambda today, _: Period(today, today),
    "yesterday": lambda today, _: Period(today - _ONE_DAY, today - _ONE_DAY),
    "7d": _last_days(7),
    "30d": _last_days(30),
    "90d": _last_days(90),
    "1y": lambda today, _: Period(today - relativedelta(years=1) + _ONE_DAY, today, Step.LENGTH),
    "this_week": _this_week,
    "last_week": _last_week,
    "mtd": _to_date(1, Step.MONTH),
    "last_month": _last_months(1),
    "qtd": _to_date(3, Step.QUARTER),
    "last_quarter": _last_months(3),
    "half_year_to_date": _to_date(6, Step.HALF_YEAR),
    "last_half_year": _last_months(6),
    "ytd": _to_date(12, Step.YEAR),
    "last_year": _last_months(12),
}
TIMEFRAMES = tuple(_TIMEFRAMES)


def resolve_timeframe(name: str, *, today: datetime.date, week_starts_on: int) -> Period:
    """Return the period that a name of `TIMEFRAMES` means on the business day `today`.

    `7d 30d 90d 1y` and the periods to date end today, today included; the others ended before. `1y` begins on the day
    after the same date of the year before, which for 29 February is 1 March.

    Raises:
        InvalidPeriod: there is no timeframe of this name.
        ValueError: `week_starts_on` is not an ISO day of the week, 1 to 7.

    """
    resolver = _TIMEFRAMES.get(name)
    if resolver is None:
        told = f"There is no such timeframe. Choose one of {', '.join(TIMEFRAMES)}."
        raise InvalidPeriod("timeframe", told, "unknown")
    return resolver(today, week_starts_on)


def requested_period(
    *,
    start_date: datetime.date | None = None,
    end_date: datetime.date | None = None,
    timeframe: str | None = None,
    today: datetime.date,
    week_starts_on: int,
    default: str = DEFAULT_TIMEFRAME,
) -> Period:
    """Return the period that someone asks for by inclusive business dates, by a timeframe, or not at all.

    Nothing means the default timeframe; a start alone runs to today; an end alone begins where the default timeframe
    would if the end were today. An end in the future is kept: nothing is clamped to today here, so that an answer
    covers the days that were asked for. `compared_windows` takes what has elapsed of them.

    Raises:
        InvalidPeriod: with the field at fault: a timeframe beside dates or an unknown one, a start after the end or
            after today with no end, a date before 1900 or after 2999, more than `MAX_DAYS` days.

    """
    if timeframe is not None:
        if start_date is not None or end_date is not None:
            raise InvalidPeriod("timeframe", "Give a timeframe or dates, not both.", "both")
        return resolve_timeframe(timeframe, today=today, week_starts_on=week_starts_on)
    for field, date in (("start_date", start_date), ("end_date", end_date)):
        if date is not None and not EARLIEST <= date <= LATEST:
            raise InvalidPeriod(field, f"Dates go from {EARLIEST} to {LATEST}.", "out_of_range")
    if start_date is None:
        period = resolve_timeframe(default, today=end_date or today, week_starts_on=week_starts_on)
        if period.first < EARLIEST:
            told = f"{end_date} leaves no room for the days before it: dates begin on {EARLIEST}."
            raise InvalidPeriod("end_date", told, "no_room")
        return Period(period.first, end_date) if end_date else period
    if end_date is None and start_date > today:
        told = f"{start_date} is after today, {today}, and no end_date is given."
        raise InvalidPeriod("start_date", told, "not_begun")
    end_date = end_date or today
    if start_date > end_date:
        raise InvalidPeriod("start_date", f"{start_date} is after end_date, {end_date}.", "reversed")
    period = Period(start_date, end_date)
    if period.days > MAX_DAYS:
        told = f"A period has at most {MAX_DAYS} days; {period} has {period.days}."
        raise InvalidPeriod("start_date", told, "too_long")
    return period


# Comparisons


class Comparison(StrEnum):
    """What a period is compared with."""

    PREVIOUS_PERIOD = "previous_period"
    PREVIOUS_YEAR = "previous_year"
    SAME_WEEKDAYS = "same_weekdays"


@dataclass(frozen=True, slots=True)
class ComparedWindows:
    """Two half-open windows in UTC over the same elapsed time, and the days that each touches.

    `partial` says that the period has not ended: both windows then stop at the same wall-clock time of their last
    days. Both are empty, and the days those of the whole periods, when it has not begun.
    """

    period: Period
    window: Window
    earlier: Period
    earlier_window: Window
    partial: bool


def compared_period(period: Period, comparison: Comparison) -> Period:
    """Return the earlier period to compare with, as if both had ended; `compared_windows` takes what has elapsed.

    `previous_period` lies directly before, except that a period to date takes the same part of the week, month,
    quarter, half year or year before; whole calendar months take as many whole months. `previous_year` takes the same
    dates, and whole months for whole months. `same_weekdays` goes back by the fewest whole weeks that clear the period.
    Where a month lacks a date, its last day is meant.

    Raises:
        ValueError: the comparison is not known.

    """
    back, by_months = _way_back(period, comparison)
    last = period.last - back
    return Period(period.first - back, _month_end(last) if by_months else last, period.step)


def compared_windows(
    period: Period, comparison: Comparison, *, calendar: BusinessCalendar, now: datetime.datetime
) -> ComparedWindows:
    """Return the windows to compare at the aware instant `now`.

    Until the period has ended, the earlier window stops where the clock of the day that corresponds to today shows the
    time it shows now: where a clock change lies in between, the two differ in hours but cover the same trading hours.
    Where the earlier month has no day for today, all of it counts: on 31 May the month so far meets all of April.

    Raises:
        ValueError: `now` is naive, or the comparison is not known.

    """
    today = calendar.business_date(now)
    earlier = compared_period(period, comparison)
    if today > period.last:
        return ComparedWindows(period, period.window(calendar), earlier, earlier.window(calendar), partial=False)
    start, earlier_start = calendar.day_start(period.first), calendar.day_start(earlier.first)
    if today < period.first:
        return ComparedWindows(period, (start, start), earlier, (earlier_start, earlier_start), partial=True)
    back, _ = _way_back(period, comparison)
    day = today - back
    # A first day meets a first day: 29 February until 10:37 is compared with 28 February until 10:37, not all of it.
    lacks_today = day + back != today and today != period.first
    end = calendar.day_start(day + _ONE_DAY) if lacks_today else calendar.same_time_on(day, now)
    return ComparedWindows(
        period=replace(period, last=today),
        window=(start, now.astimezone(datetime.UTC)),
        earlier=replace(earlier, last=day),
        earlier_window=(earlier_start, end),
        partial=True,
    )


def _way_back(period: Period, comparison: Comparison) -> tuple[relativedelta, bool]:
    """Return how far back to go, and whether whole months answer whole months."""
    comparison = Comparison(comparison)
    months = period.whole_months if period.step is None else 0
    if comparison == Comparison.SAME_WEEKDAYS:
        return relativedelta(weeks=-(-period.days // 7)), False
    if comparison == Comparison.PREVIOUS_YEAR:
        return relativedelta(years=1), months > 0
    if months:
        return relativedelta(months=months), True
    if period.step is None or period.step == Step.LENGTH:
        return relativedelta(days=period.days), False
    return _STEPS[period.step], False


# Grains


class Grain(StrEnum):
    """What days are gathered into."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS_OF = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The part of a period that falls into one day, week, month, quarter or year.

    `start` is where that begins, inside of the period or before it, as `business_bucket` gives it; `first` and `last`
    are the days within the period, and `whole` says that none is cut off.
    """

    start: datetime.date
    first: datetime.date
    last: datetime.date
    whole: bool


def bucket_start(day: datetime.date, grain: Grain, week_starts_on: int) -> datetime.date:
    """Return the first day of the day, week, month, quarter or year that a business day falls in.

    Raises:
        ValueError: the grain is not known, or `week_starts_on` is not an ISO day of the week, 1 to 7.

    """
    grain = Grain(grain)
    if grain == Grain.DAY:
        return day
    return _start_of_week(day, week_starts_on) if grain == Grain.WEEK else _start_of_months(day, _MONTHS_OF[grain])


def buckets(period: Period, grain: Grain, week_starts_on: int) -> list[Bucket]:
    """Return the buckets of a period in order, without a gap, also where nothing happened.

    Raises:
        ValueError: as `bucket_start`.

    """
    found = []
    start = bucket_start(period.first, grain, week_starts_on)
    while start <= period.last:
        following = _following(start, grain)
        last = following - _ONE_DAY
        first_within, last_within = max(start, period.first), min(last, period.last)
        whole = (first_within, last_within) == (start, last)
        found.append(Bucket(start, first_within, last_within, whole))
        start = following
    return found


def _following(start: datetime.date, grain: Grain) -> datetime.date:
    if grain in _MONTHS_OF:
        return start + relativedelta(months=_MONTHS_OF[grain])
    return start + datetime.timedelta(days=7 if grain == Grain.WEEK else 1)
