"""What a schedule does, as people say it."""

import datetime
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from apps.accounts.models import WeekDay
from apps.accounts.notation import Notation, notation_of
from apps.reports.models import Format, Frequency, ReportSchedule, ReportType
from apps.reports.wording import PRESETS

_OVER: Mapping[str, str | Promise] = {
    "today": _lazy("today’s %(report)s"),
    "yesterday": _lazy("yesterday’s %(report)s"),
    "7d": _lazy("%(report)s of the last 7 days"),
    "30d": _lazy("%(report)s of the last 30 days"),
    "90d": _lazy("%(report)s of the last 90 days"),
    "1y": _lazy("%(report)s of the last 12 months"),
    "this_week": _lazy("this week’s %(report)s"),
    "last_week": _lazy("last week’s %(report)s"),
    "mtd": _lazy("this month’s %(report)s"),
    "last_month": _lazy("last month’s %(report)s"),
    "qtd": _lazy("this quarter’s %(report)s"),
    "last_quarter": _lazy("last quarter’s %(report)s"),
    "half_year_to_date": _lazy("this half year’s %(report)s"),
    "last_half_year": _lazy("last half year’s %(report)s"),
    "ytd": _lazy("this year’s %(report)s"),
    "last_year": _lazy("last year’s %(report)s"),
}
_MORE_PRESETS: Mapping[str, str | Promise] = {
    "half_year_to_date": _lazy("Half year to date"),
    "last_half_year": _lazy("Last half year"),
}
_ORDINARY_LAST = 28


def sentence(schedule: ReportSchedule, slot: datetime.datetime) -> str:
    """Return what a schedule does, with its time as clocks call it at the next slot.

    Every Monday at 08:00 CET, last week’s revenue as PDF and Excel to 3 people.
    """
    people = ngettext("%(count)d person", "%(count)d people", len(schedule.recipients))
    return _("%(when)s, %(what)s as %(formats)s to %(people)s.") % {
        "when": when(schedule, slot),
        "what": _over(schedule),
        "formats": _joined([str(Format(format_).label) for format_ in schedule.formats]),
        "people": people % {"count": len(schedule.recipients)},
    }


def when(schedule: ReportSchedule, slot: datetime.datetime) -> str:
    """Return how often and at which time of which zone: Every Monday at 08:00 CET."""
    return _("%(days)s at %(time)s %(zone)s") % {
        "days": _days(schedule),
        "time": notation_of(schedule.organization).clock(schedule.time),
        "zone": abbreviation(slot, schedule.timezone),
    }


def abbreviation(instant: datetime.datetime, timezone: str) -> str:
    """Return what a zone's time is called at an instant: CET, or UTC+05:45 where it has no name of letters."""
    local = instant.astimezone(ZoneInfo(timezone))
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{local.isoformat()[-6:]}"


def slot_text(slot: datetime.datetime, timezone: str, notation: Notation) -> str:
    """Return a slot by the clock of a zone: Mon, 23 Nov 2026, 08:00 CET; with 8:00 AM where that is how it is said."""
    local = slot.astimezone(ZoneInfo(timezone))
    weekday = format_skeleton("E", local, locale=notation.locale)
    return f"{weekday}, {notation.day(local.date())}, {notation.clock(local.time())} {abbreviation(slot, timezone)}"


def timeframe_named(name: str) -> str:
    """Return what a timeframe is called in a list of choices."""
    return str(PRESETS.get(name) or _MORE_PRESETS.get(name) or name)


def _over(schedule: ReportSchedule) -> str:
    report = str(ReportType(schedule.report_type).label).lower()
    return str(_OVER.get(schedule.timeframe, "%(report)s")) % {"report": report}


def _days(schedule: ReportSchedule) -> str:
    if schedule.frequency == Frequency.DAILY:
        return _("Every day")
    if schedule.frequency == Frequency.WEEKLY:
        return _("Every %(weekday)s") % {"weekday": WeekDay(schedule.day_of_week).label}
    is_quarterly = schedule.frequency == Frequency.QUARTERLY
    if schedule.on_last_business_day:
        return (
            _("On the last business day of each quarter")
            if is_quarterly
            else _("On the last business day of each month")
        )
    day = schedule.day_of_month
    told = _("On day %(day)d of each quarter’s first month") if is_quarterly else _("On day %(day)d of each month")
    return told % {"day": day} + (_(" (or its last day)") if day > _ORDINARY_LAST else "")


def _joined(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(some)s and %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}
