"""Slots found by looking at the clock every quarter of an hour: slow, and independent of the code under test."""

import calendar
import datetime
from zoneinfo import ZoneInfo

QUARTER = datetime.timedelta(minutes=15)
LEAD = datetime.timedelta(days=4)


def is_day_of(recurrence, day: datetime.date) -> bool:
    """Tell whether a recurrence falls on a date."""
    if recurrence.frequency == "daily":
        return True
    if recurrence.frequency == "weekly":
        return day.isoweekday() == recurrence.day_of_week
    length = calendar.monthrange(day.year, day.month)[1]
    of_month = {
        "monthly": range(1, 13),
        "quarterly": (3, 6, 9, 12) if recurrence.on_last_business_day else (1, 4, 7, 10),
    }
    if day.month not in of_month[recurrence.frequency]:
        return False
    if recurrence.on_last_business_day:
        later = [day.replace(day=number) for number in range(day.day + 1, length + 1)]
        return day.isoweekday() < 6 and all(date.isoweekday() > 5 for date in later)
    return day.day == min(recurrence.day_of_month, length)


def plain_slots(recurrence, start: datetime.datetime, end: datetime.datetime) -> list[datetime.datetime]:
    """Return the slots of `[start, end)`: instants at which the clock first shows the time of a day.

    A time that the clock jumps over is as far behind the jump as it was behind the time at which the clock jumped.
    """
    zone = ZoneInfo(recurrence.timezone)
    instant, found = start - LEAD, []
    before = instant.astimezone(zone).replace(tzinfo=None)
    wanted = [
        datetime.datetime.combine(start.date() + datetime.timedelta(days=number), recurrence.time)
        for number in range(-3, (end - start).days + 4)
        if is_day_of(recurrence, start.date() + datetime.timedelta(days=number))
    ]
    shown_dates = set()
    reached: list[tuple[datetime.datetime, datetime.datetime]] = []
    while instant < end + datetime.timedelta(days=2):
        wall = instant.astimezone(zone).replace(tzinfo=None)
        shown_dates.add(wall.date())
        while wanted and wall >= wanted[0]:
            skipped = wanted[0] - (before + QUARTER) if wall - before > QUARTER else datetime.timedelta()
            reached.append((wanted.pop(0), instant + skipped))
        instant += QUARTER
        before = wall
    for wall, at in reached:
        left_out = recurrence.frequency == "daily" and wall.date() not in shown_dates
        if not left_out and start <= at < end and at not in found:
            found.append(at)
    return found
