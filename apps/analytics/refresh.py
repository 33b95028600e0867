"""Keeping one organization's rollups fresh.

Each step is one transaction: it takes marks out of the change log, then reads the facts. What commits in between is
read as well, or leaves a mark of its own, or both; so whatever is interrupted or repeated, no change is lost. A step
works in READ COMMITTED: every statement sees what was committed before it began.

A step that fails for a reason in its rows is done again in halves, down to the day that cannot be computed: that day is
held back with its marks and the others go on.
"""

import datetime
import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import OperationalError
from django.utils import timezone

from apps.analytics.changelog import (
    Chunk,
    claim_chunk,
    claim_facts,
    marked_days,
    put_back,
    release_chunk,
    waiting_chunks,
)
from apps.analytics.failing import NotComputed, WorkerStopped, deadly_days, describe, failing_days, hold
from apps.analytics.filling import open_days, scene_of, touch_customer
from apps.analytics.models import AnalyticsState
from apps.analytics.revisions import PublishedDays
from apps.analytics.step import DAYS_AT_ONCE as DAYS_AT_ONCE
from apps.analytics.step import Step, Work, state_for_update
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.jobs import begin_job, cancel_job, fail_job, finish_job, note_progress, queue_job
from apps.core.locks import Lock, share_lock, take_lock, try_lock
from apps.core.models import JobRun, JobTrigger

logger = logging.getLogger(__name__)

JOB_KIND = "refresh_rollups"
_ATTEMPTS = 3
_RETRIED = ("40001", "40P01")  # serialization failure, deadlock
T = TypeVar("T")


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

    @property
    def error(self) -> str:
        """The class of the last error that held something back."""
        return next((step.error for step in reversed(self.steps) if step.error), "")

    @property
    def failing(self) -> list[datetime.date | None]:
        """What could not be computed and is held back: days, and None for the customers."""
        return [day for step in self.steps for day in step.failing]


def refresh_organization(
    organization_id: uuid.UUID,
    *,
    wait: bool = False,
    trigger: str = JobTrigger.COMMAND,
    on_days: Callable[[int], object] | None = None,
    is_recorded: bool = False,
    retry: bool = False,
    is_careful: bool = False,
) -> Refreshed:
    """Bring an organization's rollups up to date, however much that is; repeating it changes nothing.

    With `wait`, another refresher of the organization is waited for; otherwise this one leaves. With `retry`, days that
    were held back are tried at once, before their pause is over. `is_careful` is for an organization whose refresh took
    its process along: each day is noted as failing before it is tried. What is more than a few days has a row in the
    job ledger, and so has all that `is_recorded`. `on_days` receives how many days each step rebuilt.

    Raises:
        django.db.DatabaseError: the database failed; what was committed before stays, and the rest stays marked.

    """
    refreshed, is_retry = Refreshed(), retry
    job = _begin_in_ledger(organization_id, trigger) if is_recorded else None
    try:
        if is_careful:
            _refresh_day_by_day(organization_id)
        while step := advance(organization_id, wait=wait, retry=retry):
            refreshed.steps.append(step)
            retry = False
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
        if not refreshed.busy and refreshed.steps[-1].has_deadly_days:
            refreshed.steps.append(_try_deadly_days(organization_id, retry=is_retry))
    except BaseException as error:
        if job is not None:
            fail_job(job.pk, error=f"It stopped ({type(error).__name__}); the next refresh goes on.")
        raise
    if job is not None and refreshed.busy:
        cancel_job(job.pk)  # the other refresher does the rest
    elif job is not None and refreshed.failing:
        fail_job(job.pk, error=f"Not computed: {', '.join(str(day or 'customers') for day in refreshed.failing[:10])}.")
    elif job is not None:
        finish_job(job.pk, rows=refreshed.rows)
    return refreshed


def _begin_in_ledger(organization_id: uuid.UUID, trigger: str) -> JobRun:
    job = queue_job(kind=JOB_KIND, trigger=trigger, organization_id=organization_id, subject_id=None)
    begin_job(job.pk)
    return job


def advance(organization_id: uuid.UUID, *, wait: bool, retry: bool = False) -> Step | None:
    """Do one step; where a day of it cannot be computed, hold that day back and do the others.

    Returns None when another refresher is at work and this one was not to wait.

    Raises:
        django.db.DatabaseError: the database itself failed.

    """
    try:
        return retried(lambda: refresh_step(organization_id, wait=wait, retry=retry))
    except NotComputed as failure:
        step = Step(more=True)
        if failure.chunk is not None:
            release_chunk(organization_id, failure.chunk)
        if failure.days:
            _take_apart(organization_id, failure.days, failure, step)
        else:
            _hold(organization_id, None, failure, step)
        return step


def refresh_step(
    organization_id: uuid.UUID,
    *,
    wait: bool,
    retry: bool = False,
    only: Collection[datetime.date] | None = None,
    settles: bool = True,
) -> Step | None:
    """Do one transaction's worth of work: changed days first, then a month of a rebuild, then all customers.

    Days that fail wait until they are due again, or for `retry`. `only` limits the work to some marked days; without
    `settles` the customers of those days are left to be computed later. Returns None when another refresher is at work
    and this one was not to wait.

    Raises:
        NotComputed: some of the days, or the customers, cannot be computed; nothing was changed.

    """
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        if wait:
            take_lock(cursor, Lock.REFRESH, organization_id)
        elif not try_lock(cursor, Lock.REFRESH, organization_id):
            return None
        take_lock(cursor, Lock.ROLLUPS, organization_id)
        now = timezone.now()
        claim = claim_facts(cursor, organization_id, everything=only is None)
        scene = scene_of(organization_id, now)
        if scene is None:
            cursor.execute("DELETE FROM analytics_changelog WHERE organization_id = %s", [organization_id])
            return Step()
        failing = failing_days(now)
        deadly = deadly_days().keys() if failing else set()
        due = {day for day, is_due in failing.items() if is_due or retry} - deadly | set(only or ())
        for day in only if only is not None else [day for day in due if day is not None]:
            # Its mark may be gone: somebody else computed it, or the time zone was changed.
            claim.facts_by_day.setdefault(day, 0)
        work = Work(cursor, scene, state_for_update(organization_id), failing=set(failing), held=failing.keys() - due)
        work.step.has_deadly_days = bool(deadly)
        work.hold(claim)
        if only is None:
            return work.do(claim)
        put_back(organization_id, scene.calendar, claim, set(claim.facts_by_day) - set(only), scope="facts")
        return work.do_days(claim, settles=settles)


def rebuild_month(chunk: Chunk) -> Step | None:
    """Rebuild the days of one month that a rebuild marked, beside other months; None when it was done already.

    Any number of these may run at once, on any number of machines; refreshers of the organization wait for them. A
    month with a day that cannot be computed is left to the next refresh, which takes its days apart.
    """
    organization_id = chunk.organization_id
    try:
        with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
            share_lock(cursor, Lock.ROLLUPS, organization_id)
            scene = scene_of(organization_id, timezone.now())
            claim = claim_chunk(cursor, chunk, scene.calendar) if scene else None
            if scene is None or not claim:
                return None
            failing = failing_days(scene.now)
            deadly = deadly_days().keys() if failing else set()
            held = {day for day, is_due in failing.items() if not is_due or day in deadly}
            published_through = AnalyticsState.objects.values_list("published_through", flat=True).first()
            work = Work(
                cursor, scene, AnalyticsState(published_through=published_through), failing=set(failing), held=held
            )
            work.hold(claim)
            work.rebuild(claim, chunk)
            work.state = state_for_update(organization_id)
            return work.end()
    except NotComputed:
        release_chunk(organization_id, chunk)
        return None


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
        work = Work(cursor, scene, state_for_update(organization_id))
        open_days(cursor, scene, [])
        for customer_id in customers:
            touch_customer(cursor, customer_id)
        work.settle_customers(PublishedDays(cursor, scene, work.state), {})
        work.end()
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


def _take_apart(organization_id: uuid.UUID, days: Sequence[datetime.date], failure: NotComputed, step: Step) -> None:
    if len(days) > 1:
        middle = len(days) // 2
        for half in (days[:middle], days[middle:]):
            try:
                _add(step, retried(lambda half=half: refresh_step(organization_id, wait=True, only=half)))  # type: ignore[misc]
            except NotComputed as part:
                _take_apart(organization_id, part.days, part, step)
        return
    try:
        _add(step, retried(lambda: refresh_step(organization_id, wait=True, only=days, settles=False)))
    except NotComputed as alone:
        _hold(organization_id, days[0], alone, step)
    else:
        _hold(organization_id, None, failure, step)  # the day can be computed: what fails are its customers


def _refresh_day_by_day(organization_id: uuid.UUID) -> None:
    """Compute each marked day alone: a process that dies leaves the name of the day behind, and the rest for others.

    Days that are failing already wait for their own attempt.
    """
    with organization_context(organization_id), tenant_cursor() as cursor:
        scene = scene_of(organization_id, timezone.now())
        for chunk in waiting_chunks(cursor, organization_id) if scene else []:
            release_chunk(organization_id, chunk)
        failing = failing_days(timezone.now())
    for day in marked_days(organization_id, scene.calendar) if scene else []:
        if day not in failing:
            _try_alone(organization_id, day, Step())


def _try_deadly_days(organization_id: uuid.UUID, *, retry: bool) -> Step:
    """Try the days that took a process along and are due again, when everything else is done."""
    step, now = Step(), timezone.now()
    with organization_context(organization_id):
        days = [day for day, retry_at in deadly_days().items() if retry or retry_at <= now]
    for day in days:
        _try_alone(organization_id, day, step)
    return step


def _try_alone(organization_id: uuid.UUID, day: datetime.date, step: Step) -> None:
    """Note that a day fails, then compute it: the note goes with its success, and stays where the process dies."""
    hold(organization_id, day, WorkerStopped())
    try:
        _add(step, retried(lambda: refresh_step(organization_id, wait=True, only=[day])))
    except NotComputed as failure:
        _take_apart(organization_id, [day], failure, step)


def _hold(organization_id: uuid.UUID, day: datetime.date | None, failure: NotComputed, step: Step) -> None:
    error = failure.__cause__ or failure
    # Without the error's own text, which may hold values of a row.
    logger.error("Figures of organization %s (%s) are not computed: %s", organization_id, day, describe(error))
    hold(organization_id, day, error)
    step.failing.append(day)
    step.error = type(error).__name__


def _add(step: Step, part: Step | None) -> None:
    if part is not None:
        step.days += part.days
        step.rows += part.rows
        step.revisions += part.revisions
        step.customers = step.customers or part.customers
