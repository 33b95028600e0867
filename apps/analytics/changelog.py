"""The change log: what is marked, by whom, and taking marks to work on. The table is made by `sql/changelog.sql`.

Marks of the scope `held` are of days that cannot be computed at present: nobody takes them before their next attempt.
"""

import datetime
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.analytics.rollups import read_statement
from apps.core.calendar import BusinessCalendar, days_between
from apps.core.database import tenant_cursor

# Marks of these causes ask for days whose facts are as they were.
REQUESTS = ("admin", "command", "rebuild", "verification", "requested")
_INSTANT_BEFORE = datetime.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """Marks taken out of the log: facts changed by day, and whether all days are meant.

    `marked_at` is when each day was first marked, under None when all were. Of the `requested` days no fact changed:
    somebody asked to have them computed again.
    """

    facts_by_day: dict[datetime.date, int]
    everything: bool
    marked_at: Mapping[datetime.date | None, datetime.datetime]
    requested: frozenset[datetime.date] = frozenset()

    def __bool__(self) -> bool:
        return self.everything or bool(self.facts_by_day)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A month of a rebuild of one organization: marks that begin from `first_at` to `last_at`, both included."""

    organization_id: uuid.UUID
    first_at: datetime.datetime
    last_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits in the log of one organization, and since when."""

    marks: int
    since: datetime.datetime | None


def claim_facts(cursor: Any, organization_id: uuid.UUID, *, everything: bool = True) -> Claim:
    """Take the marks of changed facts, held days included; those of transactions that commit later stay in the log.

    Without `everything` a mark that covers every day stays.
    """
    cursor.execute(
        read_statement("refresh/claim"),
        {"organization": organization_id, "everything": everything, "requests": list(REQUESTS)},
    )
    rows = cursor.fetchall()
    return Claim(
        facts_by_day={day: facts for day, facts, _at, _requested in rows if day is not None},
        everything=any(day is None for day, *_rest in rows),
        marked_at={day: at for day, _facts, at, _requested in rows},
        requested=frozenset(day for day, _facts, _at, is_requested in rows if is_requested),
    )


def put_back(
    organization_id: uuid.UUID, calendar: BusinessCalendar, claim: Claim, days: Iterable[datetime.date], *, scope: str
) -> None:
    """Put the marks of these days back into the log, as old as they were; the claim is without them from then on."""
    rows = []
    for day in [day for day in days if day in claim.facts_by_day]:
        facts, instants = claim.facts_by_day.pop(day), _instants_of(calendar, day, day)
        cause = "requested" if day in claim.requested else "put back"
        rows.append((organization_id, scope, cause, *instants, facts, None, claim.marked_at[day]))
    _append(rows)


def release_chunk(organization_id: uuid.UUID, chunk: Chunk) -> None:
    """Make the marks of a month of a rebuild those of changed facts, so that its days can be taken one by one."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_changelog SET scope = 'facts', job_id = NULL"
            " WHERE organization_id = %s AND scope = 'days' AND first_at BETWEEN %s AND %s",
            [organization_id, chunk.first_at, chunk.last_at],
        )


def disown_customers(organization_id: uuid.UUID) -> None:
    """Take the marks of all customers out of the jobs that made them: nobody knows when they are computed."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_changelog SET job_id = NULL"
            " WHERE organization_id = %s AND scope = 'customers' AND job_id IS NOT NULL",
            [organization_id],
        )


def marked_days(organization_id: uuid.UUID, calendar: BusinessCalendar) -> list[datetime.date]:
    """Return the days that wait to be computed, without taking their marks; not those held, nor "every day"."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT first_at, last_at FROM analytics_changelog"
            " WHERE organization_id = %s AND scope IN ('facts', 'days') AND isfinite(first_at)",
            [organization_id],
        )
        stretches = {
            (calendar.business_date(first_at), calendar.business_date(last_at))
            for first_at, last_at in cursor.fetchall()
        }
    return sorted({day for first, last in stretches for day in days_between(first, last)})


def claim_chunk(cursor: Any, chunk: Chunk, calendar: BusinessCalendar) -> Claim:
    """Take the marks of one month of a rebuild; nothing when somebody has them, or has done it."""
    cursor.execute(
        "DELETE FROM analytics_changelog WHERE organization_id = %s AND scope = 'days'"
        " AND first_at BETWEEN %s AND %s RETURNING first_at, last_at, facts, marked_at, cause",
        [chunk.organization_id, chunk.first_at, chunk.last_at],
    )
    facts_by_day: Counter[datetime.date] = Counter()
    oldest: dict[datetime.date | None, datetime.datetime] = {}
    otherwise: set[datetime.date] = set()
    for first_at, last_at, facts, marked_at, cause in cursor.fetchall():
        # Were the time zone changed since, a mark could touch two days.
        for day in days_between(calendar.business_date(first_at), calendar.business_date(last_at)):
            facts_by_day[day] += facts
            oldest[day] = min(oldest.get(day, marked_at), marked_at)
            if cause not in REQUESTS:
                otherwise.add(day)
    return Claim(dict(facts_by_day), False, oldest, requested=frozenset(facts_by_day.keys() - otherwise))


def claim_customers(cursor: Any, organization_id: uuid.UUID) -> bool:
    """Take the marks that ask for every customer."""
    cursor.execute(
        "DELETE FROM analytics_changelog WHERE organization_id = %s AND scope = 'customers'", [organization_id]
    )
    return bool(cursor.rowcount)


def claim_attributes(cursor: Any, organization_id: uuid.UUID) -> int:
    """Take the marks of attributes and return how many: the data version grows by so many in the same commit."""
    cursor.execute(
        "DELETE FROM analytics_changelog WHERE organization_id = %s AND scope = 'attributes'", [organization_id]
    )
    return int(cursor.rowcount)


def mark_days(
    organization_id: uuid.UUID, calendar: BusinessCalendar, first: datetime.date, last: datetime.date, *, cause: str
) -> None:
    """Mark business days, both included, to be rebuilt with the customers who were active on them."""
    _append([(organization_id, "facts", cause, *_instants_of(calendar, first, last), 0, None, None)])


def mark_everything(organization_id: uuid.UUID, *, cause: str) -> None:
    """Mark every day and every customer of an organization."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_changelog (organization_id, cause) VALUES (%s, %s)", [organization_id, cause]
        )


def mark_customers(organization_id: uuid.UUID, *, cause: str, job_id: uuid.UUID | None = None) -> None:
    """Mark every customer of an organization to be computed anew."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_changelog (organization_id, scope, cause, job_id) VALUES (%s, 'customers', %s, %s)",
            [organization_id, cause, job_id],
        )


def mark_rebuild(
    organization_id: uuid.UUID,
    calendar: BusinessCalendar,
    facts_by_day: Mapping[datetime.date, int],
    *,
    cause: str,
    job_id: uuid.UUID | None = None,
    claim: Claim | None = None,
) -> None:
    """Mark days to be rebuilt month by month, and every customer to follow; the facts are those changed on each day.

    Marks that take the place of a claim are as old as its own, and requests stay requests.
    """
    requested: Collection[datetime.date] = claim.requested if claim else ()
    marked_at: Mapping[datetime.date | None, datetime.datetime] = claim.marked_at if claim else {}
    _append(
        (
            organization_id,
            "days",
            "requested" if day in requested else cause,
            *_instants_of(calendar, day, day),
            facts,
            job_id,
            min(filter(None, (marked_at.get(day), marked_at.get(None))), default=None),
        )
        for day, facts in facts_by_day.items()
    )
    mark_customers(organization_id, cause=cause, job_id=job_id)


def waiting_chunks(cursor: Any, organization_id: uuid.UUID) -> list[Chunk]:
    """Return the months of a rebuild that nobody has taken yet, the newest first."""
    cursor.execute(read_statement("refresh/waiting_chunks"), {"organization": organization_id})
    return [Chunk(organization_id, first_at, last_at) for first_at, last_at in cursor.fetchall()]


def customers_wait(cursor: Any, organization_id: uuid.UUID) -> bool:
    """Whether every customer of the organization is to be computed anew."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM analytics_changelog WHERE organization_id = %s AND scope = 'customers')",
        [organization_id],
    )
    return bool(cursor.fetchone()[0])


def anything_waits(organization_id: uuid.UUID) -> bool:
    """Whether an organization has something to compute, beside the days that are held back."""
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("refresh/any_marks"), {"organization": organization_id})
        return bool(cursor.fetchone()[0])


def pending_marks(organization_id: uuid.UUID) -> Pending:
    """Return what waits for an organization: not what is held back, and no attributes, which count at once."""
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(marked_at) FROM analytics_changelog"
            " WHERE organization_id = %s AND scope NOT IN ('attributes', 'held')",
            [organization_id],
        )
        return Pending(*cursor.fetchone())


def _instants_of(
    calendar: BusinessCalendar, first: datetime.date, last: datetime.date
) -> tuple[datetime.datetime, datetime.datetime]:
    starts_at, ends_at = calendar.window(first, last)
    if starts_at == ends_at:
        # A day that its zone left out has no instants, but it may have rows from before the zone changed: the mark
        # goes from the day before to the day after.
        return starts_at - _INSTANT_BEFORE, ends_at
    return starts_at, ends_at - _INSTANT_BEFORE


def _append(rows: Iterable[tuple[Any, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if not columns:
        return
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("refresh/append_marks"), columns)
