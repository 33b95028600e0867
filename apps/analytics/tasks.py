"""Work for the queue: load by id, call one service.

A task that is lost costs nothing, because the marks stay in the change log: so these are acknowledged before they run,
and one that kills its worker is not delivered again and again.
"""

import datetime
import logging
import uuid

from celery import shared_task
from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics import attempts, services
from apps.analytics.changelog import Chunk, anything_waits
from apps.analytics.models import AnalyticsCache
from apps.analytics.rebuild import report, report_open_rebuilds
from apps.analytics.refresh import rebuild_month, refresh_organization, retried
from apps.analytics.selectors import organizations_due, organizations_to_verify, verified_today
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.core.models import JobRun, JobTrigger
from apps.core.statistics import analyze_changed_tables

logger = logging.getLogger(__name__)

MINUTE = 60
HOUR = 60 * MINUTE


@shared_task(name="analytics.refresh_due")
def refresh_due() -> None:
    """Hand out one task for each organization that has something to catch up with."""
    for organization_id in organizations_due(timezone.now()):
        refresh_one.apply_async(args=[str(organization_id)], expires=MINUTE)
    report_open_rebuilds()


@shared_task(name="analytics.refresh", acks_late=False)
def refresh_one(organization_id: str, trigger: str = JobTrigger.SCHEDULE) -> None:
    """Refresh one organization; one that keeps failing is tried less and less often, and the others go on.

    Of an organization where single days fail, the other days go on as well. Those days wait until their own pause is
    over, unless nothing else waits: then they are what this is for.
    """
    if not Organization.objects.filter(pk=organization_id).exists():
        return
    before = attempts.read_before(uuid.UUID(organization_id))
    attempt = attempts.begin(uuid.UUID(organization_id), now=timezone.now())
    if attempt is None:
        return
    try:
        refreshed = refresh_organization(
            uuid.UUID(organization_id),
            trigger=trigger,
            retry=not anything_waits(uuid.UUID(organization_id)),
            is_careful=before.is_deadly,
        )
    except Exception as error:
        logger.exception("The rollups of organization %s could not be refreshed.", organization_id)
        attempts.fail(uuid.UUID(organization_id), type(error).__name__)
        return
    if refreshed.failing:
        attempts.fail(uuid.UUID(organization_id), refreshed.error)
    elif refreshed.busy:
        attempts.withdraw(uuid.UUID(organization_id), attempt, before)
    analyze_changed_tables()  # the facts that came by the API, too


@shared_task(name="analytics.rebuild_month", acks_late=False)
def rebuild_one_month(organization_id: str, first_at: str, last_at: str, job_id: str) -> None:
    """Rebuild one month of one organization; the last one settles its customers."""
    chunk = Chunk(
        uuid.UUID(organization_id), datetime.datetime.fromisoformat(first_at), datetime.datetime.fromisoformat(last_at)
    )
    retried(lambda: rebuild_month(chunk))
    job = JobRun.objects.filter(pk=job_id).first()
    if job is not None:
        report(job)


@shared_task(name="analytics.settle_rebuild", acks_late=False)
def settle_rebuild(organization_id: str, job_id: str) -> None:
    """Do what is left of a rebuild of one organization: months nobody did, and its customers."""
    refresh_organization(uuid.UUID(organization_id), wait=True)
    analyze_changed_tables()
    job = JobRun.objects.filter(pk=job_id).first()
    if job is not None:
        report(job)


@shared_task(name="analytics.verify_due")
def verify_due() -> None:
    """Hand out one task for each organization whose night it is."""
    for organization_id in organizations_to_verify(timezone.now()):
        verify_one.apply_async(args=[str(organization_id)], expires=HOUR)


@shared_task(name="analytics.verify", acks_late=False)
def verify_one(organization_id: str) -> None:
    """Verify one organization's rollups and repair them, once a night however often it was sent."""
    if not verified_today(uuid.UUID(organization_id), timezone.now()):
        verify_organization(uuid.UUID(organization_id), repair=True)


@shared_task(name="analytics.verify_asked", acks_late=False)
def verify_asked(job_id: str) -> None:
    """Verify as somebody asked for; how far it is stands in the ledger."""
    services.carry_out_verification(job_id=uuid.UUID(job_id))


@shared_task(name="analytics.clear_expired_cache")
def clear_expired_cache() -> None:
    """Delete expired answers, one organization at a time."""
    for organization_id in Organization.objects.values_list("pk", flat=True):
        with organization_context(organization_id):
            AnalyticsCache.clear_expired()
