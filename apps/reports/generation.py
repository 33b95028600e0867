"""Make a report's files: claim the run, ask metrics, write, and let run and files appear together."""

import datetime
import errno
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import find_access
from apps.accounts.models import Organization
from apps.accounts.permissions import may_see_contact_details
from apps.analytics.metrics.scope import Scope, scope_of
from apps.core.context import organization_context
from apps.core.database import in_snapshot, in_transaction
from apps.core.filenames import file_name
from apps.core.files import StoredFile, new_file, remove_stored
from apps.core.jobs import JobCancelled, JobProgress, begin_job, cancel_job, fail_job, finish_job, latest_job
from apps.core.models import JobRun, JobStatus, JobTrigger
from apps.core.periods import Period, Step
from apps.documents.document import Document
from apps.documents.errors import DocumentError
from apps.documents.writing import write
from apps.reports import delivery
from apps.reports.models import AnalyticsReport, Audience, Format, ReportFile, ReportStatus
from apps.reports.services import KEPT_FOR, REPORT_JOB
from apps.reports.types import REPORTS
from apps.reports.types.asked import Asked
from apps.reports.types.report import Composed
from apps.reports.types.summary import summary_of
from apps.reports.waiting import put_back

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 4
STORED_SUFFIX = "report"  # names files of reports apart from others of the organization
_UNFORESEEN = "The report could not be worked out; nothing was written. The log has the details."
_DISK_FULL = "There is no room left on the disk where files are kept; nothing of the report was kept."
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_COMPOSED_AT, _WRITTEN_AT = 40, 95  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    audience: str
    format: str
    stored: StoredFile
    rows: int


def generate(
    report_id: uuid.UUID, *, progress_type: type[JobProgress] = JobProgress, may_wait: bool = True
) -> AnalyticsReport | None:
    """Generate a queued run; return it as it is afterwards, or None when it was not there to do.

    One whose days wait to be counted is put back, a while, unless it may not wait. What goes wrong is recorded on run
    and job, not raised: a queue must not repeat it. What can heal is tried again, `MOST_ATTEMPTS` times in all.
    """
    job = latest_job(report_id)
    if job is None or job.kind != REPORT_JOB or job.organization_id is None:
        return None
    with organization_context(job.organization_id):
        queued = _queued(report_id) if may_wait and job.status == JobStatus.QUEUED else None
        if queued is not None and put_back(queued, job, now=timezone.now()):
            queued.refresh_from_db()
            return queued
        if not begin_job(job.pk):
            return None
        if not _claim(report_id):
            fail_job(job.pk, error="The report was not waiting to be generated.")
            return None
        report: AnalyticsReport = AnalyticsReport.objects.select_related("organization", "created_by", "schedule").get(
            pk=report_id
        )
        _work(report, job, progress_type)
        report.refresh_from_db()
    return report


def retry_or_fail(report: AnalyticsReport, error: str, *, now: datetime.datetime) -> None:
    """Queue a run again that something kept from its end, after a while that doubles; after the last attempt fail it.

    Inside the context of its organization. The sweeper hands it to a worker when its time has come.
    """
    if report.attempts >= MOST_ATTEMPTS:
        told = _("%(error)s It was tried %(times)s times.") % {"error": error, "times": report.attempts}
        _end(report, ReportStatus.FAILED, told)
        return
    wait = datetime.timedelta(minutes=2 ** (report.attempts - 1) if report.attempts else 1)
    AnalyticsReport.objects.filter(pk=report.pk, status=ReportStatus.RUNNING).update(
        status=ReportStatus.QUEUED, retry_at=now + wait, error=error
    )


def _queued(report_id: uuid.UUID) -> AnalyticsReport | None:
    queued = AnalyticsReport.objects.filter(pk=report_id, status=ReportStatus.QUEUED)
    found: AnalyticsReport | None = queued.select_related("organization").first()
    return found


def _claim(report_id: uuid.UUID) -> bool:
    queued = AnalyticsReport.objects.filter(pk=report_id, status=ReportStatus.QUEUED)
    claimed: int = queued.update(
        status=ReportStatus.RUNNING,
        attempts=F("attempts") + 1,
        started_at=timezone.now(),
        retry_at=None,
        waits_for="",
        error="",
    )
    return claimed == 1


def _work(report: AnalyticsReport, job: JobRun, progress_type: type[JobProgress]) -> None:
    try:
        refusal = _refusal(report)
        if refusal:
            _end(report, ReportStatus.CANCELLED, refusal)
            cancel_job(job.pk)
            return
        with progress_type(job.pk) as progress:
            rows = _produce(report, progress)
    except JobCancelled:
        _end(report, ReportStatus.CANCELLED, "")
    except DocumentError as error:
        _fail(report, job, str(error))
    except (OperationalError, InterfaceError) as error:
        _postpone(report, job, error)
    except OSError as error:
        if error.errno in _NO_ROOM:
            logger.exception("Report %s found the disk full.", report.pk)
            _fail(report, job, _(_DISK_FULL))
        else:
            _postpone(report, job, error)
    except Exception:
        # Also a worker's time limit. A run that nobody ends looks at work until the sweeper finds it.
        logger.exception("Report %s failed.", report.pk)
        _fail(report, job, _(_UNFORESEEN))
    else:
        finish_job(job.pk, rows=rows)


def _refusal(report: AnalyticsReport) -> str:
    """Return why nobody is to get this report any more; the empty text when nothing speaks against it."""
    organization = Organization.objects.filter(pk=report.organization_id).first()
    if organization is None or not organization.is_active:
        return _("The organization is not active any more.")
    user = report.created_by
    if user is None:
        by_person = report.trigger in {JobTrigger.API, JobTrigger.ADMIN}
        return _("The user who asked for it is gone.") if by_person else ""
    access = find_access(user, str(organization.pk))
    if access is None:
        return _("%(user)s is not a member of the organization any more.") % {"user": user}
    if Audience.FULL in report.audiences and not may_see_contact_details(access):
        return _("%(user)s may not see contact details any more.") % {"user": user}
    return ""


def _produce(report: AnalyticsReport, progress: JobProgress) -> int:
    """Compose, write and publish; return the rows written."""
    composed = _compose(report, progress)
    first = next(iter(composed.values()))
    skips = report.schedule is not None and report.schedule.skip_when_empty and not report.is_preview
    written: list[_Written] = []
    try:
        if not (skips and first.is_empty):
            _write_files(report, composed, written, progress)
    except BaseException:
        for file in written:
            remove_stored(report.organization_id, file.stored.stored_name)
        raise
    # From here on a commit may have happened even when it seems not to have: what is left over, the sweeper removes.
    rows = max((file.rows for file in written), default=0)
    _publish(report, composed, written, rows)
    return rows


def _compose(report: AnalyticsReport, progress: JobProgress) -> Mapping[str, Composed]:
    """Return the document for each audience, all parts of all of them as of one moment."""
    asked = Asked(
        period=_period(report),
        compare=report.parameters["compare"],
        refund_basis=report.parameters["refund_basis"],
        filters={key: tuple(values) for key, values in report.parameters["filters"].items()},
    )
    composed = {}
    with in_snapshot():
        scope = scope_of(report.organization, as_of=report.as_said)
        for number, audience in enumerate(report.audiences):
            progress.report(percent=_COMPOSED_AT * number / len(report.audiences), stage=_("figures"))
            composed[audience] = _composed(report, asked, scope, audience)
    return composed


def _composed(report: AnalyticsReport, asked: Asked, scope: Scope, audience: str) -> Composed:
    seen = replace(scope, shows_contact_details=audience == Audience.FULL, unknown={})
    return REPORTS[report.report_type].compose(seen, asked, report)


def _period(report: AnalyticsReport) -> Period:
    step = report.parameters.get("step")
    return Period(report.start_date, report.end_date, Step(step) if step else None)


def _write_files(
    report: AnalyticsReport, composed: Mapping[str, Composed], written: list[_Written], progress: JobProgress
) -> None:
    todo = [(audience, format_) for audience in composed for format_ in report.formats]
    rows = 0
    for number, (audience, format_) in enumerate(todo):
        done = _COMPOSED_AT + (_WRITTEN_AT - _COMPOSED_AT) * number / len(todo)
        progress.report(percent=done, stage=_("writing %(format)s") % {"format": format_.upper()}, rows=rows)
        file = _write_file(report, composed[audience].document, audience, format_)
        written.append(file)
        rows += file.rows
    progress.report(percent=_WRITTEN_AT, stage=_("keeping the files"), rows=rows)


def _write_file(report: AnalyticsReport, document: Document, audience: str, format_: str) -> _Written:
    with new_file(report.organization_id, f"{STORED_SUFFIX}.{format_}") as new:
        rows = write(document, format_, new.target)
    return _Written(audience=audience, format=format_, stored=new.finished(), rows=rows)


def _publish(report: AnalyticsReport, composed: Mapping[str, Composed], written: Sequence[_Written], rows: int) -> None:
    """Let the run's end, its files and what follows from it appear at once.

    Raises:
        JobCancelled: somebody stopped it meanwhile; the files are removed.

    """
    now = timezone.now()
    first = next(iter(composed.values()))
    zone = report.schedule.timezone if report.schedule else report.organization.timezone
    with in_transaction():
        ended = AnalyticsReport.objects.filter(pk=report.pk, status=ReportStatus.RUNNING).update(
            status=ReportStatus.SUCCEEDED if written else ReportStatus.SKIPPED,
            rows=rows,
            error="",
            as_of=first.document.as_of,
            summary={audience: summary_of(one, zone) for audience, one in composed.items()},
            finished_at=now,
            expires_at=now + KEPT_FOR if written else None,
        )
        if ended:
            ReportFile.objects.bulk_create(
                ReportFile(
                    organization_id=report.organization_id,
                    report=report,
                    audience=file.audience,
                    format=file.format,
                    name=_name_of(report, file, is_incomplete=bool(first.waiting)),
                    stored_name=file.stored.stored_name,
                    size=file.stored.size,
                    sha256=file.stored.sha256,
                    rows=file.rows,
                )
                for file in written
            )
            _tell_schedule(report)
    if not ended:
        for file in written:
            remove_stored(report.organization_id, file.stored.stored_name)
        raise JobCancelled


def _name_of(report: AnalyticsReport, file: _Written, *, is_incomplete: bool) -> str:
    """Return what people find a file by; where there are two of a format, the one to be careful with says so.

    A CSV has no room for a notice: its name says that something is missing.
    """
    parts = [report.organization.name, report.title]
    if file.audience == Audience.FULL and len(report.audiences) > 1:
        parts.append(str(Audience.FULL.label))
    if is_incomplete and file.format == Format.CSV:
        parts.append(_("incomplete"))
    return file_name(" ".join(parts), file.format)


def _end(report: AnalyticsReport, status: str, error: str) -> None:
    """End a run without files, if it is still running."""
    with in_transaction():
        running = AnalyticsReport.objects.filter(pk=report.pk, status__in=(ReportStatus.RUNNING, ReportStatus.QUEUED))
        if running.update(status=status, error=error, retry_at=None, finished_at=timezone.now()):
            _tell_schedule(report)


def _tell_schedule(report: AnalyticsReport) -> None:
    report.refresh_from_db()
    if report.schedule_id is not None:
        delivery.deliver(report)


def _fail(report: AnalyticsReport, job: JobRun, error: str) -> None:
    _end(report, ReportStatus.FAILED, error)
    fail_job(job.pk, error=error)


def _postpone(report: AnalyticsReport, job: JobRun, error: Exception) -> None:
    logger.warning("Report %s is tried again later.", report.pk, exc_info=error)
    message = _message_for(error)
    fail_job(job.pk, error=message)
    retry_or_fail(report, message, now=timezone.now())


def _message_for(error: Exception) -> str:
    if isinstance(error, OSError):
        return _("A file could not be written: %(reason)s.") % {"reason": error.strerror or _("the disk refused")}
    return _("The database was not available.")
