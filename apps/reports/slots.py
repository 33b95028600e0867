"""Slots: the instants at which something recurs by a wall clock, each of them once.

A slot is where the clock of the zone first shows its time; `apps.core.calendar.instant_of` reads it, also a time that
a clock change skips or shows twice. A day that a zone leaves out altogether, as Apia left out 30 December 2011, has no
slot of a daily recurrence; what comes once a week, a month or a quarter is not lost with it, but taken at its time of
the day after.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from apps.core.calendar import instant_of
from apps.reports.models import Frequency

# Between a date of the zone and that of UTC lies one day, and what a zone may ever have skipped or repeated another.
_MARGIN = datetime.timedelta(days=3)
_ONE_DAY = datetime.timedelta(days=1)
_LAST = datetime.date(9999, 11, 30)
_FRIDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How often, on which day, at which wall-clock time of which IANA zone.

    `day_of_week` (1 is Monday) is of weekly ones. Monthly ones come on `day_of_month`, quarterly ones on that day of
    January, April, July and October; in a shorter month its last day stands in. With `on_last_business_day` they come
    on the last Monday to Friday of the month, or of the quarter.
    """

    frequency: Frequency
    time: datetime.time
    timezone: str
    day_of_week: int = 1
    day_of_month: int = 1
    on_last_business_day: bool = False


def slots_between(recurrence: Recurrence, start: datetime.datetime, end: datetime.datetime) -> list[datetime.datetime]:
    """Return the slots of the half-open span `[start, end)` of aware instants, in order, in UTC.

    Raises:
        ValueError: an end of the span is naive.

    """
    if _aware(end) <= _aware(start):
        return []
    return list(takewhile(lambda slot: slot < end, _slots_from(recurrence, start)))


def next_slot(recurrence: Recurrence, after: datetime.datetime) -> datetime.datetime:
    """Return the first slot after an aware instant, in UTC.

    Raises:
        ValueError: the instant is naive.

    """
    return next_slots(recurrence, after, 1)[0]


def next_slots(recurrence: Recurrence, after: datetime.datetime, count: int = 10) -> list[datetime.datetime]:
    """Return the next slots after an aware instant, in order, in UTC.

    Raises:
        ValueError: the instant is naive.

    """
    later = (slot for slot in _slots_from(recurrence, after) if slot > after)
    return list(islice(later, count))


def latest_slots(
    recurrence: Recurrence, start: datetime.datetime, end: datetime.datetime, most: int
) -> list[datetime.datetime]:
    """Return the slots of `[start, end)` as `slots_between` does, of very many only the newest `most`.

    Raises:
        ValueError: an end of the span is naive.

    """
    reach = (most + 2) * longest_interval(recurrence.frequency)
    return slots_between(recurrence, max(_aware(start), _aware(end) - reach), end)[-most:]


def longest_interval(frequency: Frequency) -> datetime.timedelta:
    """Return the longest time from one day of a recurrence to the next."""
    return datetime.timedelta(
        days={Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.MONTHLY: 33, Frequency.QUARTERLY: 95}[frequency]
    )


def _slots_from(recurrence: Recurrence, start: datetime.datetime) -> Iterator[datetime.datetime]:
    """Yield the slots from an aware instant on, each once: a day that was left out may name the instant of the next."""
    zone = ZoneInfo(recurrence.timezone)
    first = (_aware(start).astimezone(datetime.UTC) - _MARGIN).date()
    latest = start - datetime.timedelta.resolution
    for day in _days_from(recurrence, first):
        if recurrence.frequency == Frequency.DAILY and _is_left_out(day, zone):
            continue
        slot = instant_of(datetime.datetime.combine(day, recurrence.time), zone)
        if slot > latest:
            yield slot
            latest = slot


def _days_from(recurrence: Recurrence, first: datetime.date) -> Iterator[datetime.date]:
    if recurrence.frequency in {Frequency.DAILY, Frequency.WEEKLY}:
        step = _ONE_DAY
        if recurrence.frequency == Frequency.WEEKLY:
            first += datetime.timedelta(days=(recurrence.day_of_week - first.isoweekday()) % 7)
            step = datetime.timedelta(days=7)
        while first <= _LAST:
            yield first
            first += step
        return
    months = 3 if recurrence.frequency == Frequency.QUARTERLY else 1
    month = first.replace(month=(first.month - 1) // months * months + 1, day=1)
    while month <= _LAST:
        if recurrence.on_last_business_day:
            yield _last_business_day(month + relativedelta(months=months - 1))
        else:
            yield month + relativedelta(day=recurrence.day_of_month)
        month += relativedelta(months=months)


def _last_business_day(month: datetime.date) -> datetime.date:
    end = month + relativedelta(day=31)
    return end - datetime.timedelta(days=max(0, end.isoweekday() - _FRIDAY))


def _is_left_out(day: datetime.date, zone: ZoneInfo) -> bool:
    midnight = datetime.datetime.combine(day, datetime.time())
    return instant_of(midnight, zone).astimezone(zone).date() != day


def _aware(instant: datetime.datetime) -> datetime.datetime:
    if instant.tzinfo is None:
        raise ValueError("Slots are asked of aware instants.")
    return instant
