"""Tidy up after reports: what got stuck, what has expired, what nobody owns."""

import datetime
import logging
import uuid

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
        unfinished = list(open_runs.order_by("created_at")[:_MOST_AT_ONCE])
        expired = AnalyticsReport.objects.filter(status=ReportStatus.SUCCEEDED, expires_at__lte=now)
        holding = list(expired.exclude(files__stored_name="").filter(files__isnull=False).distinct()[:_MOST_AT_ONCE])
    for report in unfinished:
        with organization_context(report.organization_id):
            _revive(report, now)
    for report in holding:
        with organization_context(report.organization_id):
            remove_files(report)


def remove_files(report: AnalyticsReport) -> None:
    """Remove a run's files from disk; their rows stay and say so. Inside the context of its organization."""
    for file in ReportFile.objects.filter(report=report).exclude(stored_name=""):
        # The row first: a file without a row is found by the sweeper, a row without a file would promise something.
        ReportFile.objects.filter(pk=file.pk).update(stored_name="")
        remove_stored(report.organization_id, file.stored_name)


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


def _revive(report: AnalyticsReport, now: datetime.datetime) -> None:
    job = latest_job(report.pk)
    if job is not None and job.status == JobStatus.RUNNING:
        return
    if report.status == ReportStatus.RUNNING:
        retry_or_fail(report, _("The worker that generated it stopped."), now=now)
    elif job is not None and job.status == JobStatus.QUEUED:
        if job.queued_at < now - REQUEUED_AFTER:
            enqueue(report.pk)
    elif report.retry_at is None or report.retry_at <= now:
        queue_report(report)
