"""Receive files, preview them, commit them, and tidy up after runs that died."""

import datetime
import hashlib
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.core.context import across_all_organizations, organization_context
from apps.core.database import after_commit, in_transaction
from apps.core.jobs import (
    JobCancelled,
    JobProgress,
    begin_job,
    cancel_job,
    fail_dead_jobs,
    fail_job,
    finish_job,
    latest_job,
    queue_job,
)
from apps.core.models import JobRun, JobStatus
from apps.core.queue import hand_over
from apps.core.statistics import analyze_changed_tables
from apps.imports import storage
from apps.imports.engine import SourceFile, run_import
from apps.imports.errors import ImportFailure
from apps.imports.models import FINISHED_STATUSES, ImportFile, ImportMode, ImportRun, ImportStatus, RejectedRow
from apps.imports.results import ImportResult

logger = logging.getLogger(__name__)

PREVIEW_JOB = "import_preview"
COMMIT_JOB = "import_commit"
KEPT_FOR = datetime.timedelta(days=2)
_UNFORESEEN = "The import could not be worked out; nothing was written. The log has the details."
REQUEUED_AFTER = datetime.timedelta(minutes=5)


class Upload(Protocol):
    """What Django's uploaded files are: a name and chunks."""

    name: str | None

    def chunks(self) -> Iterable[bytes]:
        """Yield the content."""


@dataclass(frozen=True, slots=True)
class Received:
    """A run, and whether it is an earlier one of the very same files and mapping."""

    run: ImportRun
    repeated: bool


def receive_files(
    *,
    organization: Organization,
    mapping: str,
    mapping_text: str,
    uploads: Sequence[Upload],
    mode: str,
    trigger: str,
    created_by: User | None,
) -> Received:
    """Store uploaded files and open a run for them; sent again before that run has ended, they give the same run.

    Raises:
        ImportFailure: no file, a file above the size limit, or a disk that refuses; nothing is kept.

    """
    if not uploads:
        raise ImportFailure("No file was given.")
    stored: list[tuple[str, storage.StoredFile]] = []
    try:
        for upload in uploads:
            name = (upload.name or "file")[-255:]
            stored.append(
                (
                    name,
                    storage.store_file(
                        organization_id=organization.pk,
                        name=name,
                        chunks=upload.chunks(),
                        limit=settings.IMPORT_MAX_FILE_BYTES,
                    ),
                )
            )
        checksum = checksum_of(mapping_text, mode, [file.sha256 for _, file in stored])
        with organization_context(organization.pk):
            earlier = _earlier_run(checksum)
            if earlier is None:
                run = open_run(
                    organization=organization,
                    mapping=mapping,
                    mapping_text=mapping_text,
                    files=stored,
                    mode=mode,
                    trigger=trigger,
                    created_by=created_by,
                )
                return Received(run, repeated=False)
    except BaseException:
        _remove(organization.pk, [file.stored_name for _, file in stored])
        raise
    _remove(organization.pk, [file.stored_name for _, file in stored])
    return Received(earlier, repeated=True)


def open_run(
    *,
    organization: Organization,
    mapping: str,
    mapping_text: str,
    files: Sequence[tuple[str, storage.StoredFile]],
    mode: str,
    trigger: str,
    created_by: User | None = None,
) -> ImportRun:
    """Record a run of these files, given with the names they came with."""
    with in_transaction(), organization_context(organization.pk):
        run: ImportRun = ImportRun.objects.create(
            organization=organization,
            mapping=mapping,
            mapping_text=mapping_text,
            mode=ImportMode(mode),
            trigger=trigger,
            checksum=checksum_of(mapping_text, mode, [file.sha256 for _, file in files]),
            created_by=created_by,
        )
        ImportFile.objects.bulk_create(
            ImportFile(
                organization=organization,
                run=run,
                position=position,
                name=name,
                stored_name=file.stored_name,
                size=file.size,
                sha256=file.sha256,
            )
            for position, (name, file) in enumerate(files)
        )
    return run


def request_preview(*, run: ImportRun, trigger: str) -> JobRun:
    """Have a worker preview the run.

    Raises:
        ImportFailure: the run has ended, or is being worked on.

    """
    return _request(run, PREVIEW_JOB, trigger, start=(ImportStatus.RECEIVED, ImportStatus.PREVIEWED))


def request_commit(*, run: ImportRun, trigger: str, mode: str | None = None) -> JobRun:
    """Have a worker commit the run, previewed or not; `mode` replaces the one the run was received with.

    Raises:
        ImportFailure: the run has ended, or is being worked on.

    """
    start = (ImportStatus.RECEIVED, ImportStatus.PREVIEWED)
    if mode is not None and mode != run.mode:
        _change_mode(run, ImportMode(mode), start)
    return _request(run, COMMIT_JOB, trigger, start=start)


def cancel_import(*, run: ImportRun) -> None:
    """Stop a run: at once when nobody works on it, else at its next report of progress. Nothing of it stays.

    Raises:
        ImportFailure: it has ended already.

    """
    with organization_context(run.organization_id):
        open_runs = ImportRun.objects.filter(pk=run.pk).exclude(status__in=FINISHED_STATUSES)
        if not open_runs.update(status=ImportStatus.CANCELLED, finished_at=timezone.now()):
            raise ImportFailure("This import has ended already.")
        job = latest_job(run.pk)
        if job:
            cancel_job(job.pk)
        _remove_files(run)


def carry_out(
    *,
    job_id: uuid.UUID,
    files: Sequence[SourceFile] | None = None,
    progress_type: type[JobProgress] = JobProgress,
) -> ImportRun | None:
    """Do a queued preview or commit; return its run as it is afterwards, or None when the job was not there to do.

    `files` says where the files lie when they were not uploaded. What goes wrong is recorded on run and job, not
    raised: a queue must not repeat it.
    """
    job = JobRun.objects.filter(pk=job_id).first()
    if job is None or job.organization_id is None or not begin_job(job.pk):
        return None
    commit = job.kind == COMMIT_JOB
    with organization_context(job.organization_id):
        run: ImportRun | None = ImportRun.objects.filter(pk=job.subject_id).first()
        if run is None:
            fail_job(job.pk, error="The import is gone.")
            return None
        try:
            with progress_type(job.pk) as progress:
                result = _run(run, files or _stored_files(run), commit=commit, progress=progress)
        except JobCancelled:
            _end(run, ImportStatus.CANCELLED, "")
        except ImportFailure as failure:
            _end(run, ImportStatus.FAILED, str(failure))
            fail_job(job.pk, error=str(failure))
        except (DatabaseError, OSError) as error:
            logger.exception("Import %s failed.", run.pk)
            message = _message_for(error)
            _end(run, ImportStatus.FAILED, message)
            fail_job(job.pk, error=message)
        except Exception:
            # Also a worker's time limit. A run that nobody ends looks at work until the sweeper finds it.
            logger.exception("Import %s failed.", run.pk)
            _end(run, ImportStatus.FAILED, _UNFORESEEN)
            fail_job(job.pk, error=_UNFORESEEN)
        else:
            finish_job(job.pk, rows=result.rows_read)
            if commit:
                analyze_changed_tables()
        run.refresh_from_db()
        if run.is_finished:
            _remove_files(run)
    return run


def sweep_imports(*, now: datetime.datetime) -> int:
    """Fail the runs whose process died, hand lost ones to the queue again, remove old files; return how many."""
    dead = [*fail_dead_jobs(now=now, kind=PREVIEW_JOB), *fail_dead_jobs(now=now, kind=COMMIT_JOB)]
    with across_all_organizations(reason="tidy up after imports of every organization"):
        runs = list(ImportRun.objects.filter(pk__in=dead).exclude(status__in=FINISHED_STATUSES))
        forgotten = ImportRun.objects.exclude(status__in=FINISHED_STATUSES).filter(created_at__lt=now - KEPT_FOR)
        runs.extend(run for run in forgotten if run not in runs)
    for run in runs:
        with organization_context(run.organization_id):
            job = latest_job(run.pk)
            if job and job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
                continue
            _end(run, ImportStatus.FAILED, "The import stopped before it was done; nothing of it was written.")
            _remove_files(run)
    waiting = JobRun.objects.filter(
        kind__in=(PREVIEW_JOB, COMMIT_JOB), status=JobStatus.QUEUED, queued_at__lt=now - REQUEUED_AFTER
    )
    for job in waiting:
        _enqueue(job.pk)
    return len(runs)


def checksum_of(mapping_text: str, mode: str, files: Iterable[str]) -> str:
    """Return what two imports share when they are the same: mapping, mode and file contents, in any order."""
    parts = [hashlib.sha256(mapping_text.encode()).hexdigest(), mode, *sorted(files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _earlier_run(checksum: str) -> ImportRun | None:
    # One that has ended says what was true then: a customer that was missing may be there now, a fact may be gone.
    same = ImportRun.objects.filter(checksum=checksum).exclude(status__in=FINISHED_STATUSES)
    found: ImportRun | None = same.order_by("-created_at").first()
    return found


def _change_mode(run: ImportRun, mode: ImportMode, start: tuple[str, ...]) -> None:
    """Choose another mode while nobody works on the run; the checksum follows, so that the same is found again."""
    with organization_context(run.organization_id):
        checksum = checksum_of(run.mapping_text, mode, run.files.values_list("sha256", flat=True))
        waiting = ImportRun.objects.filter(pk=run.pk, status__in=start)
        if not waiting.update(mode=mode, checksum=checksum):
            raise ImportFailure("This import is being worked on, or has ended.")
    run.mode, run.checksum = mode, checksum


def _request(run: ImportRun, kind: str, trigger: str, *, start: tuple[str, ...]) -> JobRun:
    status = ImportStatus.COMMITTING if kind == COMMIT_JOB else ImportStatus.PREVIEWING
    with organization_context(run.organization_id):
        if not ImportRun.objects.filter(pk=run.pk, status__in=start).update(status=status):
            raise ImportFailure("This import is being worked on, or has ended.")
    run.status = status
    job = queue_job(kind=kind, trigger=trigger, organization_id=run.organization_id, subject_id=run.pk)
    after_commit(lambda: _enqueue(job.pk))
    return job


def _enqueue(job_id: uuid.UUID) -> None:
    from apps.imports.tasks import carry_out_import

    hand_over(carry_out_import, job_id)


def _run(run: ImportRun, files: Sequence[SourceFile], *, commit: bool, progress: JobProgress) -> ImportResult:
    with in_transaction():
        RejectedRow.objects.filter(run=run).delete()
        result = run_import(
            run_id=run.pk,
            organization_id=run.organization_id,
            mapping_text=run.mapping_text,
            mapping_name=run.mapping,
            files=files,
            valid_rows=run.mode == ImportMode.VALID_ROWS,
            commit=commit,
            progress=progress,
        )
        written = commit and (run.mode == ImportMode.VALID_ROWS or not result.rows_rejected)
        status = ImportStatus.COMMITTED if written else ImportStatus.REFUSED
        ended = timezone.now() if commit else None
        left = ImportRun.objects.filter(pk=run.pk).exclude(status__in=FINISHED_STATUSES)
        if not left.update(
            status=status if commit else ImportStatus.PREVIEWED,
            result=result.as_json(),
            error="",
            rows_read=result.rows_read,
            rows_rejected=result.rows_rejected,
            finished_at=ended,
        ):
            raise JobCancelled
    return result


def _end(run: ImportRun, status: str, error: str) -> None:
    unfinished = ImportRun.objects.filter(pk=run.pk).exclude(status__in=FINISHED_STATUSES)
    unfinished.update(status=status, error=error, finished_at=timezone.now())


def _message_for(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"A file could not be read or written: {error.strerror or error}."
    cause = getattr(error.__cause__, "diag", None)
    rule = f" ({cause.constraint_name})" if cause is not None and cause.constraint_name else ""
    return f"The database refused the import{rule}; nothing was written. The log has the details."


def _stored_files(run: ImportRun) -> list[SourceFile]:
    return [
        SourceFile(storage.stored_path(run.organization_id, file.stored_name), file.name)
        for file in ImportFile.objects.filter(run=run).order_by("position")
    ]


def _remove_files(run: ImportRun) -> None:
    _remove(run.organization_id, list(ImportFile.objects.filter(run=run).values_list("stored_name", flat=True)))


def _remove(organization_id: uuid.UUID, stored_names: Iterable[str]) -> None:
    for stored_name in stored_names:
        storage.remove_file(organization_id, stored_name)
