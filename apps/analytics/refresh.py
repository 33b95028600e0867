"""Keeping one organization's rollups fresh.

Each step is one transaction: it takes marks out of the change log, then reads the facts. What commits in between is
read as well, or leaves a mark of its own, or both; so whatever is interrupted or repeated, no change is lost. A step
works in READ COMMITTED: every statement sees what was committed before it began.
"""

import datetime
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import OperationalError
from django.utils import timezone

from apps.analytics.changelog import (
    Chunk,
    Claim,
    claim_chunk,
    claim_customers,
    claim_facts,
    customers_wait,
    days_between,
    mark_rebuild,
    waiting_chunks,
)
from apps.analytics.filling import (
    Scene,
    close_days,
    count_new_customers,
    fill_customers,
    fill_days,
    known_days,
    open_days,
    place_customers,
    scene_of,
    touch_all_customers,
    touch_customer,
    touch_customers,
)
from apps.analytics.models import AnalyticsState
from apps.analytics.revisions import PublishedDays
from apps.analytics.rollups import ROLLUP_BY_NAME
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.jobs import begin_job, cancel_job, fail_job, finish_job, note_progress, queue_job
from apps.core.locks import Lock, share_lock, take_lock, try_lock
from apps.core.models import JobRun, JobTrigger

logger = logging.getLogger(__name__)

JOB_KIND = "refresh_rollups"
# More days than these at once are rebuilt month by month: memory stays bounded, and a restart loses one month.
DAYS_AT_ONCE = 62
_ATTEMPTS = 3
_RETRIED = ("40001", "40P01")  # serialization failure, deadlock
T = TypeVar("T")


@dataclass(slots=True)
class Step:
    """What one step did."""

    days: int = 0
    rows: int = 0
    customers: bool | int = False
    revisions: int = 0
    planned: int = 0
    more: bool = False


@dataclass(slots=True)
class Refreshed:
    """What a refresh did; `busy` says that another refresher was at work, so this one left."""

    busy: bool = False
    steps: list[Step] = field(default_factory=list)

    @property
    def days(self) -> int:
        """Business days rebuilt, a day in two steps counted twice."""
        return sum(step.days for step in self.steps)

    @property
    def rows(self) -> int:
        """Rows written to rollups of days."""
        return sum(step.rows for step in self.steps)

    @property
    def revisions(self) -> int:
        """Rows of published days that changed."""
        return sum(step.revisions for step in self.steps)


def refresh_organization(
    organization_id: uuid.UUID,
    *,
    wait: bool = False,
    trigger: str = JobTrigger.COMMAND,
    on_days: Callable[[int], object] | None = None,
    is_recorded: bool = False,
) -> Refreshed:
    """Bring an organization's rollups up to date, however much that is; repeating it changes nothing.

    With `wait`, another refresher of the organization is waited for; otherwise this one leaves. What is more than a few
    days has a row in the job ledger, and so has all that `is_recorded`. `on_days` is told how many days each step
    rebuilt.

    Raises:
        django.db.DatabaseError: the database failed; what was committed before stays, and the rest stays marked.

    """
    refreshed = Refreshed()
    job = _begin_in_ledger(organization_id, trigger) if is_recorded else None
    try:
        while step := retried(lambda: refresh_step(organization_id, wait=wait)):
            refreshed.steps.append(step)
            if step.planned and job is None:
                job = _begin_in_ledger(organization_id, trigger)
            if job is not None:
                planned = sum(done.planned for done in refreshed.steps)
                note_progress(job.pk, done=refreshed.days, total=max(planned, refreshed.days))
            if on_days:
                on_days(step.days)
            if not step.more:
                break
        refreshed.busy = step is None
    except BaseException as error:
        if job is not None:
            fail_job(job.pk, error=f"It stopped ({type(error).__name__}); the next refresh goes on.")
        raise
    if job is not None and refreshed.busy:
        cancel_job(job.pk)  # the other refresher does the rest
    elif job is not None:
        finish_job(job.pk, rows=refreshed.rows)
    return refreshed


def _begin_in_ledger(organization_id: uuid.UUID, trigger: str) -> JobRun:
    job = queue_job(kind=JOB_KIND, trigger=trigger, organization_id=organization_id, subject_id=None)
    begin_job(job.pk)
    return job


def refresh_step(organization_id: uuid.UUID, *, wait: bool) -> Step | None:
    """Do one transaction's worth of work: changed days first, then a month of a rebuild, then all customers.

    Returns None when another refresher is at work and this one was not to wait.
    """
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        if wait:
            take_lock(cursor, Lock.REFRESH, organization_id)
        elif not try_lock(cursor, Lock.REFRESH, organization_id):
            return None
        take_lock(cursor, Lock.ROLLUPS, organization_id)
        now = timezone.now()
        claim = claim_facts(cursor, organization_id)
        scene = scene_of(organization_id, now)
        if scene is None:
            cursor.execute("DELETE FROM analytics_changelog WHERE organization_id = %s", [organization_id])
            return Step()
        return _work(cursor, scene, claim)


def rebuild_month(chunk: Chunk) -> Step | None:
    """Rebuild the days of one month that a rebuild marked, beside other months; None when it was done already.

    Any number of these may run at once, on any number of machines; refreshers of the organization wait for them.
    """
    organization_id = chunk.organization_id
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        share_lock(cursor, Lock.ROLLUPS, organization_id)
        scene = scene_of(organization_id, timezone.now())
        facts_by_day = claim_chunk(cursor, chunk, scene.calendar) if scene else {}
        if scene is None or not facts_by_day:
            return None
        step = Step()
        published_through = AnalyticsState.objects.values_list("published_through", flat=True).first()
        state = AnalyticsState(published_through=published_through)
        _rebuild_days(cursor, scene, state, step, facts_by_day)
        _move_version(state_for_update(organization_id), step)
        return step


def recompute_customers(organization_id: uuid.UUID, customers: Iterable[uuid.UUID], *, wait: bool = True) -> bool:
    """Compute these customers anew, after everything that waits; say whether that was done.

    Without `wait` it is not done while another refresher is at work, and only one step of what waits comes first.
    """
    if wait:
        refresh_organization(organization_id, wait=True)
    elif retried(lambda: refresh_step(organization_id, wait=False)) is None:
        return False
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        if wait:
            take_lock(cursor, Lock.REFRESH, organization_id)
        elif not try_lock(cursor, Lock.REFRESH, organization_id):
            return False
        take_lock(cursor, Lock.ROLLUPS, organization_id)
        scene = scene_of(organization_id, timezone.now())
        if scene is None:
            return False
        state = state_for_update(organization_id)
        step = Step()
        open_days(cursor, scene, [])
        for customer_id in customers:
            touch_customer(cursor, customer_id)
        _settle_customers(cursor, scene, state, step, PublishedDays(cursor, scene, state), {})
        _move_version(state, step)
        return True


def retried(work: Callable[[], T]) -> T:
    """Do it again when the database chose it as the victim of a deadlock or of concurrent updates, three times at most.

    Raises:
        django.db.OperationalError: any other fault, or one fault too many.

    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in _RETRIED or attempt == _ATTEMPTS:
                raise
            logger.warning("A refresh gave way to another transaction and is repeated.")
            time.sleep(0.05 * attempt)
    raise AssertionError("not reached")


def state_for_update(organization_id: uuid.UUID) -> AnalyticsState:
    """Return the state's row, held until the transaction ends; made where there is none."""
    AnalyticsState.objects.bulk_create([AnalyticsState(organization_id=organization_id)], ignore_conflicts=True)
    state: AnalyticsState = AnalyticsState.objects.select_for_update().get()
    return state


def _work(cursor: Any, scene: Scene, claim: Claim) -> Step:
    step = Step()
    state = state_for_update(scene.organization_id)
    if claim.everything or len(claim.facts_by_day) > DAYS_AT_ONCE:
        _plan(cursor, scene, claim, step)
        return step
    chunks = [] if claim else waiting_chunks(cursor, scene.organization_id)
    if claim:
        _refresh_days(cursor, scene, state, step, claim.facts_by_day)
    elif chunks:
        _rebuild_days(cursor, scene, state, step, claim_chunk(cursor, chunks[0], scene.calendar))
    elif claim_customers(cursor, scene.organization_id):
        _refresh_all_customers(cursor, scene, state, step)
    elif state.customers_as_of != scene.today:
        open_days(cursor, scene, [])
        step.customers = place_customers(cursor, scene, state)
        close_days(cursor)
    step.more = bool(waiting_chunks(cursor, scene.organization_id)) or customers_wait(cursor, scene.organization_id)
    if not step.more:
        # Not earlier: days that go well would hide a month that fails, or kills its worker, every time.
        state.failures, state.retry_at, state.last_error = 0, None, ""
        state.refreshed_through = scene.now
        state.published_through = max(
            scene.today - datetime.timedelta(days=1), state.published_through or datetime.date.min
        )
        state.published_since = state.published_since or scene.now
    _move_version(state, step)
    return step


def _plan(cursor: Any, scene: Scene, claim: Claim, step: Step) -> None:
    facts_by_day = dict(claim.facts_by_day)
    bounds = known_days(cursor, scene) if claim.everything else None
    if bounds:
        facts_by_day = dict.fromkeys(days_between(*bounds), 0) | facts_by_day
    mark_rebuild(scene.organization_id, scene.calendar, facts_by_day, cause="many days")
    step.planned = len(facts_by_day)
    step.more = True


def _refresh_days(
    cursor: Any, scene: Scene, state: AnalyticsState, step: Step, facts_by_day: Mapping[datetime.date, int]
) -> None:
    days = sorted(facts_by_day)
    published = PublishedDays(cursor, scene, state)
    published.watch(days)
    open_days(cursor, scene, days)
    touch_customers(cursor, scene)
    step.rows = fill_days(cursor, scene)
    step.days = len(days)
    touch_customers(cursor, scene)
    _settle_customers(cursor, scene, state, step, published, facts_by_day)


def _rebuild_days(
    cursor: Any, scene: Scene, state: AnalyticsState, step: Step, facts_by_day: Mapping[datetime.date, int]
) -> None:
    days = sorted(facts_by_day)
    published = PublishedDays(cursor, scene, state)
    published.watch(days)
    open_days(cursor, scene, days)
    step.rows = fill_days(cursor, scene)
    step.days = len(days)
    # As far as the customers are known by now; when all months are done, everything is counted again.
    count_new_customers(cursor, scene, days)
    step.revisions = published.record(facts_by_day)
    close_days(cursor)


def _refresh_all_customers(cursor: Any, scene: Scene, state: AnalyticsState, step: Step) -> None:
    bounds = known_days(cursor, scene)
    every_day = days_between(*bounds) if bounds else []
    published = PublishedDays(cursor, scene, state, [ROLLUP_BY_NAME["daily_revenue"]])
    published.watch(every_day)
    open_days(cursor, scene, [])
    touch_all_customers(cursor, scene)
    _settle_customers(cursor, scene, state, step, published, dict.fromkeys(every_day, 0))


def _settle_customers(
    cursor: Any,
    scene: Scene,
    state: AnalyticsState,
    step: Step,
    published: PublishedDays,
    facts_by_day: Mapping[datetime.date, int],
) -> None:
    moved = fill_customers(cursor, scene)
    published.watch(moved, [ROLLUP_BY_NAME["daily_revenue"]])
    place_customers(cursor, scene, state)
    step.customers = True
    count_new_customers(cursor, scene, [*facts_by_day, *moved])
    step.revisions = published.record(facts_by_day)
    close_days(cursor)


def _move_version(state: AnalyticsState, step: Step) -> None:
    if step.days or step.customers:
        state.data_version += 1
    state.save()
