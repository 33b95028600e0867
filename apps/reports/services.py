"""Ask for reports, stop them, and hand out addresses of their files."""

import datetime
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.notation import notation_of
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.questions import InvalidQuestion, checked_filters
from apps.core.context import organization_context
from apps.core.database import after_commit, in_transaction
from apps.core.jobs import cancel_job, latest_job, queue_job
from apps.core.models import JobRun, JobTrigger
from apps.core.periods import MAX_DAYS, Comparison, Period
from apps.core.queue import hand_over
from apps.reports.errors import AlreadyClaimed, ReportEnded, ReportRefused
from apps.reports.models import (
    FINISHED_STATUSES,
    AnalyticsReport,
    Audience,
    Format,
    ReportFile,
    ReportLink,
    ReportSchedule,
    ReportStatus,
    ReportType,
)
from apps.reports.types import REPORTS
from apps.reports.waiting import end_awaited

REPORT_JOB = "report"
KEPT_FOR = datetime.timedelta(days=90)
LINKS_LAST = datetime.timedelta(days=7)
_SLOT_CONSTRAINT = "analytics_report_slot"
_PARAMETERS = frozenset({"compare", "refund_basis", "filters", "step"})


def request_report(
    *,
    organization: Organization,
    report_type: str,
    period: Period,
    parameters: Mapping[str, Any],
    formats: Sequence[str],
    audiences: Sequence[str],
    trigger: str,
    created_by: User | None,
    as_of: datetime.datetime | None = None,
    schedule: ReportSchedule | None = None,
    slot: datetime.datetime | None = None,
    due_at: datetime.datetime | None = None,
    is_preview: bool = False,
) -> AnalyticsReport:
    """Enter a run that a worker will generate; it is handed to the queue once the surrounding transaction commits.

    `parameters` may have compare, refund_basis and filters. With `as_of`, an aware instant of the past, the report says
    what was said then. `slot` is the aware instant a schedule's run was due. One that is to be made from a later
    instant on, `due_at`, is handed over by the sweeper then.

    Raises:
        ReportRefused: something asked for does not exist or does not go together; it names the parameter.
        AlreadyClaimed: there is a run for this slot of the schedule.

    """
    kind = _one("report_type", report_type, ReportType.values)
    checked = checked_parameters(parameters)
    refuse_foreign_filters(kind, checked["filters"])
    if period.step is not None:
        checked["step"] = str(period.step)
    if as_of is not None:
        checked["as_of"] = as_of.isoformat()
    if period.days > MAX_DAYS:
        raise ReportRefused("start_date", _("A period has at most %(days)s days.") % {"days": MAX_DAYS})
    now = timezone.now()
    due_at = max(due_at or now, now)
    is_early = due_at > now
    with in_transaction(), organization_context(organization.pk):
        try:
            with in_transaction():
                report: AnalyticsReport = AnalyticsReport.objects.create(
                    organization=organization,
                    report_type=kind,
                    title=title_of(organization, kind, period),
                    start_date=period.first,
                    end_date=period.last,
                    parameters=checked,
                    formats=_some("formats", formats, Format.values),
                    audiences=_some("audiences", audiences, Audience.values),
                    trigger=JobTrigger(trigger),
                    schedule=schedule,
                    slot=slot,
                    due_at=due_at,
                    retry_at=due_at if is_early else None,
                    waits_for=end_awaited(organization, period) if is_early else "",
                    is_preview=is_preview,
                    created_by=created_by,
                )
        except IntegrityError as error:
            if _SLOT_CONSTRAINT in str(error):
                raise AlreadyClaimed from error
            raise
        if not is_early:
            queue_report(report)
    return report


def title_of(organization: Organization, report_type: str, period: Period) -> str:
    """Return what a run is called: its report, and its days as the organization writes them."""
    return _("%(report)s, %(period)s") % {
        "report": ReportType(report_type).label,
        "period": notation_of(organization).days(period.first, period.last),
    }


def checked_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report is asked with, complete and as JSON.

    Raises:
        ReportRefused: a parameter is unknown, or has a value it cannot have.

    """
    unknown = sorted(set(parameters) - _PARAMETERS)
    if unknown:
        raise ReportRefused(unknown[0], _("There is no such parameter."))
    try:
        filters = checked_filters(parameters.get("filters") or {})
    except InvalidQuestion as error:
        raise ReportRefused(error.field, error.message) from error
    compare = parameters.get("compare") or Comparison.PREVIOUS_PERIOD
    basis = parameters.get("refund_basis") or RefundBasis.REFUND_DAY
    return {
        "compare": _one("compare", compare, [str(one) for one in Comparison]),
        "refund_basis": _one("refund_basis", basis, [str(one) for one in RefundBasis]),
        "filters": {key: list(values) for key, values in sorted(filters.items())},
    }


def refuse_foreign_filters(report_type: str, filters: Mapping[str, Iterable[str]]) -> None:
    """Let filters pass that the report's first figures are kept by, all of them together.

    Raises:
        ReportRefused: one is none, or they do not go together; it names the filter.

    """
    report = REPORTS[report_type]
    for key in filters:
        if key not in report.filters:
            told = {"dimension": DIMENSIONS[key].label.lower(), "kept": ", ".join(report.filters)}
            message = _("The figures of this report are not kept by %(dimension)s; they are by %(kept)s.") % told
            raise ReportRefused(f"filters.{key}", message)
    if not set(report.figures) & set(report.figures_under(filters)):
        raise ReportRefused("filters", _("The figures of this report are kept by each of these, but not by all."))


def queue_report(report: AnalyticsReport) -> JobRun:
    """Enter the job that generates a queued run, and hand it to a worker once the transaction commits."""
    job = queue_job(
        kind=REPORT_JOB, trigger=report.trigger, organization_id=report.organization_id, subject_id=report.pk
    )
    after_commit(lambda: enqueue(report.pk))
    return job


def enqueue(report_id: uuid.UUID) -> None:
    """Hand a run to a worker."""
    from apps.reports.tasks import generate_report

    hand_over(generate_report, report_id)


def cancel_report(report: AnalyticsReport, *, reason: str = "") -> None:
    """Stop a run: at once when nobody works on it, else at its next report of progress. No file of it stays.

    Raises:
        ReportEnded: it has ended already.

    """
    with organization_context(report.organization_id):
        unfinished = AnalyticsReport.objects.filter(pk=report.pk).exclude(status__in=FINISHED_STATUSES)
        if not unfinished.update(
            status=ReportStatus.CANCELLED, error=reason, retry_at=None, waits_for="", finished_at=timezone.now()
        ):
            raise ReportEnded
    job = latest_job(report.pk)
    if job:
        cancel_job(job.pk)


def make_link(
    file: ReportFile, *, recipient: str, created_by: User | None, expires_at: datetime.datetime | None = None
) -> str:
    """Return the path of a new address that gives a file to whoever has it; only its digest is kept.

    It ends at the aware instant `expires_at`, in a week unless told, and never outlives the file.

    Raises:
        ReportRefused: that instant has passed already.

    """
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    end = expires_at or now + LINKS_LAST
    if end <= now:
        raise ReportRefused("expires_at", _("Give an instant that is still to come."))
    kept_until = file.report.expires_at
    with organization_context(file.organization_id):
        ReportLink.objects.create(
            organization_id=file.organization_id,
            file=file,
            digest=digest_of(token),
            recipient=recipient,
            created_by=created_by,
            expires_at=end if kept_until is None else min(end, kept_until),
        )
    return reverse("report-link", kwargs={"organization": file.organization_id.hex, "token": token})


def revoke_link(link: ReportLink) -> None:
    """End an address; whoever has it gets nothing from now on."""
    with organization_context(link.organization_id):
        ReportLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    link.refresh_from_db(fields=["revoked_at"])


def digest_of(token: str) -> str:
    """Return what is kept of a token: it has 256 random bits, so that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _one(field: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise ReportRefused(field, _("Give one of %(choices)s.") % {"choices": ", ".join(choices)})
    return str(value)


def _some(field: str, values: Sequence[str], choices: Sequence[str]) -> list[str]:
    chosen = [_one(field, value, choices) for value in dict.fromkeys(values)]
    if not chosen:
        raise ReportRefused(field, _("Give at least one of %(choices)s.") % {"choices": ", ".join(choices)})
    return chosen
