"""Days that cannot be computed: each is held back with its marks, tried again less and less often, and told apart.

One odd fact must not stop the other days of an organization. The day whose computation fails waits by itself, with the
fact that is to blame where leaving out that one fact mends it.
"""

import datetime
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    ProgrammingError,
    models,
)
from django.utils import timezone

from apps.analytics.changelog import disown_customers
from apps.analytics.filling import fill_days, open_days, scene_of
from apps.analytics.models import FailingDay
from apps.core.context import organization_context
from apps.core.database import in_transaction, quoted, tenant_cursor, was_cut_off
from apps.core.identifiers import new_id
from apps.core.locks import Lock, take_lock
from apps.marketplace.models import Order, Refund, Review

_FIRST_PAUSE = datetime.timedelta(minutes=1)
_LONGEST_PAUSE = datetime.timedelta(hours=1)
_MOST_FAILURES = 999  # of days, and a year of attempts an hour apart: the pause has long stopped to grow
_OF_THE_ROWS = (DataError, IntegrityError, InternalError, ProgrammingError, ArithmeticError, ValueError)
_SLICES: Mapping[str, type[models.Model]] = {
    "refresh_orders": Order, "refresh_refunds": Refund, "refresh_reviews": Review,
}  # fmt: skip
# What is put in the place of an order's values to see which of them is to blame.
_COLUMNS: Mapping[str, Any] = {
    **dict.fromkeys(("accepted_at", "picked_up_at", "processed_at", "delivered_at", "completed_at")),
    **dict.fromkeys(("discount", "tax", "delivery_fee", "tip", "total"), 0),
}


class NotComputed(Exception):
    """Some days, or the customers, could not be computed for a reason that lies in them; the cause is the error."""

    def __init__(self, days: Iterable[datetime.date], *, chunk: Any = None) -> None:
        super().__init__()
        self.days = sorted(days)
        self.chunk = chunk


class WorkerStopped(Exception):
    """The process that computed a day ended before it could say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """The one fact without which a day can be computed, and the column, where that alone is enough."""

    model: str = ""
    id: uuid.UUID | None = None
    column: str = ""


def lies_in_the_rows(error: BaseException) -> bool:
    """Whether an error comes from what is computed, not from a database that is away, full or busy."""
    return was_cut_off(error) or isinstance(error, _OF_THE_ROWS)


def pause_after(failures: int) -> datetime.timedelta:
    """Return how long to wait after failures in a row: a minute, then twice as long each time, an hour at most."""
    doublings: int = min(failures - 1, 10)
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << doublings))


def one_more(failures: int) -> int:
    """Return the number of failures after one more."""
    return min(failures + 1, _MOST_FAILURES)


def failing_days(now: datetime.datetime) -> dict[datetime.date | None, bool]:
    """Return the failing days of the organization of the context, None for its customers: whether each is due again."""
    return {date: retry_at <= now for date, retry_at in FailingDay.objects.values_list("date", "retry_at")}


def deadly_days() -> dict[datetime.date, datetime.datetime]:
    """Return the days of the organization of the context that took a process along, and when each is tried again."""
    deadly = FailingDay.objects.filter(error=describe(WorkerStopped()), date__isnull=False)
    return dict(deadly.values_list("date", "retry_at"))


def hold(organization_id: uuid.UUID, date: datetime.date | None, error: BaseException) -> None:
    """Note that a day, or with None the customers, could not be computed, and when it is tried again.

    The fact to blame is looked for when the error is a new one.
    """
    now = timezone.now()
    with organization_context(organization_id):
        row = FailingDay.objects.filter(date=date).first() or FailingDay(
            id=new_id(), organization_id=organization_id, date=date, failing_since=now
        )
        row.failures = one_more(row.failures)
        row.retry_at = now + pause_after(row.failures)
        if date is None:
            disown_customers(organization_id)
        is_new, row.error = row.error != describe(error), describe(error)
        if is_new:
            row.fact_model, row.fact_id, row.fact_column = "", None, ""  # it was to blame for something else
        row.save()
        # Not of a day that takes too long, or its process along: it would be computed again and again.
        if date is None or not is_new or isinstance(error, WorkerStopped) or was_cut_off(error):
            return
        blame = find_blame(organization_id, date)
        row.fact_model, row.fact_id, row.fact_column = blame.model, blame.id, blame.column
        row.save()


def make_due(organization_id: uuid.UUID) -> None:
    """Have everything that is held back tried again at the next occasion, before its pause is over."""
    with organization_context(organization_id):
        FailingDay.objects.filter(retry_at__gt=timezone.now()).update(retry_at=timezone.now())


def release(days: Collection[datetime.date | None]) -> None:
    """Forget that these days of the organization of the context failed: they were computed."""
    dates = [day for day in days if day is not None]
    if dates:
        FailingDay.objects.filter(date__in=dates).delete()
    if None in days:
        FailingDay.objects.filter(date=None).delete()


def describe(error: BaseException) -> str:
    """Return an error in words for operators, without any value of a row: “Numeric value out of range”."""
    cause = error.__cause__ if isinstance(error, DatabaseError) and error.__cause__ else error
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(cause).__name__).capitalize()


def find_blame(organization_id: uuid.UUID, date: datetime.date) -> Blame:
    """Return the fact that is to blame for a day that fails, by computing the day from fewer and fewer facts.

    Nothing is kept of what is computed. Facts that only fail together have none to blame; facts of contact are not
    looked at.
    """
    day = _Day(organization_id, date)
    for table, model in _SLICES.items():
        ids = day.facts(table)
        if not ids or not day.fails(table, ids):
            continue
        while len(ids) > 1:
            middle = len(ids) // 2
            ids = next((half for half in (ids[:middle], ids[middle:]) if day.fails(table, half)), [])
        if not ids or not day.heals_without(table, ids[0]):
            break
        columns = _COLUMNS if model is Order else {}
        column = next((name for name, value in columns.items() if not day.fails(table, ids, {name: value})), "")
        return Blame(model=model._meta.label_lower, id=ids[0], column=column)
    return Blame()


class _Undo(Exception):
    """Take back what was computed."""


class _Day:
    """A business day to be computed from some of its facts, again and again; each time nothing is kept."""

    def __init__(self, organization_id: uuid.UUID, date: datetime.date) -> None:
        self._organization_id = organization_id
        self._date = date

    def facts(self, table: str) -> list[uuid.UUID]:
        """Return the ids of the facts of one slice."""
        ids: list[uuid.UUID] = []

        def read(cursor: Any) -> None:
            cursor.execute(f"SELECT id FROM {quoted(table)} ORDER BY id")  # noqa: S608 - a table of ours
            ids.extend(row[0] for row in cursor.fetchall())
            raise _Undo

        self._compute(read)
        return ids

    def fails(self, table: str, ids: list[uuid.UUID], values: Mapping[str, Any] | None = None) -> bool:
        """Whether the day fails with these facts of one slice alone, with other values in some columns."""

        def reduce(cursor: Any) -> None:
            for name in _SLICES:
                kept = ids if name == table else []
                cursor.execute(f"DELETE FROM {quoted(name)} WHERE id <> ALL (%s::uuid[])", [kept])  # noqa: S608
            for column, value in (values or {}).items():
                cursor.execute(f"UPDATE {quoted(table)} SET {quoted(column)} = %s", [value])  # noqa: S608

        return self._compute(reduce)

    def heals_without(self, table: str, fact: uuid.UUID) -> bool:
        """Whether the day goes well with every fact but this one."""

        def reduce(cursor: Any) -> None:
            cursor.execute(f"DELETE FROM {quoted(table)} WHERE id = %s", [fact])  # noqa: S608 - a table of ours

        return not self._compute(reduce)

    def _compute(self, reduce: Callable[[Any], None]) -> bool:
        try:
            with in_transaction(), organization_context(self._organization_id), tenant_cursor() as cursor:
                take_lock(cursor, Lock.REFRESH, self._organization_id)
                take_lock(cursor, Lock.ROLLUPS, self._organization_id)
                scene = scene_of(self._organization_id, timezone.now())
                if scene is not None:
                    open_days(cursor, scene, [self._date])
                    fill_days(cursor, scene, reduce=reduce)
                raise _Undo
        except _Undo:
            return False
        except Exception as error:
            if not lies_in_the_rows(error):
                raise
            return True
