"""Comparing rollups with the facts, and mending them.

A month is computed anew beside what is stored, by the statements that fill it, in one transaction that keeps refreshers
out. Days that changed meanwhile have marks in the log by then: they are somebody's work, not a difference. New and
returning customers are compared with the customers, when the days are done.
"""

import datetime
import json
import logging
import uuid
from collections.abc import Callable, Collection
from functools import partial
from itertools import groupby
from typing import Any

from django.utils import timezone

from apps.analytics.changelog import anything_waits, mark_days
from apps.analytics.failing import NotComputed, failing_days
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
)
from apps.analytics.models import AnalyticsState, CustomerAnalytics, Verification
from apps.analytics.refresh import refresh_organization
from apps.analytics.revisions import record_differences
from apps.analytics.rollups import ROLLUP_BY_NAME, ROLLUPS, read_statement
from apps.analytics.snapshots import Snapshot, compare_rows, drop_rows, keep_rows
from apps.analytics.step import computing, state_for_update
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.identifiers import new_id
from apps.core.locks import Lock, take_lock

logger = logging.getLogger(__name__)

DETAILS = 100
_TRIES = 5
OnMonth = Callable[[int], object]


class _Undo(Exception):
    """Take back what was computed: it was only to be looked at."""


class _Meanwhile(Exception):
    """Facts or the business day changed in a way that leaves nothing to compare with; refresh and try again."""


class _Findings:
    """What a verification has come to so far: what differed, and which days were skipped.

    `in_activity` says that customers' days were among it.
    """

    def __init__(self, imbalances: list[dict[str, Any]]) -> None:
        self.imbalances = imbalances
        self.skipped: set[datetime.date] = set()
        self.rows = 0
        self.differences = 0
        self.in_activity = False
        self._seen: set[tuple[str, uuid.UUID]] = set()
        self.details: list[dict[str, Any]] = []

    def take(self, cursor: Any, scene: Scene, rows: int) -> bool:
        """Count what `refresh_differences` holds, keep the first, and say whether there was any."""
        cursor.execute(read_statement("refresh/differences"), scene.parameters)
        differing = cursor.fetchall()
        # A row of daily revenue may differ twice: by its day's facts, and by its customers.
        fresh = [difference for difference in differing if difference[:2] not in self._seen]
        self._seen.update(difference[:2] for difference in fresh)
        self.rows += rows
        self.differences += len(fresh)
        for rollup, row_id, date, old, new in fresh[: DETAILS - len(self.details)]:
            self.details.append(
                {
                    "rollup": rollup,
                    "row": str(row_id),
                    "date": str(date) if date else None,
                    "stored": json.loads(old, parse_float=str) if old else None,
                    "computed": json.loads(new, parse_float=str) if new else None,
                }
            )
        self.in_activity |= any(difference[0] == "daily_customer_activity" for difference in differing)
        return bool(differing)


def verify_organization(
    organization_id: uuid.UUID, *, repair: bool, since: datetime.date | None = None, on_days: OnMonth | None = None
) -> Verification | None:
    """Compute every rollup of an organization anew, compare every row and column, and record what differed.

    Whole tables are compared, whatever days their rows lie on. Before that, rollups are compared with each other: what
    each adds up to, day by day, without any fact.

    With `repair` the computed rows stay, and changes of published days are kept as revisions. Customers are computed
    from their days, so they are only compared where all of those are known to be right: not with `since`, and not
    without `repair` while some differ. Days that cannot be computed are left out and counted. Returns None for an
    organization that is gone. A difference is logged as an error: somebody wrote rollups past the change log.
    """
    started = timezone.now()
    refresh_organization(organization_id, wait=True)
    with organization_context(organization_id), tenant_cursor() as cursor:
        scene = scene_of(organization_id, started)
        if scene is None:
            return None
        findings = _Findings(_read_imbalances_alone(cursor, scene))
        known = known_days(cursor, scene)
        failing = failing_days(started)
    days = [day for day in known if since is None or day >= since]
    findings.skipped = {day for day in days if day in failing}
    for _month, month in groupby(days, key=_month_of):
        chunk = list(month)
        _verify_each(organization_id, [day for day in chunk if day not in failing], repair, findings)
        if on_days:
            on_days(len(chunk))
    if findings.skipped:
        _try_again(organization_id, scene, failing, repair, findings)
    has_every_day = len(days) == len(known)
    if has_every_day and (repair or not findings.in_activity):
        _again_when_disturbed(organization_id, partial(_verify_customers, organization_id, known, repair, findings))
    return _conclude(scene, started, days, findings, repair=repair, whole=since is None)


def _read_imbalances_alone(cursor: Any, scene: Scene) -> list[dict[str, Any]]:
    """Read imbalances while nobody writes rollups; customers only where they follow from the days that are there."""
    with in_transaction():
        take_lock(cursor, Lock.ROLLUPS, scene.organization_id)
        customers_follow = None not in failing_days(scene.now) and not anything_waits(scene.organization_id)
        return read_imbalances(cursor, scene, with_customers=customers_follow)


def read_imbalances(cursor: Any, scene: Scene, *, with_customers: bool) -> list[dict[str, Any]]:
    """Return where rollups of an organization add up to something else than its daily revenue does, by day and sum."""
    parameters = {**scene.parameters, "with_customers": with_customers}
    cursor.execute(read_statement("refresh/imbalances"), parameters)
    return [
        {
            "rollup": rollup,
            "date": str(date) if date else None,
            "measure": measure,
            "sum": str(amount),
            "expected": str(expected),
        }
        for rollup, date, measure, amount, expected in cursor.fetchall()
    ]


def _verify_each(organization_id: uuid.UUID, days: list[datetime.date], repair: bool, findings: _Findings) -> None:
    """Verify days; one that cannot be computed is skipped, and the others go on."""
    if not days:
        return
    try:
        _again_when_disturbed(organization_id, partial(_verify_days, organization_id, days, repair, findings))
    except NotComputed:
        if len(days) == 1:
            findings.skipped.update(days)
            return
        middle = len(days) // 2
        for half in (days[:middle], days[middle:]):
            _verify_each(organization_id, half, repair, findings)


def _try_again(
    organization_id: uuid.UUID, scene: Scene, failing: Collection[Any], repair: bool, findings: _Findings
) -> None:
    """Have the refresh try the days that were skipped: a row of another day in their way may be gone by now."""
    skipped = findings.skipped
    with organization_context(organization_id):
        for day in skipped - set(failing):
            mark_days(organization_id, scene.calendar, day, day, cause="verification")
    refresh_organization(organization_id, wait=True, retry=True)
    with organization_context(organization_id):
        findings.skipped = skipped & failing_days(timezone.now()).keys()
    _verify_each(organization_id, sorted(skipped - findings.skipped), repair, findings)


def _month_of(day: datetime.date) -> tuple[int, int]:
    return day.year, day.month


def _again_when_disturbed(organization_id: uuid.UUID, work: Callable[[], None]) -> None:
    for _attempt in range(_TRIES):
        try:
            work()
        except _Undo:
            return
        except NotComputed as failure:
            if failure.days:
                raise
            logger.warning("The customers of organization %s cannot be computed: not verified.", organization_id)
            return
        except _Meanwhile:
            refresh_organization(organization_id, wait=True)
        else:
            return
    logger.warning("A part of organization %s changed too often to be verified; it is next time.", organization_id)


def _verify_days(organization_id: uuid.UUID, days: list[datetime.date], repair: bool, findings: _Findings) -> None:
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        scene, state = _alone(cursor, organization_id)
        snapshot = Snapshot(cursor, scene, ROLLUPS)
        snapshot.add(days)
        open_days(cursor, scene, days)
        with computing(days):
            rows = fill_days(cursor, scene)
        count_new_customers(cursor, scene, days)
        cursor.execute(read_statement("refresh/stored_new_and_returning"), scene.parameters)
        snapshot.compare()
        _keep(cursor, scene, state, findings.take(cursor, scene, rows) and repair)
        snapshot.close()
        close_days(cursor)


def _verify_customers(organization_id: uuid.UUID, days: list[datetime.date], repair: bool, findings: _Findings) -> None:
    with in_transaction(durable=True), organization_context(organization_id), tenant_cursor() as cursor:
        scene, state = _alone(cursor, organization_id)
        if state.customers_as_of != scene.today:
            raise _Meanwhile
        keep_rows(cursor, CustomerAnalytics, organization_id)
        snapshot = Snapshot(cursor, scene, [ROLLUP_BY_NAME["daily_revenue"]])
        snapshot.add(days)
        open_days(cursor, scene, [])
        touch_all_customers(cursor, scene)
        with computing([]):
            fill_customers(cursor, scene)
            place_customers(cursor, scene, state)
        count_new_customers(cursor, scene, days)
        snapshot.compare()
        compare_rows(cursor, CustomerAnalytics, organization_id)
        if anything_waits(organization_id):
            raise _Meanwhile
        _keep(cursor, scene, state, findings.take(cursor, scene, CustomerAnalytics.objects.count()) and repair)
        snapshot.close()
        drop_rows(cursor, CustomerAnalytics)
        close_days(cursor)


def _alone(cursor: Any, organization_id: uuid.UUID) -> tuple[Scene, AnalyticsState]:
    take_lock(cursor, Lock.REFRESH, organization_id)
    take_lock(cursor, Lock.ROLLUPS, organization_id)
    scene = scene_of(organization_id, timezone.now())
    if scene is None:
        raise _Undo
    return scene, state_for_update(organization_id)


def _keep(cursor: Any, scene: Scene, state: AnalyticsState, keep: bool) -> None:
    if not keep:
        raise _Undo
    # Days that changed meanwhile too: they stay as computed here, so their own refresh will find nothing to revise.
    record_differences(cursor, scene, state, is_repair=True)
    state.data_version += 1
    state.save()


def _conclude(
    scene: Scene,
    started: datetime.datetime,
    days: list[datetime.date],
    findings: _Findings,
    *,
    repair: bool,
    whole: bool,
) -> Verification:
    first, last = (days[0], days[-1]) if days else (None, None)
    with in_transaction(), organization_context(scene.organization_id):
        verification: Verification = Verification.objects.create(
            id=new_id(),
            organization_id=scene.organization_id,
            started_at=started,
            finished_at=timezone.now(),
            first_date=first,
            last_date=last,
            rows_compared=findings.rows,
            differences=findings.differences,
            imbalances=len(findings.imbalances),
            skipped_days=len(findings.skipped),
            repaired=repair and findings.differences > 0,
            imbalance_details=findings.imbalances[:DETAILS],
            details=findings.details,
        )
        if whole and (repair or not findings.differences):
            AnalyticsState.objects.update(verified_on=timezone.now().astimezone(scene.calendar.zone).date())
    if findings.differences:
        logger.error(
            "%s rows of organization %s differed from the facts%s.",
            findings.differences, scene.organization_id, "; they were repaired" if repair else "",
        )  # fmt: skip
    return verification
