"""Reading what keeps figures right: what waits, what failed, what was verified, how far an organization has come."""

import datetime
import enum
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from apps.analytics.models import AnalyticsState, FailingDay, Verification
from apps.analytics.rollups import read_statement
from apps.analytics.selectors import fresh_as_of
from apps.core.database import tenant_cursor
from apps.core.periods import Period

# A refresh comes every minute: what waits longer than this is somebody's business.
LATE_AFTER = datetime.timedelta(minutes=5)
LATELY = datetime.timedelta(days=1)
_MOST_MARKS = 100_000
_MOST_ORGANIZATIONS = 50


class Stage(enum.StrEnum):
    """How far an organization has come."""

    EMPTY = "empty"  # no fact that happened: customers or products alone make no day
    PREPARING = "preparing"  # facts, and no figures yet
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDay:
    """A business day with changes that are not in the figures yet; `since` is an aware instant."""

    date: datetime.date
    facts: int
    since: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits: days, the newest first, or `everything`; `customers` says that every customer is computed anew."""

    days: tuple[WaitingDay, ...]
    everything: bool
    customers: bool
    since: datetime.datetime | None

    def __bool__(self) -> bool:
        return bool(self.days or self.everything or self.customers)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationUpkeep:
    """One organization of the platform: how fresh, what waits since when, what failed. Instants are aware."""

    id: uuid.UUID
    name: str
    timezone: str
    as_of: datetime.datetime | None
    published_through: datetime.date | None
    failures: int
    last_error: str
    verified_on: datetime.date | None
    days: int
    everything: bool
    since: datetime.datetime | None
    failed: int


def read_stage(organization_id: uuid.UUID) -> Stage:
    """Return how far an organization has come, in one statement that stops at the first row of figures."""
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("upkeep/stage"), {"organization": organization_id})
        return Stage(cursor.fetchone()[0])


def read_waiting(organization_id: uuid.UUID) -> Waiting:
    """Return what waits for the next refresh, in one statement."""
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("upkeep/waiting"), {"organization": organization_id, "most": _MOST_MARKS})
        return _waiting(cursor.fetchall())


def read_waiting_of(organization_id: uuid.UUID, periods: Sequence[Period], *, due_at: datetime.datetime) -> Waiting:
    """Return what waits of the days of some periods, in one statement; customers and marks of every day are of each.

    Of days that are not over at the aware instant `due_at`, only what changed before it counts.
    """
    parameters = {
        "organization": organization_id,
        "first_days": [period.first for period in periods],
        "last_days": [period.last for period in periods],
        "due_at": due_at,
    }
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("upkeep/waiting_of_periods"), parameters)
        return _waiting(cursor.fetchall())


def _waiting(rows: Iterable[tuple[Any, ...]]) -> Waiting:
    rows = list(rows)
    kinds = {kind for kind, _day, _facts, _since in rows}
    return Waiting(
        days=tuple(WaitingDay(date=day, facts=facts, since=since) for kind, day, facts, since in rows if kind == "day"),
        everything="everything" in kinds,
        customers="customers" in kinds,
        since=min((since for _kind, _day, _facts, since in rows), default=None),
    )


def read_platform() -> list[OrganizationUpkeep]:
    """Return the organizations of the platform, those that need somebody first; for its operators only."""
    now = timezone.now()
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("upkeep/platform"), {"lately": now - LATELY, "most": _MOST_ORGANIZATIONS})
        rows = cursor.fetchall()
    return [
        OrganizationUpkeep(
            id=row[0],
            name=row[1],
            timezone=row[2],
            as_of=fresh_as_of(row[3], waiting_since=row[10], now=now),
            published_through=row[4],
            failures=row[5],
            last_error=row[6] or "",
            verified_on=row[7],
            days=row[8],
            everything=row[9],
            since=row[10],
            failed=row[11],
        )
        for row in rows
    ]


def state_of_rollups() -> AnalyticsState | None:
    """Return what is known about the rollups of the organization of the context."""
    found: AnalyticsState | None = AnalyticsState.objects.first()
    return found


def failing_day_rows() -> list[FailingDay]:
    """Return what cannot be computed of the organization of the context, the newest day first, the customers last."""
    return list(FailingDay.objects.order_by(F("date").desc(nulls_last=True)))


def latest_verifications(count: int) -> list[Verification]:
    """Return the newest verifications of the organization of the context, without their details."""
    return list(Verification.objects.defer("details", "imbalance_details").order_by("-started_at")[:count])
