"""One answer to one question: from the cache, computed once for all who wait, or the last good one.

A question is an endpoint, its parameters, and what its asker may see, of one organization. Its key also has the data
version and the business day, so that a refresh makes older answers unreachable. An answer is computed in one snapshot
with its version: all of it is of one moment.
"""

import datetime
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, OperationalError, models
from django.db.models import Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics.answers import front
from apps.analytics.answers.counts import Outcome, count
from apps.analytics.metrics.fingerprint import FINGERPRINT
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.models import AnalyticsCache, CacheType
from apps.analytics.models.cache import TTL_MINUTES
from apps.analytics.rollups import read_statement
from apps.analytics.selectors import Freshness, Stale, read_freshness
from apps.core.context import organization_context
from apps.core.database import in_snapshot, in_transaction, reading_only, tenant_cursor, was_cut_off
from apps.core.locks import Lock, take_lock_named, try_lock_named
from apps.core.rest.errors import ApiError
from apps.core.rest.rendering import to_json

logger = logging.getLogger("bellwether.analytics")

KEPT_FOR = datetime.timedelta(hours=24)  # how old the last good answer may be
STALE_FOR = datetime.timedelta(minutes=15)  # how old it may be while a new one is computed
WAIT_AT_MOST = datetime.timedelta(seconds=20)


class From(StrEnum):
    """Where an answer came from."""

    LIVE = "live"
    CACHE = "cache"
    LAST_GOOD = "last_good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked, for whom. `parameters` are JSON; `shows_contact_details` is all that roles differ by.

    `as_of` is the aware instant of the past that is asked about; the parameters have it, too.
    """

    organization: Organization
    endpoint: str
    type: CacheType
    parameters: Mapping[str, Any]
    shows_contact_details: bool = False
    as_of: datetime.datetime | None = None
    question: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", self._question())

    def _question(self) -> str:
        """Return the question as a key: what it asks, of whom, for whose eyes, by which definitions and settings.

        Settings were read before the snapshot of the answer, so its version does not tell which they were.
        """
        organization = self.organization
        asked = [
            str(organization.pk),
            self.endpoint,
            self.parameters,
            self.shows_contact_details,
            organization.name,
            organization.slug,
            organization.timezone,
            organization.currency,
            str(organization.day_starts_at),
            organization.week_starts_on,
            FINGERPRINT,
        ]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
        return f"{self.endpoint}:{organization.pk.hex}:{digest[:40]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer in JSON, and how fresh it is. `as_of` is the instant up to which committed facts are in it.

    `failing_days` are those of the organization that cannot be computed: it is stale while there are any.
    """

    body: bytes
    computed_at: datetime.datetime
    as_of: datetime.datetime | None
    version: int
    source: From
    reason: Stale | None = None
    failing_days: tuple[datetime.date | None, ...] = ()

    def beside(self, freshness: Freshness) -> Self:
        """Return it as fresh as the rollups are."""
        return replace(self, as_of=freshness.as_of, reason=freshness.reason, failing_days=freshness.failing_days)

    @property
    def is_stale(self) -> bool:
        """Whether a newer one could not be given."""
        return self.reason is not None

    def etag(self, asked: Asked) -> str:
        """Return what identifies the content: it is the same as long as the same computation is given."""
        return f'W/"{asked.question[-16:]}-{self.version:x}-{int(self.computed_at.timestamp() * 1e6):x}"'


Compute = Callable[[Scope], Mapping[str, Any]]


def answered(asked: Asked, compute: Compute, *, freshness: Freshness | None = None) -> Answer:
    """Return the answer to a question; `freshness` is that of the organization, where this request read it already.

    Of those who ask the same at once, one computes and the others wait for it, or get the last good answer if that is
    no older than a quarter of an hour. When computing fails, the last good answer of the same organization and the same
    eyes is given, no older than a day.

    Raises:
        ApiError: what was asked for cannot be answered, whoever computes.
        Exception: computing failed and there is no last good answer.

    """
    try:
        answer, outcome = _answered(asked, compute, freshness)
    except ApiError:
        raise
    except Exception as error:
        last = _last_good(asked, at_most=KEPT_FOR)
        if last is None:
            raise
        logger.exception("%s of organization %s could not be computed", asked.endpoint, asked.organization.pk)
        answer = replace(last, source=From.LAST_GOOD, reason=_reason(error))
        outcome = Outcome.FALLBACK
    count(asked.organization.pk, asked.endpoint, outcome)
    return answer


def _reason(error: Exception) -> Stale:
    if was_cut_off(error):
        return Stale.TOO_LONG
    return Stale.UNAVAILABLE if isinstance(error, OperationalError | InterfaceError) else Stale.FAILED


def _answered(asked: Asked, compute: Compute, freshness: Freshness | None) -> tuple[Answer, Outcome]:
    until = time.monotonic() + WAIT_AT_MOST.total_seconds()
    while True:
        found = _kept(asked, freshness or read_freshness(asked.organization.pk))
        if found is not None:
            return found, Outcome.HIT
        alone = _alone(asked, compute)
        if alone is not None:
            return alone
        last = _last_good(asked, at_most=STALE_FOR)
        if last is not None:
            return replace(last, source=From.LAST_GOOD, reason=Stale.RECOMPUTING), Outcome.HIT
        _wait(asked, seconds=until - time.monotonic())
        freshness = None


def _alone(asked: Asked, compute: Compute) -> tuple[Answer, Outcome] | None:
    """Compute and keep the answer as of one moment, unless somebody else does; None while they do.

    The lock is held until the answer is stored. It is the first statement, and the moment is that of its beginning:
    without Redis, an answer that somebody stores in the microseconds until it has the lock is computed twice.
    """
    with in_snapshot(read_only=False) as cursor:
        if not try_lock_named(cursor, Lock.ANSWER, asked.question):
            return None
        scope = scope_of(asked.organization, shows_contact_details=asked.shows_contact_details, as_of=asked.as_of)
        key = _key(asked, scope.freshness)  # of the day that the scope is of, however long computing takes
        # Whoever held the lock has kept its answer by now.
        found = _kept(asked, scope.freshness)
        if found is not None:
            return found, Outcome.HIT
        with reading_only():
            body = to_json(compute(scope))
        answer = Answer(
            body=body,
            computed_at=timezone.now(),
            as_of=scope.freshness.as_of,
            version=scope.freshness.data_version,
            source=From.LIVE,
        ).beside(scope.freshness)
        _keep(asked, answer, key=key)
    return answer, Outcome.MISS


def _wait(asked: Asked, *, seconds: float) -> None:
    """Wait until whoever computes has ended, in a transaction that sees nothing.

    Raises:
        django.db.OperationalError: they computed all the time.

    """
    at_most = datetime.timedelta(seconds=max(0.001, seconds))  # zero would be without end
    with in_transaction(), tenant_cursor() as cursor:
        take_lock_named(cursor, Lock.ANSWER, asked.question, at_most=at_most)


# Keeping


def _key(asked: Asked, freshness: Freshness) -> str:
    today = asked.organization.calendar.business_date(timezone.now())
    return f"{asked.question}:{freshness.data_version}:{today:%Y%m%d}"


def _kept(asked: Asked, freshness: Freshness) -> Answer | None:
    """Return the answer under the key of the present data version, as fresh as the rollups are."""
    key = _key(asked, freshness)
    packed = front.read(key)
    if packed is not None:
        return _unpacked(packed).beside(freshness)
    row = _rows(asked).filter(key=key, expires_at__gt=timezone.now()).first()
    if row is None:
        return None
    answer = Answer(
        body=row["body"].encode(),
        computed_at=row["computed_at"],
        as_of=freshness.as_of,
        version=row["version"],
        source=From.CACHE,
    ).beside(freshness)
    left = row["expires_at"] - timezone.now()
    front.write(key, _packed(answer), seconds=left.total_seconds())
    return answer


def _keep(asked: Asked, answer: Answer, *, key: str) -> None:
    """Keep an answer; that it cannot be kept is no reason not to give it."""
    packed = _packed(answer)
    front.write(key, packed, seconds=60 * TTL_MINUTES[asked.type])
    front.write(asked.question, packed, seconds=KEPT_FOR.total_seconds())
    try:
        _store(asked, answer, key=key)
    except DatabaseError:
        logger.exception("An answer of organization %s could not be kept", asked.organization.pk)


def _store(asked: Asked, answer: Answer, *, key: str) -> None:
    with organization_context(asked.organization.pk):
        AnalyticsCache.set_cached(
            key,
            # As text, or amounts would become floats on their way.
            Cast(Value(answer.body.decode(), output_field=models.TextField()), models.JSONField()),
            asked.type,
            organization_id=asked.organization.pk,
            version=answer.version,
            question=asked.question,
            kept_for=KEPT_FOR,
            computed_at=answer.computed_at,
        )


def _last_good(asked: Asked, *, at_most: datetime.timedelta) -> Answer | None:
    """Return the last answer to a question, from in front or from the table, unless it is too old."""
    since = timezone.now() - at_most
    packed = front.read(asked.question)
    if packed is not None:
        answer = _unpacked(packed)
        return answer if answer.computed_at >= since else None
    try:
        row = _rows(asked).filter(question=asked.question, computed_at__gte=since).first()
    except (DatabaseError, InterfaceError):
        return None
    if row is None:
        return None
    return Answer(
        body=row["body"].encode(),
        computed_at=row["computed_at"],
        as_of=row["computed_at"],
        version=row["version"],
        source=From.LAST_GOOD,
    )


def _rows(asked: Asked) -> Any:
    with organization_context(asked.organization.pk):
        return AnalyticsCache.objects.annotate(body=Cast("data", models.TextField())).values(
            "body", "computed_at", "expires_at", "version"
        )


def _packed(answer: Answer) -> bytes:
    as_of = answer.as_of.isoformat() if answer.as_of else ""
    head = [answer.computed_at.isoformat(), as_of, str(answer.version)]
    return b"\n".join([*(line.encode() for line in head), answer.body])


def _unpacked(packed: bytes) -> Answer:
    computed_at, as_of, version, body = packed.split(b"\n", 3)
    return Answer(
        body=body,
        computed_at=datetime.datetime.fromisoformat(computed_at.decode()),
        as_of=datetime.datetime.fromisoformat(as_of.decode()) if as_of else None,
        version=int(version),
        source=From.CACHE,
    )


def forget_answers(organization_id: uuid.UUID) -> int:
    """Delete every answer of an organization, the last good ones too; return how many there were."""
    with tenant_cursor() as cursor:
        cursor.execute(read_statement("answers/forget"), {"organization": organization_id})
        rows = cursor.fetchall()
    for key, question in rows:
        front.forget(key)
        front.forget(question)
    return len(rows)
