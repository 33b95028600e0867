"""Tidy up after reports: what got stuck, what has expired, what nobody owns."""

import datetime
import logging
import uuid

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.core.context import across_all_organizations, organization_context
from apps.core.files import remove_stored, stored_names
from apps.core.jobs import fail_dead_jobs, latest_job
from apps.core.models import JobStatus
from apps.reports.generation import STORED_SUFFIX, retry_or_fail
from apps.reports.models import AnalyticsReport, ReportFile, ReportStatus
from apps.reports.services import REPORT_JOB, enqueue, queue_report

logger = logging.getLogger(__name__)

REQUEUED_AFTER = datetime.timedelta(minutes=5)
ORPHANED_AFTER = datetime.timedelta(hours=2)  # far beyond a worker's time limit: nobody writes it any more
_MOST_AT_ONCE = 500


def sweep_reports(*, now: datetime.datetime) -> None:
    """Retry what can heal, end what cannot, hand over again what got lost, remove files that expired."""
    fail_dead_jobs(now=now, kind=REPORT_JOB)
    with across_all_organizations(reason="tidy up after the reports of every organization"):
        open_runs = AnalyticsReport.objects.filter(status__in=(ReportStatus.RUNNING, ReportStatus.QUEUED))
        open_now = open_runs.filter(Q(retry_at=None) | Q(retry_at__lte=now))
        unfinished = list(open_now.order_by("created_at")[:_MOST_AT_ONCE])
        expired = list(ReportFile.objects.filter(report__expires_at__lte=now).exclude(stored_name="")[:_MOST_AT_ONCE])
    for report in unfinished:
        with organization_context(report.organization_id):
            _revive(report, now)
    for file in expired:
        with organization_context(file.organization_id):
            _remove(file)


def runs_to_take_up(now: datetime.datetime) -> list[AnalyticsReport]:
    """Return the queued runs of the organization of the context that waited, or failed, and whose time has come again.

    Each has a job then, so that it can be generated: for hosts where nobody sweeps.
    """
    runs = AnalyticsReport.objects.filter(status=ReportStatus.QUEUED, retry_at__lte=now).select_related("organization")
    found = list(runs.order_by("created_at")[:_MOST_AT_ONCE])
    for report in found:
        job = latest_job(report.pk)
        if job is None or job.status != JobStatus.QUEUED:
            queue_report(report)
    return found


def remove_orphans(*, now: datetime.datetime) -> int:
    """Remove the files of reports that killed workers left behind; return how many."""
    removed = 0
    for organization_id in Organization.objects.values_list("pk", flat=True):
        with organization_context(organization_id):
            removed += _remove_orphans_of(organization_id, now)
    return removed


def _remove_orphans_of(organization_id: uuid.UUID, now: datetime.datetime) -> int:
    old = now - ORPHANED_AFTER
    found = [
        name
        for name, changed in stored_names(organization_id).items()
        if f".{STORED_SUFFIX}." in name and changed < old.timestamp()
    ]
    owned = set(ReportFile.objects.filter(stored_name__in=found).values_list("stored_name", flat=True))
    orphans = [name for name in found if name not in owned]
    for name in orphans:
        logger.warning("Removing %s, which no report owns.", name)
        remove_stored(organization_id, name)
    return len(orphans)


def _remove(file: ReportFile) -> None:
    # The row first: a file without a row is found as an orphan, a row without its file would promise something.
    ReportFile.objects.filter(pk=file.pk).update(stored_name="")
    remove_stored(file.organization_id, file.stored_name)


def _revive(report: AnalyticsReport, now: datetime.datetime) -> None:
    job = latest_job(report.pk)
    if job is not None and job.status == JobStatus.RUNNING:
        return
    if report.status == ReportStatus.RUNNING:
        retry_or_fail(report, _("The worker that generated it stopped."), now=now)
    elif job is None or job.status != JobStatus.QUEUED:
        queue_report(report)
    elif report.waits_for or job.queued_at < now - REQUEUED_AFTER:
        enqueue(report.pk)
