"""Rows of rollups as they were before a transaction changed them, and what says something else afterwards."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from apps.analytics.filling import Scene
from apps.analytics.rollups import Rollup
from apps.core.database import quoted

_UNCOMPARED = ["id", "organization_id", "refreshed_at"]


class Snapshot:
    """Rows of some rollups on some days, kept in temporary tables until the transaction ends."""

    def __init__(self, cursor: Any, scene: Scene, rollups: Sequence[Rollup]) -> None:
        self._cursor = cursor
        self._scene = scene
        self._rollups = rollups
        self._days: list[datetime.date] = []
        for rollup in rollups:
            cursor.execute(f"CREATE TEMP TABLE {quoted(_kept(rollup))} (LIKE {quoted(rollup.table)}) ON COMMIT DROP")

    def add(self, days: Iterable[datetime.date]) -> None:
        """Keep the rows of further days; call it before they change."""
        more = sorted(set(days) - set(self._days))
        if not more:
            return
        self._days += more
        for rollup in self._rollups:
            self._cursor.execute(
                f"INSERT INTO {quoted(_kept(rollup))}"  # noqa: S608 - tables of ours
                f" SELECT * FROM {quoted(rollup.table)} WHERE organization_id = %s AND date = ANY (%s)",
                [self._scene.organization_id, more],
            )

    def compare(self) -> int:
        """Fill `refresh_differences` with what says something else now, and return how many rows do.

        The table has the columns rollup, row_id, date, old and new: a row that came has no old values, one that went no
        new ones.
        """
        self._cursor.execute(
            "CREATE TEMP TABLE refresh_differences"
            " (rollup text, row_id uuid, date date, old jsonb, new jsonb) ON COMMIT DROP"
        )
        found = 0
        for rollup in self._rollups:
            self._cursor.execute(
                f"""
                INSERT INTO refresh_differences
                SELECT %(rollup)s, coalesce(old.id, new.id), coalesce(old.date, new.date), old.said, new.says
                FROM (
                    SELECT id, date, to_jsonb(kept) - %(uncompared)s::text[] AS said
                    FROM {quoted(_kept(rollup))} AS kept
                ) AS old
                FULL JOIN (
                    SELECT id, date, to_jsonb(present) - %(uncompared)s::text[] AS says
                    FROM {quoted(rollup.table)} AS present
                    WHERE organization_id = %(organization)s AND date = ANY (%(days)s)
                ) AS new ON new.id = old.id
                WHERE old.said IS DISTINCT FROM new.says
                """,  # noqa: S608 - tables of ours
                {
                    "rollup": rollup.name,
                    "organization": self._scene.organization_id,
                    "days": self._days,
                    "uncompared": _UNCOMPARED,
                },
            )
            found += self._cursor.rowcount
        return found

    def close(self) -> None:
        """Drop what was kept, for a transaction that goes on."""
        for table in ("refresh_differences", *map(_kept, self._rollups)):
            self._cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)}")


def _kept(rollup: Rollup) -> str:
    return f"kept_{rollup.name}"
