"""Rebuilding whole histories: (organization, month) by month, over any number of workers on any number of machines.

A rebuild is marks in the change log. Whoever rebuilds a month takes its marks in the same transaction, so a worker that
dies gives them back, and what nobody works on the next refresh does. The job only tells how far it is.
"""

import datetime
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from django.utils import timezone

from apps.analytics.changelog import Chunk, mark_rebuild, waiting_chunks
from apps.analytics.failing import make_due
from apps.analytics.filling import known_days, scene_of
from apps.analytics.refresh import rebuild_month, refresh_organization, retried
from apps.core.context import organization_context
from apps.core.database import close_connections, in_transaction, tenant_cursor
from apps.core.jobs import begin_job, fail_job, finish_job, note_progress, queue_job
from apps.core.locks import Lock, take_lock
from apps.core.models import JobRun, JobStatus
from apps.core.statistics import analyze_changed_tables

JOB_KIND = "rebuild_rollups"
REPORT_EVERY = 1.0  # seconds
Done = Callable[[int], object]
_NOTHING = object()


def start_rebuild(
    organizations: Sequence[uuid.UUID], *, trigger: str, since: datetime.date | None = None
) -> tuple[JobRun, list[Chunk]]:
    """Mark every day of these organizations from `since` on; return the job and the months to rebuild."""
    job = queue_job(
        kind=JOB_KIND,
        trigger=trigger,
        organization_id=organizations[0] if len(organizations) == 1 else None,
        subject_id=None,
    )
    begin_job(job.pk)
    days = 0
    chunks: list[Chunk] = []
    for organization_id in organizations:
        marked, months = _mark(organization_id, job.pk, since)
        days += marked
        chunks.extend(months)
    JobRun.objects.filter(pk=job.pk).update(total=days)
    job.refresh_from_db()
    return job, chunks


def work_through(job: JobRun, chunks: Sequence[Chunk], *, workers: int, on_days: Done) -> None:
    """Rebuild months with `workers` connections of this process, then settle each organization; end the job.

    Other processes may take part at the same time. An interruption loses at most the months at work, and the next
    refresh goes on.

    Raises:
        django.db.DatabaseError: the database failed; the rest stays marked.

    """
    organizations = list(dict.fromkeys(chunk.organization_id for chunk in chunks))

    reported_at = 0.0

    def rebuild(chunk: Chunk) -> None:
        nonlocal reported_at
        step = retried(lambda: rebuild_month(chunk))
        on_days(step.days if step else 0)
        # A report counts all marks of the rebuild; there may be thousands of months.
        if time.monotonic() - reported_at > REPORT_EVERY:
            reported_at = time.monotonic()
            report(job)

    def settle(organization_id: uuid.UUID) -> None:
        refresh_organization(organization_id, wait=True, on_days=on_days)

    in_threads(rebuild, chunks, workers=workers)
    report(job)
    in_threads(settle, organizations, workers=workers)
    analyze_changed_tables()
    report(job)


def report(job: JobRun) -> int:
    """Write down how far a rebuild is, end its job when nothing of it is left, and return the marks left.

    Days and customers that cannot be computed are held back and no longer the job's: it has failed for them.
    """
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE scope = 'days'), count(*) FROM analytics_changelog WHERE job_id = %s",
            [job.pk],
        )
        days, marks = cursor.fetchone()
    if not marks:
        if failing := _failing(job):
            fail_job(job.pk, error=f"Not computed: {', '.join(failing)}. The Data page names the facts to blame.")
        finish_job(job.pk, rows=job.total)
        return 0
    note_progress(job.pk, done=job.total - days, total=job.total, stage="days" if days else "customers")
    return int(marks)


def _failing(job: JobRun) -> list[str]:
    """Return the first days that are held back in what a job rebuilds."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT date FROM analytics_failingday WHERE organization_id = %(organization)s OR %(organization)s IS NULL"
            " ORDER BY date LIMIT 10",
            {"organization": job.organization_id},
        )
        return [str(date or "customers") for (date,) in cursor.fetchall()]


def report_open_rebuilds() -> None:
    """Bring the jobs of rebuilds up to date, also of those whose process is gone."""
    for job in JobRun.objects.filter(kind=JOB_KIND, status=JobStatus.RUNNING):
        report(job)


def in_threads(work: Callable[[Any], object], items: Iterable[Any], *, workers: int) -> None:
    """Do the work on each item in `workers` threads, each with one connection of its own.

    Raises:
        Exception: the first that any raised; items not begun by then are left.

    """
    if workers < 2:
        for item in items:
            work(item)
        return
    waiting, drawing, stopped = iter(items), threading.Lock(), threading.Event()

    def draw() -> Any:
        with drawing:
            return _NOTHING if stopped.is_set() else next(waiting, _NOTHING)

    def work_through_them() -> None:
        try:
            while (item := draw()) is not _NOTHING:
                work(item)
        except BaseException:
            stopped.set()
            raise
        finally:
            close_connections()

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            for ended in as_completed([pool.submit(work_through_them) for _ in range(workers)]):
                ended.result()
        except BaseException:
            stopped.set()
            raise


def _mark(organization_id: uuid.UUID, job_id: uuid.UUID, since: datetime.date | None) -> tuple[int, list[Chunk]]:
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        take_lock(cursor, Lock.REFRESH, organization_id)
        scene = scene_of(organization_id, timezone.now())
        days = known_days(cursor, scene, since=since) if scene else []
        if scene is None or not days:
            return 0, []
        make_due(organization_id)
        mark_rebuild(organization_id, scene.calendar, dict.fromkeys(days, 0), cause="rebuild", job_id=job_id)
        return len(days), waiting_chunks(cursor, organization_id)
