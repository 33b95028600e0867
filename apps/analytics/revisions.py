"""What published days said before: kept when they change, read back by `as_of`."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from apps.analytics.filling import Scene
from apps.analytics.models import AnalyticsState
from apps.analytics.rollups import ROLLUPS, Rollup, read_statement
from apps.analytics.snapshots import Snapshot


class PublishedDays:
    """Notices which published days a refresh changes. A day is published once a refresh ran after its end."""

    def __init__(self, cursor: Any, scene: Scene, state: AnalyticsState, rollups: Sequence[Rollup] = ROLLUPS) -> None:
        self._cursor = cursor
        self._scene = scene
        self._state = state
        self._rollups = rollups
        self._snapshot: Snapshot | None = None

    def watch(self, days: Iterable[datetime.date], rollups: Sequence[Rollup] | None = None) -> None:
        """Watch days in some rollups, or in all; call it before they change."""
        through = self._state.published_through
        published = [] if through is None else [day for day in days if day <= through]
        if published and self._snapshot is None:
            self._snapshot = Snapshot(self._cursor, self._scene, self._rollups)
        if self._snapshot is not None:
            self._snapshot.add(published, rollups)

    def record(self, facts_by_day: Mapping[datetime.date, int], *, requested: Collection[datetime.date] = ()) -> int:
        """Keep a revision of each row that changed, with the number of facts changed on its day; return how many.

        Days that were `requested` have no changed facts: what changed there is a repair.
        """
        if self._snapshot is None:
            return 0
        self._snapshot.compare()
        revisions = record_differences(self._cursor, self._scene, self._state, facts_by_day, requested=requested)
        self._snapshot.close()
        return revisions


def record_differences(
    cursor: Any,
    scene: Scene,
    state: AnalyticsState,
    facts_by_day: Mapping[datetime.date, int] | None = None,
    *,
    is_repair: bool = False,
    requested: Collection[datetime.date] = (),
) -> int:
    """Keep what `refresh_differences` holds of published days as revisions, and return how many there were.

    Those of a repair, or of days that were only `requested`, are marked: their old values did not come from facts.
    """
    facts = facts_by_day or {}
    cursor.execute(
        read_statement("refresh/revisions"),
        {
            **scene.parameters,
            "fact_days": list(facts),
            "fact_counts": list(facts.values()),
            "rollups": [rollup.name for rollup in ROLLUPS],
            "published_through": state.published_through,
            "is_repair": is_repair,
            "requested": list(requested),
            "revised_at": timezone.now(),
        },
    )
    return int(cursor.rowcount)
