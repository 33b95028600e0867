"""What other apps, commands, tasks and pages ask of rollups."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_days, mark_rebuild
from apps.analytics.filling import known_days, scene_of
from apps.analytics.refresh import DAYS_AT_ONCE, Refreshed, advance, recompute_customers, refresh_organization
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.core.database import after_commit, tenant_cursor
from apps.core.jobs import (
    JobCancelled,
    JobProgress,
    begin_job,
    fail_dead_jobs,
    fail_job,
    finish_job,
    open_jobs,
    queue_job,
)
from apps.core.models import JobRun
from apps.core.queue import hand_over

__all__ = [
    "Recomputed",
    "recompute_customer",
    "recompute_customers",
    "recompute_days",
    "recompute_waiting",
    "refresh_organization",
    "request_verification",
]


VERIFICATION_JOB = "verify_rollups"
_LOST_AFTER = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of recomputing days: how many of what was published changed, or that the days wait for a refresh.

    `failing` is how many of them could not be computed and are held back.
    """

    waits: bool
    revisions: int = 0
    failing: int = 0


def recompute_days(*, organization: Organization, days: Iterable[datetime.date]) -> Recomputed:
    """Rebuild business days, and the customers active on them, from facts; repeating it changes nothing.

    Days are marked first, so none is lost: they wait for the next refresh where another one is at work, or where more
    days are to be rebuilt than one step takes. One transaction of rebuilding at most.
    """
    chosen = sorted(set(days))
    if len(chosen) > DAYS_AT_ONCE:
        mark_rebuild(organization.pk, organization.calendar, dict.fromkeys(chosen, 0), cause="admin")
        return Recomputed(waits=True)
    for day in chosen:
        mark_days(organization.pk, organization.calendar, day, day, cause="admin")
    step = advance(organization.pk, wait=False, retry=True)
    if step is None or step.planned:
        return Recomputed(waits=True)
    return Recomputed(waits=False, revisions=step.revisions, failing=len(step.failing))


def recompute_customer(*, organization_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Compute one customer's analytics anew from facts."""
    recompute_customers(organization_id, [customer_id])


def recompute_waiting(*, organization_id: uuid.UUID, trigger: str) -> Refreshed:
    """Compute what waits at once, with a row in the job ledger; for the few days that a person waits for.

    Raises:
        django.db.DatabaseError: the database failed; what was committed before stays, and the rest stays marked.

    """
    return refresh_organization(organization_id, trigger=trigger, is_recorded=True, retry=True)


def hand_over_refresh(*, organization_id: uuid.UUID, trigger: str) -> None:
    """Have a worker compute what waits: now, or with the next minute's refresh where the queue is away."""
    from apps.analytics.tasks import refresh_one

    hand_over(refresh_one, organization_id, trigger)


def request_verification(*, organization_id: uuid.UUID, trigger: str) -> JobRun | None:
    """Have a worker compare all rollups with the facts and repair them; None while that is under way already."""
    now = timezone.now()
    fail_dead_jobs(now=now, kind=VERIFICATION_JOB)
    for job in open_jobs(organization_id, kind=VERIFICATION_JOB):
        if job.started_at is not None or job.queued_at > now - _LOST_AFTER:
            return None
        fail_job(job.pk, error="No worker began it within an hour.")
    requested = queue_job(kind=VERIFICATION_JOB, trigger=trigger, organization_id=organization_id, subject_id=None)
    after_commit(lambda: _enqueue_verification(requested.pk))
    return requested


def carry_out_verification(*, job_id: uuid.UUID) -> None:
    """Verify as a queued job asks, unless somebody else has begun it.

    Raises:
        Exception: whatever ended it; the ledger says that it failed.

    """
    if not begin_job(job_id):
        return
    organization_id = JobRun.objects.values_list("organization_id", flat=True).get(pk=job_id)
    total, done = _days_known(organization_id), 0

    with JobProgress(job_id) as progress:

        def report(days: int) -> None:
            nonlocal done
            done += days
            progress.report(percent=100 * done / max(1, total), stage="days", rows=done)

        try:
            verified = verify_organization(organization_id, repair=True, on_days=report)
        except JobCancelled:
            return
        except Exception as error:
            fail_job(job_id, error=f"It stopped ({type(error).__name__}); the figures stay as they were.")
            raise
    finish_job(job_id, rows=verified.rows_compared if verified else 0)


def _enqueue_verification(job_id: uuid.UUID) -> None:
    from apps.analytics.tasks import verify_asked

    if not hand_over(verify_asked, job_id):
        fail_job(job_id, error="The queue could not be reached. Ask again when it is back.")


def _days_known(organization_id: uuid.UUID) -> int:
    with organization_context(organization_id), tenant_cursor() as cursor:
        scene = scene_of(organization_id, timezone.now())
        return len(known_days(cursor, scene)) if scene else 0
