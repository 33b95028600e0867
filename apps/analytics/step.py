"""What one transaction does to an organization's rollups: some days, a month of a rebuild, or its customers."""

import datetime
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.analytics.changelog import (
    Chunk,
    Claim,
    claim_attributes,
    claim_chunk,
    claim_customers,
    customers_wait,
    mark_customers,
    mark_rebuild,
    put_back,
    waiting_chunks,
)
from apps.analytics.failing import NotComputed, lies_in_the_rows, release
from apps.analytics.filling import (
    Scene,
    close_days,
    count_new_customers,
    fill_customers,
    fill_days,
    known_days,
    open_days,
    place_customers,
    touch_all_customers,
    touch_customers,
)
from apps.analytics.models import AnalyticsState
from apps.analytics.revisions import PublishedDays
from apps.analytics.rollups import ROLLUP_BY_NAME, ROLLUPS, Rollup

# More days than these at once are rebuilt month by month: memory stays bounded, and a restart loses one month.
DAYS_AT_ONCE = 62


@dataclass(slots=True)
class Step:
    """What one transaction did; `more` says that something is left to do, `failing` what was held back.

    `has_deadly_days` says that days which took a process along wait to be tried alone.
    """

    days: int = 0
    rows: int = 0
    customers: bool | int = False
    revisions: int = 0
    planned: int = 0
    more: bool = False
    failing: list[datetime.date | None] = field(default_factory=list)  # None stands for the customers
    error: str = ""
    has_deadly_days: bool = False


def state_for_update(organization_id: uuid.UUID) -> AnalyticsState:
    """Return the state's row, held until the transaction ends; made where there is none."""
    AnalyticsState.objects.bulk_create([AnalyticsState(organization_id=organization_id)], ignore_conflicts=True)
    state: AnalyticsState = AnalyticsState.objects.select_for_update().get()
    return state


class Work:
    """What one transaction does for an organization: days, a month of a rebuild, or its customers.

    `failing` are the days that failed last time, None for the customers; `held` those of them that are not tried now.
    """

    def __init__(
        self,
        cursor: Any,
        scene: Scene,
        state: AnalyticsState,
        *,
        failing: Collection[datetime.date | None] = (),
        held: Collection[datetime.date | None] = (),
    ) -> None:
        self.cursor = cursor
        self.scene = scene
        self.state = state
        self.step = Step()
        self._failing = set(failing)
        self._held = held
        self._put_back: set[datetime.date] = set()
        self._requested: set[datetime.date] = set()

    def hold(self, claim: Claim) -> None:
        """Put back the marks of days that wait for their next attempt, and note which days were only asked for."""
        days = [day for day in self._held if day is not None]
        self._requested |= claim.requested
        self._put_back |= claim.facts_by_day.keys() & set(days)
        put_back(self.scene.organization_id, self.scene.calendar, claim, days, scope="held")

    def do(self, claim: Claim) -> Step:
        """Do what comes first of all that waits."""
        cursor, organization_id = self.cursor, self.scene.organization_id
        if claim.everything or len(claim.facts_by_day) > DAYS_AT_ONCE:
            self._plan(claim)
            return self.step
        chunks = [] if claim else waiting_chunks(cursor, organization_id)
        if claim:
            self._refresh_days(claim.facts_by_day, settles=None not in self._held)
        elif chunks:
            chunk = claim_chunk(cursor, chunks[0], self.scene.calendar)
            self.hold(chunk)
            self.rebuild(chunk, chunks[0])
        elif None not in self._held:
            self._refresh_customers()
        self.step.more = bool(waiting_chunks(cursor, organization_id)) or (
            None not in self._held and customers_wait(cursor, organization_id)
        )
        if not self.step.more:
            self._conclude()
        return self.end()

    def do_days(self, claim: Claim, *, settles: bool) -> Step:
        """Do some days alone."""
        if claim:
            self._refresh_days(claim.facts_by_day, settles=settles)
        return self.end()

    def rebuild(self, claim: Claim, chunk: Chunk) -> None:
        """Rebuild the days of a month; the customers follow when all months are done."""
        if not claim:
            return
        days = sorted(claim.facts_by_day)
        with computing(days, chunk=chunk):
            published = self._watch(days)
            open_days(self.cursor, self.scene, days)
            self._fill(days)
            # As far as the customers are known by now; when all months are done, everything is counted again.
            self._count_new_customers(published, claim.facts_by_day)

    def settle_customers(self, published: PublishedDays, facts_by_day: Mapping[datetime.date, int]) -> None:
        """Compute the customers at hand, and count the new ones of the days and of those that a first order left."""
        moved = fill_customers(self.cursor, self.scene)
        published.watch(moved, [ROLLUP_BY_NAME["daily_revenue"]])
        place_customers(self.cursor, self.scene, self.state)
        self.step.customers = True
        self._count_new_customers(published, facts_by_day, moved)

    def end(self) -> Step:
        """Move the data version where anything was written, count changed attributes in, and keep the state."""
        if self.step.days or self.step.customers:
            self.state.data_version += 1
        self.state.data_version += claim_attributes(self.cursor, self.scene.organization_id)
        self.state.save()
        return self.step

    def _plan(self, claim: Claim) -> None:
        days = known_days(self.cursor, self.scene) if claim.everything else []
        facts_by_day = dict.fromkeys((day for day in days if day not in self._put_back), 0) | claim.facts_by_day
        mark_rebuild(self.scene.organization_id, self.scene.calendar, facts_by_day, cause="many days", claim=claim)
        self.step.planned = len(facts_by_day)
        self.step.more = True

    def _refresh_days(self, facts_by_day: Mapping[datetime.date, int], *, settles: bool) -> None:
        days = sorted(facts_by_day)
        with computing(days):
            published = self._watch(days)
            open_days(self.cursor, self.scene, days)
            touch_customers(self.cursor, self.scene)
            self._fill(days)
            if settles:
                touch_customers(self.cursor, self.scene)
                self.settle_customers(published, facts_by_day)
            else:
                if not customers_wait(self.cursor, self.scene.organization_id):
                    mark_customers(self.scene.organization_id, cause="failing")
                self._count_new_customers(published, facts_by_day)

    def _refresh_customers(self) -> None:
        with computing([]):
            if claim_customers(self.cursor, self.scene.organization_id):
                days = known_days(self.cursor, self.scene)
                published = self._watch(days, [ROLLUP_BY_NAME["daily_revenue"]])
                open_days(self.cursor, self.scene, [])
                touch_all_customers(self.cursor, self.scene)
                self.settle_customers(published, dict.fromkeys(days, 0))
            elif self.state.customers_as_of != self.scene.today:
                open_days(self.cursor, self.scene, [])
                self.step.customers = place_customers(self.cursor, self.scene, self.state)
                close_days(self.cursor)
        self._release([None])

    def _watch(self, days: Sequence[datetime.date], rollups: Sequence[Rollup] = ROLLUPS) -> PublishedDays:
        published = PublishedDays(self.cursor, self.scene, self.state, rollups)
        published.watch(days)
        return published

    def _fill(self, days: Sequence[datetime.date]) -> None:
        self.step.rows = fill_days(self.cursor, self.scene)
        self.step.days = len(days)
        self._release(days)

    def _count_new_customers(
        self, published: PublishedDays, facts_by_day: Mapping[datetime.date, int], moved: Sequence[datetime.date] = ()
    ) -> None:
        count_new_customers(self.cursor, self.scene, [*facts_by_day, *moved])
        self.step.revisions = published.record(facts_by_day, requested=self._requested)
        close_days(self.cursor)

    def _release(self, days: Sequence[datetime.date | None]) -> None:
        computed = self._failing.intersection(days)
        if computed:
            release(computed)
            self._failing -= computed

    def _conclude(self) -> None:
        state, scene = self.state, self.scene
        if not self._failing:
            # Not earlier: days that go well would hide a month that fails, or kills its worker, every time.
            state.failures, state.retry_at, state.last_error = 0, None, ""
        state.attempted_at = None
        state.refreshed_through = scene.now
        state.published_through = max(
            scene.today - datetime.timedelta(days=1), state.published_through or datetime.date.min
        )
        state.published_since = state.published_since or timezone.now()


@contextmanager
def computing(days: Iterable[datetime.date], *, chunk: Chunk | None = None) -> Iterator[None]:
    """Say what was being computed when an error comes from the rows.

    Raises:
        NotComputed: with the error as its cause.

    """
    try:
        yield
    except Exception as error:
        if not lies_in_the_rows(error):
            raise
        raise NotComputed(days, chunk=chunk) from error
