"""Tidy up after exports: those whose process died, and files that nobody may have any more."""

import datetime
import logging

from apps.core.context import across_all_organizations, organization_context
from apps.core.files import remove_stored
from apps.core.jobs import fail_dead_jobs, latest_job
from apps.core.models import JobRun, JobStatus
from apps.queries.exports.running import EXPORT_JOB, enqueue, try_again
from apps.queries.models import DataExport, ExportStatus

logger = logging.getLogger(__name__)

BATCH = 100
REQUEUED_AFTER = datetime.timedelta(minutes=5)
_STOPPED = "The process that wrote it stopped. Ask for the export again."


def sweep_exports(*, now: datetime.datetime) -> int:
    """Try exports again whose process died, and hand jobs to the queue that it lost; return how many had died."""
    fail_dead_jobs(now=now, kind=EXPORT_JOB)
    with across_all_organizations(reason="find the exports of every organization that nobody works on"):
        going_on = list(DataExport.objects.filter(status__in=(ExportStatus.QUEUED, ExportStatus.RUNNING)))
    died = 0
    for export in going_on:
        with organization_context(export.organization_id):
            job = latest_job(export.pk)
            if job is None or job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
                try_again(export, _STOPPED)
                died += 1
    waiting = JobRun.objects.filter(kind=EXPORT_JOB, status=JobStatus.QUEUED, queued_at__lt=now - REQUEUED_AFTER)
    for job in waiting.order_by("queued_at")[:BATCH]:
        enqueue(job.pk)
    return died


def remove_expired_files(*, now: datetime.datetime) -> int:
    """Remove the files that are kept no longer, and what ended without being removed; return how many.

    The file goes first: killed in between, the next run finds the row again and nothing to remove.
    """
    removed = 0
    while expired := _next_expired(now):
        for export in expired:
            with organization_context(export.organization_id):
                remove_stored(export.organization_id, export.stored_name)
                mine = DataExport.objects.filter(pk=export.pk)
                mine.filter(status=ExportStatus.SUCCEEDED).update(status=ExportStatus.EXPIRED)
                mine.update(stored_name="")
                removed += 1
    return removed


def _next_expired(now: datetime.datetime) -> list[DataExport]:
    with across_all_organizations(reason="find the exports of every organization that are kept no longer"):
        kept = DataExport.objects.exclude(stored_name="")
        over = kept.filter(status=ExportStatus.SUCCEEDED, expires_at__lte=now) | kept.filter(
            status__in=(ExportStatus.FAILED, ExportStatus.CANCELLED)
        )
        return list(over.order_by("created_at")[:BATCH])
