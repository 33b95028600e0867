"""What the pages of a schedule show, in the organization's notation."""

import contextlib
import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import Notation, notation_of
from apps.core.periods import InvalidPeriod, Period
from apps.notifications.unsubscribing import unsubscribed_of
from apps.reports.audiences import has_two_versions
from apps.reports.models import AnalyticsReport, Audience, Frequency, ReportSchedule, ReportStatus, ReportType
from apps.reports.schedules.readers import readers_of
from apps.reports.schedules.timing import due_at, period_at, upcoming
from apps.reports.schedules.wording import sentence, slot_text

RUNS_SHOWN = 15
ACTIVE, PAUSED, FAILING = _lazy("Active"), _lazy("Paused"), _lazy("Failing")
STATE_COLOURS: dict[str | Promise, str] = {ACTIVE: "success", PAUSED: "", FAILING: "danger"}
TYPE_COLOURS: dict[str | Promise, str] = {
    ReportType.EXECUTIVE_SUMMARY.label: "primary",
    ReportType.REVENUE.label: "success",
    ReportType.ORDERS.label: "info",
    ReportType.PARTNERS.label: "warning",
    ReportType.CUSTOMERS.label: "primary",
    ReportType.PRODUCT_PERFORMANCE.label: "info",
}
FREQUENCY_COLOURS: dict[str | Promise, str] = {
    Frequency.DAILY.label: "info",
    Frequency.WEEKLY.label: "primary",
    Frequency.MONTHLY.label: "success",
    Frequency.QUARTERLY.label: "warning",
}
STATUS_COLOURS: dict[str, str] = {
    ReportStatus.QUEUED: "warning",
    ReportStatus.RUNNING: "info",
    ReportStatus.SUCCEEDED: "success",
    ReportStatus.FAILED: "danger",
    ReportStatus.CANCELLED: "",
    ReportStatus.SKIPPED: "",
    ReportStatus.MISSED: "warning",
}
_SEES: dict[Audience | None, str | Promise] = {
    Audience.FULL: _lazy("with contact details"),
    Audience.MASKED: _lazy("without contact details"),
    None: _lazy("gets nothing: not an active member any more"),
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A slot by the clock of its zone, the days that its report will be over, and when else than then it is sent."""

    instant: datetime.datetime
    at: str
    over: str
    sent: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run: when it was due, over what, how it ended."""

    due: str
    title: str
    status: str | Promise
    colour: str
    error: str
    address: str


def state_of(schedule: ReportSchedule) -> str | Promise:
    """Return how a schedule is."""
    if not schedule.is_active:
        return PAUSED
    return FAILING if schedule.failures else ACTIVE


def foreseen(schedule: ReportSchedule) -> dict[str, Any]:
    """Return the sentence of a schedule and its next ten runs."""
    notation = notation_of(schedule.organization)
    slots = upcoming(schedule, after=timezone.now())
    lines = []
    for slot in slots:
        over = sent = ""
        with contextlib.suppress(InvalidPeriod):
            period = period_at(schedule, slot)
            over = notation.days(period.first, period.last)
            sent = _sent(schedule, slot, period, notation)
        lines.append(Foreseen(slot, slot_text(slot, schedule.timezone, notation), over, sent))
    return {"sentence": sentence(schedule, slots[0]), "slots": lines, "is_paused": not schedule.is_active}


def _sent(schedule: ReportSchedule, slot: datetime.datetime, period: Period, notation: Notation) -> str:
    """Return when a report is sent that cannot be sent at its slot: its period goes on for the organization."""
    due = due_at(schedule, slot)
    if due == slot:
        return ""
    return _("sent when %(day)s is over in %(zone)s: %(instant)s") % {
        "day": notation.day(period.last),
        "zone": schedule.organization.timezone,
        "instant": slot_text(due, schedule.timezone, notation),
    }


def shown_readers(schedule: ReportSchedule) -> list[tuple[str, str]]:
    """Return each recipient and what they see, or that they want no mails of it. Two queries."""
    unsubscribed = unsubscribed_of(schedule.pk, schedule.recipients)
    shown = []
    for reader in readers_of(schedule):
        told = [_("Member") if reader.is_member else _("Outside address")]
        if reader.address in unsubscribed:
            told.append(_("gets nothing: unsubscribed"))
        elif reader.audience is None or has_two_versions(schedule.report_type):
            told.append(str(_SEES[reader.audience]))
        shown.append((reader.address, ", ".join(told)))
    return shown


def last_runs(schedule: ReportSchedule) -> list[RunLine]:
    """Return the newest runs, previews too. One query."""
    notation = notation_of(schedule.organization)
    runs = AnalyticsReport.objects.filter(schedule=schedule).order_by("-created_at", "-id")[:RUNS_SHOWN]
    found = sorted(runs, key=lambda run: run.slot or run.created_at, reverse=True)
    return [_line(run, schedule, notation) for run in found]


def _line(run: AnalyticsReport, schedule: ReportSchedule, notation: Any) -> RunLine:
    if run.is_preview:
        kind = _("preview")
    elif run.slot is None:
        kind = _("by hand")
    else:
        kind = ""
    due = slot_text(run.slot or run.created_at, schedule.timezone, notation)
    return RunLine(
        due=f"{due} ({kind})" if kind else due,
        title=run.title,
        status=ReportStatus(run.status).label,
        colour=STATUS_COLOURS[run.status],
        error=run.waits_for or run.error,
        address=page_of_run(run),
    )


def page_of_run(run: AnalyticsReport) -> str:
    """Return the address of a run's page, where there is one."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("admin:reports_analyticsreport_change", args=[run.pk])
    except NoReverseMatch:
        return ""
