"""The job ledger: what long work does, visible while its transaction is still open.

A job is queued, begins once, reports progress, and ends. Progress is written by a thread of its own over a connection
of its own: other sessions see it before the work commits, and its sign of life continues during one long statement.
"""

import datetime
import logging
import threading
import uuid
from collections.abc import Collection
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connections
from django.db.models import Q
from django.utils import timezone

from apps.core.database import TENANT_DATABASE
from apps.core.models import JobRun, JobStatus

logger = logging.getLogger(__name__)

DEAD_AFTER = datetime.timedelta(minutes=2)
_WRITE_EVERY = 0.5
_HEARTBEAT_EVERY = 15.0
LONGEST_STAGE = 120
_OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)
_OPEN_FOR = datetime.timedelta(days=7)  # a job that is older was lost
_MOST = 50


class JobCancelled(Exception):
    """Somebody asked the job to stop."""


def queue_job(*, kind: str, trigger: str, organization_id: uuid.UUID | None, subject_id: uuid.UUID | None) -> JobRun:
    """Enter a job that is to run."""
    return JobRun.objects.create(
        kind=kind, trigger=trigger, organization_id=organization_id, subject_id=subject_id, status=JobStatus.QUEUED
    )


def begin_job(job_id: uuid.UUID) -> bool:
    """Claim a queued job; False when another worker has it, or it was cancelled, or it is gone."""
    now = timezone.now()
    queued = JobRun.objects.filter(pk=job_id, status=JobStatus.QUEUED)
    return queued.update(status=JobStatus.RUNNING, started_at=now, heartbeat_at=now) == 1


def note_waiting(job_id: uuid.UUID, *, reason: str) -> None:
    """Write down what a queued job waits for."""
    JobRun.objects.filter(pk=job_id, status=JobStatus.QUEUED).update(stage=reason[:LONGEST_STAGE])


def note_progress(job_id: uuid.UUID, *, done: int, total: int, stage: str = "") -> None:
    """Write down how far a running job is, from outside of its transactions."""
    JobRun.objects.filter(pk=job_id, status=JobStatus.RUNNING).update(
        progress=min(99, 100 * done // max(1, total)), rows=done, total=total, stage=stage, heartbeat_at=timezone.now()
    )


def finish_job(job_id: uuid.UUID, *, rows: int) -> None:
    """Record success; a job that was cancelled or declared dead meanwhile stays so."""
    JobRun.objects.filter(pk=job_id, status=JobStatus.RUNNING).update(
        status=JobStatus.SUCCEEDED, progress=100, stage="", rows=rows, finished_at=timezone.now()
    )


def fail_job(job_id: uuid.UUID, *, error: str) -> None:
    """Record failure and why."""
    JobRun.objects.filter(pk=job_id, status__in=_OPEN).update(
        status=JobStatus.FAILED, error=error, finished_at=timezone.now()
    )


def cancel_job(job_id: uuid.UUID) -> bool:
    """Ask a job to stop; it does at its next report of progress, and rolls back. False when it has ended already."""
    stopped = JobRun.objects.filter(pk=job_id, status__in=_OPEN)
    return stopped.update(status=JobStatus.CANCELLED, finished_at=timezone.now()) == 1


def fail_dead_jobs(*, now: datetime.datetime, kind: str | None = None) -> list[uuid.UUID]:
    """Mark running jobs without a sign of life as failed and return the ids of their subjects."""
    dead = JobRun.objects.filter(status=JobStatus.RUNNING).filter(
        Q(heartbeat_at__lt=now - DEAD_AFTER) | Q(heartbeat_at__isnull=True, started_at__lt=now - DEAD_AFTER)
    )
    if kind:
        dead = dead.filter(kind=kind)
    subjects = []
    for job in dead:
        died = JobRun.objects.filter(pk=job.pk, status=JobStatus.RUNNING, heartbeat_at=job.heartbeat_at)
        if died.update(status=JobStatus.FAILED, error="The process that ran this stopped.", finished_at=now):
            subjects.extend([job.subject_id] if job.subject_id else [])
    return subjects


def latest_job(subject_id: uuid.UUID) -> JobRun | None:
    """Return the newest job about a row."""
    return JobRun.objects.filter(subject_id=subject_id).order_by("-queued_at", "-pk").first()


def open_jobs(organization_id: uuid.UUID | None, *, kind: str | None = None) -> list[JobRun]:
    """Return what has not ended of an organization, or of the platform itself, the newest first."""
    mine = Q(organization_id=organization_id) if organization_id else Q(organization=None)
    found = JobRun.objects.filter(mine, status__in=_OPEN, queued_at__gt=timezone.now() - _OPEN_FOR)
    return list((found.filter(kind=kind) if kind else found).order_by("-queued_at", "-pk")[:_MOST])


def latest_jobs(organization_id: uuid.UUID, kinds: Collection[str], count: int) -> list[JobRun]:
    """Return the newest jobs of some kinds of an organization, whatever became of them."""
    found = JobRun.objects.filter(organization_id=organization_id, kind__in=kinds)
    return list(found.order_by("-queued_at", "-pk")[:count])


class JobProgress:
    """Report how far a running job is, from inside its transaction.

    As a context manager it keeps the job's sign of life fresh. `report` costs nothing worth counting and may be called
    often: writes happen at most twice a second.
    """

    def __init__(self, job_id: uuid.UUID | None) -> None:
        self._job_id = job_id
        self._state: tuple[int, str, int] = (0, "", 0)
        self._stop = threading.Event()
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._job_id:
            self._thread = threading.Thread(target=self._write_until_stopped, name="job-progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def report(self, *, percent: float, stage: str, rows: int = 0) -> None:
        """Say how far the work is.

        Raises:
            JobCancelled: somebody cancelled the job; let it pass, so that the transaction rolls back.

        """
        self._state = (min(99, int(percent)), stage, rows)
        if self._cancelled.is_set():
            raise JobCancelled

    def _write_until_stopped(self) -> None:
        connection: Any = connections.create_connection(TENANT_DATABASE)
        written: tuple[int, str, int] | None = None
        idle = 0.0
        try:
            while not self._stop.wait(_WRITE_EVERY):
                idle += _WRITE_EVERY
                if self._state == written and idle < _HEARTBEAT_EVERY:
                    continue
                written, idle = self._state, 0.0
                self._write(connection, written)
        finally:
            connection.close()

    def _write(self, connection: Any, state: tuple[int, str, int]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE core_jobrun SET progress = %s, stage = %s, rows = %s, heartbeat_at = now()"
                    " WHERE id = %s RETURNING status",
                    [*state, self._job_id],
                )
                row = cursor.fetchone()
        except DatabaseError:
            # The work itself will meet the same fault and report it; a missed figure must not end it.
            logger.warning("Progress of job %s could not be written.", self._job_id, exc_info=True)
            connection.close()
            return
        if row and row[0] == JobStatus.CANCELLED:
            self._cancelled.set()
