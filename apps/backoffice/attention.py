"""What somebody should look at, across the apps: the sidebar counts it on every page, in one statement."""

import datetime
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from apps.analytics.upkeep import LATE_AFTER, LATELY
from apps.core.database import tenant_cursor
from apps.notifications.models import UNDELIVERED_STATES

THIS_WEEK = datetime.timedelta(days=7)
_MOST_COUNTED = 20_000
_STATEMENT = (Path(__file__).parent / "sql" / "attention.sql").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What somebody should look at.

    `failing_days` cannot be computed, and what the last verification found `differs` from the facts. `days` have waited
    for `LATE_AFTER`, or `everything` has; `failed` jobs of the last day have not succeeded since; `undelivered` mails
    of the last seven days did not arrive, or may not have; `failing_schedules` failed last time.
    """

    days: int = 0
    everything: bool = False
    failed: int = 0
    undelivered: int = 0
    failing_schedules: int = 0
    failing_days: int = 0
    differs: bool = False


def read_attention(organization_id: uuid.UUID) -> Attention:
    """Return what somebody of an organization should look at."""
    now = timezone.now()
    with tenant_cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "organization": organization_id,
                "late": now - LATE_AFTER,
                "lately": now - LATELY,
                "this_week": now - THIS_WEEK,
                "undelivered": list(UNDELIVERED_STATES),
                "most": _MOST_COUNTED,
            },
        )
        days, everything, failed, undelivered, failing_schedules, failing_days, differs = cursor.fetchone()
    return Attention(
        days=days,
        everything=everything,
        failed=failed,
        undelivered=undelivered,
        failing_schedules=failing_schedules,
        failing_days=failing_days,
        differs=differs,
    )
