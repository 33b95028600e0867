"""When a schedule's slots are, and over which days its report is then."""

import datetime

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


def period_at(schedule: ReportSchedule, instant: datetime.datetime) -> Period:
    """Return the business days that the report is over when it is due at an aware instant, whenever it is made.

    Raises:
        InvalidPeriod: the schedule names a timeframe that does not exist.

    """
    organization = schedule.organization
    return resolve_timeframe(
        schedule.timeframe,
        today=organization.calendar.business_date(instant),
        week_starts_on=organization.week_starts_on,
    )
