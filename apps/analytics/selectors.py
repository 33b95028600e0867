"""Reading about rollups: how fresh they are, and what they said in the past."""

import datetime
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.analytics.models import AnalyticsCache, AnalyticsState
from apps.analytics.models.cache import of_no_use
from apps.analytics.past import rows_as_of_query
from apps.analytics.rollups import ROLLUPS, read_statement
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.models import DerivedModel

M = TypeVar("M", bound=DerivedModel)


class Stale(StrEnum):
    """Why an answer is not the newest there could be."""

    RECOMPUTING = "recomputing"
    FAILED = "calculation_failed"
    UNAVAILABLE = "database_unavailable"
    TOO_LONG = "took_too_long"
    DAYS_FAILING = "days_not_computed"
    REFRESH_FAILING = "refresh_failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far an organization's rollups are.

    `data_version` grows whenever they were written, or what answers show beside them: two answers of one version are
    the same. Facts committed by `as_of` are in them; it is None before the first refresh. `pending` marks wait in the
    change log, since `pending_since`. `failing_days` cannot be computed at present, the newest first, None standing for
    the customers; `is_failing` says that the last refresh did not come to its end.
    """

    data_version: int
    as_of: datetime.datetime | None
    refreshed_through: datetime.datetime | None
    published_through: datetime.date | None
    customers_as_of: datetime.date | None
    pending: int
    pending_since: datetime.datetime | None
    failing_days: tuple[datetime.date | None, ...] = ()
    is_failing: bool = False

    @property
    def reason(self) -> Stale | None:
        """Why no answer is the newest there could be, however it came about; None where it may be."""
        if self.failing_days:
            return Stale.DAYS_FAILING
        return Stale.REFRESH_FAILING if self.is_failing else None


# Who asks, and how fresh the rollups of the organization are that they ask: one statement instead of two.
CALLER_AND_FRESHNESS = """
    SELECT
        accounts_caller(%(user_id)s, %(digest)s, %(now)s, %(named_id)s, %(named_slug)s),
        analytics_freshness(accounts_organization_asked(%(user_id)s, %(digest)s, %(named_id)s, %(named_slug)s))
"""


def read_freshness(organization_id: uuid.UUID) -> Freshness:
    """Return how fresh the rollups of an organization are, in one statement."""
    with tenant_cursor() as cursor:
        cursor.execute("SELECT analytics_freshness(%s)", [organization_id])
        return _freshness(orjson.loads(cursor.fetchone()[0]))


def freshness_brought(user: User, organization_id: uuid.UUID) -> Freshness | None:
    """Return how fresh the rollups of an organization were when the user was found by `CALLER_AND_FRESHNESS`.

    None where they were not asked of this organization: a superuser's, or that of one membership out of several.
    """
    brought = getattr(user, "brought", None)
    found = orjson.loads(brought) if brought else {}
    return _freshness(found) if found.get("organization") == str(organization_id) else None


def _freshness(found: dict[str, Any]) -> Freshness:
    refreshed, since, now = (_instant(found[name]) for name in ("refreshed_through", "pending_since", "now"))
    return Freshness(
        data_version=found["data_version"] or 0,
        as_of=None if now is None else fresh_as_of(refreshed, waiting_since=since, now=now),
        refreshed_through=refreshed,
        published_through=_date(found["published_through"]),
        customers_as_of=_date(found["customers_as_of"]),
        pending=found["pending"],
        pending_since=since,
        failing_days=tuple(map(_date, found["failing_days"] or ())),
        is_failing=found["is_failing"],
    )


def fresh_as_of(
    refreshed: datetime.datetime | None, *, waiting_since: datetime.datetime | None, now: datetime.datetime
) -> datetime.datetime | None:
    """Return the aware instant by which all committed facts are in the rollups; None before the first refresh."""
    # With nothing waiting, whatever is committed by now is in.
    return None if refreshed is None else max(refreshed, min(waiting_since or now, now))


def _instant(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def _date(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def organizations_due(now: datetime.datetime) -> list[uuid.UUID]:
    """Return the organizations whose rollups have something to catch up with."""
    return _ids("refresh/due", now)


def organizations_to_verify(now: datetime.datetime) -> list[uuid.UUID]:
    """Return the organizations whose night it is and whose rollups have not been verified today."""
    return _ids("refresh/unverified", now)


def verified_today(organization_id: uuid.UUID, now: datetime.datetime) -> bool:
    """Whether all rollups of an organization were verified on the date that its wall clock shows."""
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None:
        return False
    with organization_context(organization_id):
        today = now.astimezone(organization.calendar.zone).date()
        return bool(AnalyticsState.objects.filter(verified_on=today).exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswers:
    """How many answers of an organization are kept: fresh, as the last good ones, or of no use to anybody."""

    total: int
    fresh: int
    useless: int

    @property
    def last_good(self) -> int:
        """Those that have expired and stay for when computing fails."""
        return self.total - self.fresh - self.useless


def count_kept_answers() -> KeptAnswers:
    """Count the answers of the organization of the context, in one statement."""
    now = timezone.now()
    return KeptAnswers(
        **AnalyticsCache.objects.aggregate(
            total=Count("pk"),
            fresh=Count("pk", filter=Q(expires_at__gt=now)),
            useless=Count("pk", filter=of_no_use(now)),
        )
    )


def rows_as_of(
    organization: Organization,
    model: type[M],
    *,
    instant: datetime.datetime,
    first: datetime.date,
    last: datetime.date,
) -> list[M]:
    """Return what a rollup's rows of some days said at an aware instant, ordered by day, as unsaved rows.

    Only days that were over by then have something to say, and only since the rollups were first published.

    Raises:
        ValueError: changes of this rollup are not kept.

    """
    rollup = next((rollup for rollup in ROLLUPS if rollup.model is model), None)
    if rollup is None:
        raise ValueError(f"Changes of {model.__name__} are not kept.")
    fields = model._meta.concrete_fields
    query = rows_as_of_query(rollup.name, tuple(field.column for field in fields))
    parameters = {
        "organization": organization.pk,
        "as_of": instant,
        "first": first,
        "last": min(last, organization.calendar.business_date(instant) - datetime.timedelta(days=1)),
    }
    with organization_context(organization.pk), tenant_cursor() as cursor:
        since = published_since()
        if since is None or instant < since:
            return []
        cursor.execute(query, parameters)
        names = [field.attname for field in fields]
        rows = [model(**dict(zip(names, values, strict=True))) for values in cursor.fetchall()]
    return sorted(rows, key=lambda row: (row.date, row.pk))  # type: ignore[attr-defined]


def published_since() -> datetime.datetime | None:
    """Return since when the figures of the organization of the context are published; None before they are."""
    since: datetime.datetime | None = AnalyticsState.objects.values_list("published_since", flat=True).first()
    return since


def _ids(statement: str, now: datetime.datetime) -> list[uuid.UUID]:
    with tenant_cursor() as cursor:
        cursor.execute(read_statement(statement), {"now": now})
        return [row[0] for row in cursor.fetchall()]
