"""Rows of rollups as they were before a transaction changed them, and what says something else afterwards."""

import datetime
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from apps.analytics.filling import Scene
from apps.analytics.rollups import Rollup
from apps.core.database import quoted
from apps.core.models import DerivedModel

_UNCOMPARED = ["id", "organization_id", "refreshed_at"]


class Snapshot:
    """Rows of some rollups on some days, kept in temporary tables until the transaction ends."""

    def __init__(self, cursor: Any, scene: Scene, rollups: Sequence[Rollup]) -> None:
        self._cursor = cursor
        self._scene = scene
        self._rollups = rollups
        self._days: dict[str, list[datetime.date]] = {rollup.name: [] for rollup in rollups}
        for rollup in rollups:
            cursor.execute(
                f"CREATE TEMP TABLE {quoted(_kept(rollup.name))} (LIKE {quoted(rollup.table)}) ON COMMIT DROP"
            )

    def add(self, days: Iterable[datetime.date], rollups: Sequence[Rollup] | None = None) -> None:
        """Keep the rows of further days, of some of the rollups or of all; call it before they change."""
        wanted = set(days)
        for rollup in self._rollups if rollups is None else rollups:
            more = sorted(wanted.difference(self._days[rollup.name]))
            if not more:
                continue
            self._days[rollup.name] += more
            self._cursor.execute(
                f"INSERT INTO {quoted(_kept(rollup.name))}"  # noqa: S608 - tables of ours
                f" SELECT * FROM {quoted(rollup.table)} WHERE organization_id = %s AND date = ANY (%s)",
                [self._scene.organization_id, more],
            )

    def compare(self) -> None:
        """Fill `refresh_differences` with what says something else now.

        The table has the columns rollup, row_id, date, old and new: a row that came has no old values, one that went no
        new ones.
        """
        _make_differences(self._cursor)
        for rollup in self._rollups:
            if not self._days[rollup.name]:
                continue
            self._cursor.execute(
                f"""
                INSERT INTO refresh_differences
                SELECT
                    %(rollup)s, coalesce(old.id, new.id), coalesce(old.date, new.date),
                    to_jsonb(old) - %(uncompared)s::text[], to_jsonb(new) - %(uncompared)s::text[]
                FROM {quoted(_kept(rollup.name))} AS old
                FULL JOIN (
                    SELECT * FROM {quoted(rollup.table)}
                    WHERE organization_id = %(organization)s AND date = ANY (%(days)s)
                ) AS new ON new.id = old.id
                WHERE {_said("old", rollup.model)} IS DISTINCT FROM {_said("new", rollup.model)}
                """,  # noqa: S608 - tables and columns of ours
                {
                    "rollup": rollup.name,
                    "organization": self._scene.organization_id,
                    "days": self._days[rollup.name],
                    "uncompared": _UNCOMPARED,
                },
            )

    def close(self) -> None:
        """Drop what was kept, for a transaction that goes on."""
        for table in ("refresh_differences", *(_kept(rollup.name) for rollup in self._rollups)):
            self._cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)}")


def keep_rows(cursor: Any, model: type[DerivedModel], organization_id: uuid.UUID) -> None:
    """Keep all rows that a model has of an organization, until the transaction ends."""
    cursor.execute(
        f"CREATE TEMP TABLE {quoted(_kept(model._meta.db_table))} ON COMMIT DROP AS"  # noqa: S608 - tables of ours
        f" SELECT * FROM {quoted(model._meta.db_table)} WHERE organization_id = %s",
        [organization_id],
    )


def compare_rows(cursor: Any, model: type[DerivedModel], organization_id: uuid.UUID) -> None:
    """Do for rows of customers kept by `keep_rows` what `Snapshot.compare` does; their own key is compared as well.

    They have no date, and their table's name.
    """
    name, uncompared = model._meta.db_table, [column for column in _UNCOMPARED if column != "id"]
    _make_differences(cursor)
    cursor.execute(
        f"""
        INSERT INTO refresh_differences
        SELECT
            %(name)s, coalesce(new.id, old.id), NULL,
            to_jsonb(old) - %(uncompared)s::text[], to_jsonb(new) - %(uncompared)s::text[]
        FROM {quoted(_kept(name))} AS old
        FULL JOIN (
            SELECT * FROM {quoted(name)} WHERE organization_id = %(organization)s
        ) AS new ON new.customer_id = old.customer_id
        WHERE {_said("old", model, uncompared)} IS DISTINCT FROM {_said("new", model, uncompared)}
        """,  # noqa: S608 - tables and columns of ours
        {"name": name, "organization": organization_id, "uncompared": uncompared},
    )


def drop_rows(cursor: Any, model: type[DerivedModel]) -> None:
    """Drop what `keep_rows` kept, for a transaction that goes on."""
    cursor.execute(f"DROP TABLE {quoted(_kept(model._meta.db_table))}")


def _make_differences(cursor: Any) -> None:
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS refresh_differences"
        " (rollup text, row_id uuid, date date, old jsonb, new jsonb) ON COMMIT DROP"
    )


def _said(row: str, model: type[DerivedModel], uncompared: Collection[str] = _UNCOMPARED) -> str:
    # Column by column: documents of both rows, to be compared, cost fifty times as much.
    columns = [field.column for field in model._meta.concrete_fields if field.column not in uncompared]
    return "(" + ", ".join(f"{row}.{quoted(column)}" for column in columns) + ")"


def _kept(name: str) -> str:
    return f"kept_{name}"
