"""Jobs in words: what runs, how far it is, what it did."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import NOTHING, Notation
from apps.analytics.rebuild import JOB_KIND as REBUILD
from apps.analytics.refresh import JOB_KIND as REFRESH
from apps.analytics.services import VERIFICATION_JOB
from apps.core.jobs import DEAD_AFTER
from apps.core.models import JobRun, JobStatus, JobTrigger
from apps.imports.services import COMMIT_JOB, PREVIEW_JOB

Text = str | Promise

REFRESHES = (REFRESH, REBUILD)
_KINDS: Mapping[str, Text] = {
    REFRESH: _lazy("Refresh"),
    REBUILD: _lazy("Rebuild"),
    VERIFICATION_JOB: _lazy("Verification"),
    PREVIEW_JOB: _lazy("Preview of an import"),
    COMMIT_JOB: _lazy("Import"),
}
_STAGES: Mapping[str, Text] = {"days": _lazy("Day by day"), "customers": _lazy("Customers")}
_SOON = datetime.timedelta(minutes=1)
_IMPORTS = frozenset({PREVIEW_JOB, COMMIT_JOB})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """A job as the page shows it. `state` is its status for a badge; `percent` is how far it is."""

    key: str
    kind: str
    trigger: str
    state: str
    state_label: str
    days: str
    rows: str
    at: str
    duration: str
    error: str
    percent: int
    stage: str
    href: str


def shown_jobs(jobs: Sequence[JobRun], notation: Notation, now: datetime.datetime) -> list[ShownJob]:
    """Return jobs in words, as of an aware instant."""
    return [_shown(job, notation, now) for job in jobs]


def kind_in_words(kind: str) -> str:
    """Return what people call a kind of job."""
    return str(_KINDS.get(kind) or capfirst(kind.replace("_", " ")))


def _shown(job: JobRun, notation: Notation, now: datetime.datetime) -> ShownJob:
    return ShownJob(
        key=str(job.pk),
        kind=kind_in_words(job.kind),
        trigger=str(JobTrigger(job.trigger).label),
        state=job.status,
        state_label=str(JobStatus(job.status).label),
        days=notation.number(job.total) if job.kind in REFRESHES and job.total else NOTHING,
        rows=notation.number(job.rows) if job.status == JobStatus.SUCCEEDED else NOTHING,
        at=notation.instant(job.queued_at),
        duration=_duration(job, notation),
        error=job.error,
        percent=job.progress,
        stage=_stage(job, now),
        href=_address(job.kind, job.pk, job.subject_id),
    )


def _address(kind: str, job_id: uuid.UUID, subject_id: uuid.UUID | None) -> str:
    if kind in _IMPORTS and subject_id:
        return reverse("admin:imports_importrun_change", args=[subject_id])
    return reverse("admin:core_jobrun_change", args=[job_id])


def _duration(job: JobRun, notation: Notation) -> str:
    if job.started_at is None or job.finished_at is None:
        return NOTHING
    seconds = (job.finished_at - job.started_at).total_seconds()
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": notation.number(seconds, 1)}
    return _("%(minutes)s min %(seconds)s s") % {
        "minutes": notation.number(seconds // 60),
        "seconds": notation.number(seconds % 60),
    }


def _stage(job: JobRun, now: datetime.datetime) -> str:
    if job.status == JobStatus.QUEUED and job.stage:
        return job.stage
    if job.status == JobStatus.QUEUED:
        waited = now - job.queued_at > _SOON
        return (
            _("Waits for a worker for %s") % timesince(job.queued_at, now, depth=1)
            if waited
            else _("Waits for a worker")
        )
    alive_at = job.heartbeat_at or job.started_at
    if job.kind not in REFRESHES and alive_at is not None and now - alive_at > DEAD_AFTER:
        return _("No sign of life for %s") % timesince(alive_at, now, depth=1)
    return str(_STAGES.get(job.stage) or capfirst(job.stage) or _("At work"))
