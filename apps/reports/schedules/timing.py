"""When a schedule's slots are, and over which days its report is then."""

import datetime
from zoneinfo import ZoneInfo

from apps.core.periods import Period, resolve_timeframe
from apps.reports.models import Frequency, ReportSchedule
from apps.reports.slots import Recurrence, next_slot, next_slots

MOST_SHOWN = 10


def recurrence_of(schedule: ReportSchedule) -> Recurrence:
    """Return how a schedule recurs."""
    return Recurrence(
        frequency=Frequency(schedule.frequency),
        time=schedule.time,
        timezone=schedule.timezone,
        day_of_week=schedule.day_of_week,
        day_of_month=schedule.day_of_month,
        on_last_business_day=schedule.on_last_business_day,
    )


def upcoming(schedule: ReportSchedule, *, after: datetime.datetime) -> list[datetime.datetime]:
    """Return the next ten slots after an aware instant, in UTC."""
    return next_slots(recurrence_of(schedule), after, MOST_SHOWN)


def following(schedule: ReportSchedule, after: datetime.datetime) -> datetime.datetime:
    """Return the first slot after an aware instant, in UTC."""
    return next_slot(recurrence_of(schedule), after)


def period_at(schedule: ReportSchedule, slot: datetime.datetime) -> Period:
    """Return the business days that the report of a slot is over, whenever it is made.

    What a timeframe means is asked of the date that the schedule's own clock shows at the slot: on 1 April in Auckland
    the last quarter ends on 31 March, while it is still 31 March in New York. A timeframe that goes on, such as the
    month to date, goes no further than the organization has come.

    Raises:
        InvalidPeriod: the schedule names a timeframe that does not exist.

    """
    period = _ended_by(schedule, slot)
    return period_now(schedule, slot) if period is None else period


def period_now(schedule: ReportSchedule, instant: datetime.datetime) -> Period:
    """Return the business days that a report made by hand at an aware instant is over: what is over for both sides.

    Raises:
        InvalidPeriod: the schedule names a timeframe that does not exist.

    """
    business_date = schedule.organization.calendar.business_date(instant)
    return _resolved(schedule, min(_date_of(schedule, instant), business_date))


def due_at(schedule: ReportSchedule, slot: datetime.datetime) -> datetime.datetime:
    """Return the instant, in UTC, from which the report of a slot can be made: its period is over for the organization.

    That is the slot itself, unless the schedule's clock is ahead of the organization's, or days begin after midnight.

    Raises:
        InvalidPeriod: the schedule names a timeframe that does not exist.

    """
    period = _ended_by(schedule, slot)
    return slot if period is None else max(slot, schedule.organization.calendar.window(period.last, period.last)[1])


def _ended_by(schedule: ReportSchedule, slot: datetime.datetime) -> Period | None:
    date = _date_of(schedule, slot)
    period = _resolved(schedule, date)
    return period if period.last < date else None


def _date_of(schedule: ReportSchedule, instant: datetime.datetime) -> datetime.date:
    return instant.astimezone(ZoneInfo(schedule.timezone)).date()


def _resolved(schedule: ReportSchedule, today: datetime.date) -> Period:
    return resolve_timeframe(schedule.timeframe, today=today, week_starts_on=schedule.organization.week_starts_on)
