"""Attempts to refresh, counted before the work: a crash of the worker counts as well as an error.

One that goes well to its end sets the count back in its last transaction. After each failure the pause doubles, up to
an hour.
"""

import datetime
import uuid

from apps.analytics.models import AnalyticsState
from apps.analytics.refresh import state_for_update
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.locks import Lock, try_lock

_LONGEST = datetime.timedelta(hours=1)
_FIRST = datetime.timedelta(minutes=1)


def begin(organization_id: uuid.UUID, *, now: datetime.datetime) -> int | None:
    """Count an attempt and return how many failed before it; the next is due when the pause is over.

    Returns None at once when another refresher is at work: it holds the state until its step is over.
    """
    with in_transaction(), organization_context(organization_id), tenant_cursor() as cursor:
        if not try_lock(cursor, Lock.REFRESH, organization_id):
            return None
        state = state_for_update(organization_id)
        before = state.failures
        state.failures = before + 1
        state.retry_at = now + min(_LONGEST, _FIRST * 2**before if before < 10 else _LONGEST)
        state.save(update_fields=["failures", "retry_at"])
    return before


def fail(organization_id: uuid.UUID, error: Exception) -> None:
    """Say what went wrong; the text is for operators and holds no row."""
    with organization_context(organization_id):
        AnalyticsState.objects.update(last_error=f"{type(error).__name__}"[:300])


def withdraw(organization_id: uuid.UUID, before: int) -> None:
    """Take an attempt back that another refresher made unnecessary."""
    with organization_context(organization_id):
        AnalyticsState.objects.filter(failures=before + 1).update(failures=before, retry_at=None)
