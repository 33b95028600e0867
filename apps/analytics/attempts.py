"""Attempts to refresh, counted before the work: a crash of the worker counts as well as an error.

One that goes well to its end sets the count back in its last transaction. After each failure the pause doubles, up to
an hour.
"""

import datetime
import uuid
from dataclasses import dataclass

from apps.analytics.failing import one_more, pause_after
from apps.analytics.models import AnalyticsState
from apps.analytics.step import state_for_update
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.locks import Lock, try_lock

_DEATHS_BEFORE_CARE = 2
_WITHOUT_A_WORD = ("", "SoftTimeLimitExceeded")  # its process died, or its time was over


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of an organization's attempts before one begins; `is_deadly` calls for care.

    It is deadly where refreshing failed more than once, and last took its process along or all of its time.
    """

    is_deadly: bool = False
    retry_at: datetime.datetime | None = None
    attempted_at: datetime.datetime | None = None
    last_error: str = ""


def read_before(organization_id: uuid.UUID) -> Before:
    """Return what the attempts of an organization came to so far."""
    with organization_context(organization_id):
        state = AnalyticsState.objects.first()
    if state is None:
        return Before()
    is_open = state.failures >= _DEATHS_BEFORE_CARE and state.attempted_at is not None
    return Before(
        is_deadly=is_open and state.last_error in _WITHOUT_A_WORD,
        retry_at=state.retry_at,
        attempted_at=state.attempted_at,
        last_error=state.last_error,
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


def withdraw(organization_id: uuid.UUID, failures: int, before: Before = Before()) -> None:
    """Take an attempt back that another refresher made unnecessary: the state is as it was before."""
    with organization_context(organization_id):
        AnalyticsState.objects.filter(failures=one_more(failures)).update(
            failures=failures,
            retry_at=before.retry_at,
            attempted_at=before.attempted_at,
            last_error=before.last_error,
        )
