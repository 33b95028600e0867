"""Write the file of a queued export: claimed once, whole or not at all, and what went wrong told in words."""

import datetime
import errno
import logging
import uuid
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import Access, find_access
from apps.accounts.models import User
from apps.accounts.notation import notation_of, use_notation
from apps.core.context import organization_context
from apps.core.database import after_commit, in_transaction
from apps.core.filenames import file_name
from apps.core.files import StoredFile, new_file, new_name, remove_stored
from apps.core.jobs import JobCancelled, JobProgress, begin_job, fail_job, finish_job, queue_job
from apps.core.models import JobRun, JobTrigger
from apps.core.queue import hand_over
from apps.documents.writing import DocumentError
from apps.queries.errors import ExportFailed
from apps.queries.exports.manifest import manifest_of
from apps.queries.exports.writing import Written, write_export
from apps.queries.models import FINISHED_STATUSES, DataExport, ExportStatus

logger = logging.getLogger(__name__)

EXPORT_JOB = "export"
_TOO_SLOW = "57014"  # query_canceled: by the statement timeout


def carry_out(*, job_id: uuid.UUID, progress_type: type[JobProgress] = JobProgress) -> DataExport | None:
    """Write a queued export; return it as it is afterwards, or None when the job was not there to do.

    Who asked is looked at again: a member who was removed meanwhile gets nothing, and one who may see less now gets
    less. What goes wrong is recorded, not raised: a queue must not repeat it.
    """
    job = JobRun.objects.filter(pk=job_id).first()
    if job is None or job.organization_id is None or not begin_job(job.pk):
        return None
    with organization_context(job.organization_id):
        export: DataExport | None = DataExport.objects.filter(pk=job.subject_id).first()
        if export is None or not _claim(export):
            fail_job(job.pk, error="The export is gone, or has ended.")
            return export
        access = _access_of(export)
        if access is None:
            _end(export, ExportStatus.CANCELLED, _("Who asked for it is no longer a member of the organization."))
            fail_job(job.pk, error="Who asked for it is no longer a member.")
        else:
            _write(export, access, job, progress_type)
        export.refresh_from_db()
    return export


def enqueue(job_id: uuid.UUID) -> None:
    """Hand a queued job to the workers."""
    from apps.queries.tasks import carry_out_export

    hand_over(carry_out_export, job_id)


def try_again(export: DataExport, error: str) -> None:
    """Queue an export once more that something stopped, or give it up after as many attempts as are allowed."""
    remove_stored(export.organization_id, export.stored_name)
    if export.attempts >= settings.EXPORT_MAX_ATTEMPTS:
        _end(export, ExportStatus.FAILED, error)
        return
    with in_transaction():
        stopped = _attempt(export).exclude(status__in=FINISHED_STATUSES)
        if not stopped.update(status=ExportStatus.QUEUED, stored_name=""):
            return
        job = queue_job(
            kind=EXPORT_JOB,
            trigger=JobTrigger.SCHEDULE,
            organization_id=export.organization_id,
            subject_id=export.pk,
        )
        after_commit(lambda: enqueue(job.pk))


def _claim(export: DataExport) -> bool:
    """Begin, if nobody has: the file's name is known before there is a file."""
    queued = DataExport.objects.filter(pk=export.pk, status=ExportStatus.QUEUED)
    claimed = queued.update(
        status=ExportStatus.RUNNING,
        started_at=timezone.now(),
        attempts=F("attempts") + 1,
        stored_name=new_name(export.format),
    )
    export.refresh_from_db()
    return bool(claimed)


def _access_of(export: DataExport) -> Access | None:
    user = None if export.created_by_id is None else User.objects.filter(pk=export.created_by_id).first()
    return None if user is None else find_access(user, str(export.organization_id))


def _write(export: DataExport, access: Access, job: JobRun, progress_type: type[JobProgress]) -> None:
    use_notation(notation_of(access.organization))
    try:
        with progress_type(job.pk) as progress:
            progress.report(percent=0, stage="starting")
            with new_file(export.organization_id, export.format, stored_name=export.stored_name) as new:
                written = write_export(export, access, new.target, progress)
            _succeed(export, access, written, new.finished())
    except JobCancelled:
        _remove(export)
        _end(export, ExportStatus.CANCELLED, "")
    except (ExportFailed, DocumentError) as failure:
        _fail(export, job, str(failure))
    except OSError as error:
        logger.exception("Export %s failed.", export.pk)
        _fail(export, job, _told(error))
    except OperationalError as error:
        logger.exception("Export %s failed.", export.pk)
        if getattr(error.__cause__, "pgcode", None) == _TOO_SLOW:
            _fail(export, job, _("It took longer than an export may. Narrow the rows by filters."))
        else:
            message = _("The database was not available. Ask for the export again.")
            fail_job(job.pk, error=message)
            try_again(export, message)
    except DatabaseError:
        logger.exception("Export %s failed.", export.pk)
        _fail(export, job, _("The database refused the export. The log has the details."))
    except Exception:
        # Also a worker's time limit. An export that nobody ends looks at work until the sweeper finds it.
        logger.exception("Export %s failed.", export.pk)
        _fail(export, job, _("The export could not be written. The log has the details."))
    else:
        finish_job(job.pk, rows=written.rows)
    finally:
        use_notation(None)


def _succeed(export: DataExport, access: Access, written: Written, stored: StoredFile) -> None:
    """Let people have the file, unless somebody cancelled meanwhile."""
    now = timezone.now()
    day = access.organization.calendar.business_date(now)
    export.name = file_name(f"{access.organization.slug} {export.title} {day}", export.format)
    going_on = _attempt(export).filter(status=ExportStatus.RUNNING)
    changes: dict[str, Any] = {
        "status": ExportStatus.SUCCEEDED,
        "name": export.name,
        "rows": written.rows,
        "size": stored.size,
        "sha256": stored.sha256,
        "manifest": manifest_of(export, access.organization, written, stored),
        "has_contact_details": written.has_contact_details,
        "as_of": written.as_of,
        "error": "",
        "finished_at": now,
        "expires_at": now + datetime.timedelta(days=settings.EXPORT_KEPT_DAYS),
    }
    if not going_on.update(**changes):
        raise JobCancelled


def _fail(export: DataExport, job: JobRun, message: str) -> None:
    _remove(export)
    _end(export, ExportStatus.FAILED, message)
    fail_job(job.pk, error=message)


def _remove(export: DataExport) -> None:
    try:
        remove_stored(export.organization_id, export.stored_name)
    except OSError:
        logger.exception("What was written of export %s could not be removed.", export.pk)


def _end(export: DataExport, status: str, error: str) -> None:
    unfinished = _attempt(export).exclude(status__in=FINISHED_STATUSES)
    unfinished.update(status=status, error=error, finished_at=timezone.now())


def _attempt(export: DataExport) -> Any:
    """Return the export while it is in this attempt: a worker that was given up says nothing about the next one."""
    return DataExport.objects.filter(pk=export.pk, stored_name=export.stored_name)


def _told(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return _("The disk is full: there is no room for the file. Ask whoever runs the installation.")
    return _("The file could not be written. The log has the details.")
