"""Attempts to refresh, counted before the work: a crash of the worker counts as well as an error.

One that goes well to its end sets the count back in its last transaction. After each failure the pause doubles, up to
an hour.
"""

import datetime
import uuid

from apps.analytics.failing import one_more, pause_after
from apps.analytics.models import AnalyticsState
from apps.analytics.step import state_for_update
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.locks import Lock, try_lock

_DEATHS_BEFORE_CARE = 2


def is_deadly(organization_id: uuid.UUID) -> bool:
    """Whether refreshing failed more than once and last took its process along: it ended without a word."""
    with organization_context(organization_id):
        return bool(
            AnalyticsState.objects.filter(
                failures__gte=_DEATHS_BEFORE_CARE, attempted_at__isnull=False, last_error=""
            ).exists()
        )


def begin(organization_id: uuid.UUID, *, now: datetime.datetime) -> int | None:
    """Count an attempt and return how many failed before it; the next is due when the pause is over.

    Returns None at once when another refresher is at work: it holds the state until its step is over.
    """
    with in_transaction(), organization_context(organization_id), tenant_cursor() as cursor:
        if not try_lock(cursor, Lock.REFRESH, organization_id):
            return None
        state = state_for_update(organization_id)
        before = state.failures
        state.failures = one_more(before)
        state.retry_at = now + pause_after(state.failures)
        state.attempted_at, state.last_error = now, ""
        state.save(update_fields=["failures", "retry_at", "attempted_at", "last_error"])
    return before


def fail(organization_id: uuid.UUID, error: str) -> None:
    """Say what went wrong; the text is for operators and holds no value of a row."""
    with organization_context(organization_id):
        AnalyticsState.objects.update(last_error=error[:300])


def withdraw(organization_id: uuid.UUID, before: int) -> None:
    """Take an attempt back that another refresher made unnecessary."""
    with organization_context(organization_id):
        counted = AnalyticsState.objects.filter(failures=one_more(before))
        counted.update(failures=before, retry_at=None, attempted_at=None)
