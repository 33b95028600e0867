"""How answers came about, counted in memory and written down every few seconds.

A row written for each answer would cost more than the answer. A process that is killed forgets what it counted since.
"""

import atexit
import datetime
import logging
import threading
import time
import uuid
from collections import Counter
from enum import StrEnum

from django.db import Error
from django.utils import timezone

from apps.analytics.rollups import read_statement
from apps.core.context import organization_context
from apps.core.database import close_connections, in_transaction, tenant_cursor

logger = logging.getLogger("bellwether.analytics")

WRITTEN_EVERY = 10.0  # seconds


class Outcome(StrEnum):
    """Where an answer came from."""

    HIT = "hits"
    MISS = "misses"
    FALLBACK = "fallbacks"


_Key = tuple[uuid.UUID, datetime.date, str, Outcome]
_counted: Counter[_Key] = Counter()
_lock = threading.Lock()
_written_at = time.monotonic()


def count(organization_id: uuid.UUID, endpoint: str, outcome: Outcome) -> None:
    """Count an answer."""
    global _written_at
    now = time.monotonic()
    with _lock:
        _counted[organization_id, timezone.now().date(), endpoint, outcome] += 1
        is_due = now - _written_at >= WRITTEN_EVERY
        if is_due:
            _written_at = now
    if is_due:
        # Beside the request: there may be a row for each organization and endpoint.
        threading.Thread(target=_write_aside, daemon=True).start()


def write_counts() -> None:
    """Write down what was counted; what cannot be written is counted again."""
    with _lock:
        taken = dict(_counted)
        _counted.clear()
    by_row: dict[tuple[uuid.UUID, datetime.date, str], dict[str, int]] = {}
    for (organization_id, date, endpoint, outcome), number in taken.items():
        by_row.setdefault((organization_id, date, endpoint), dict.fromkeys(Outcome, 0))[outcome] = number
    try:
        for (organization_id, date, endpoint), numbers in by_row.items():
            _write(organization_id, date, endpoint, numbers)
            for written in Outcome:
                taken.pop((organization_id, date, endpoint, written), None)
    except Error:
        logger.warning("Answers could not be counted: the database does not answer")
        with _lock:
            _counted.update(taken)


def _write_aside() -> None:
    try:
        write_counts()
    finally:
        close_connections()


def forget_counts() -> None:
    """Forget what was counted since it was last written down."""
    with _lock:
        _counted.clear()


def _write(organization_id: uuid.UUID, date: datetime.date, endpoint: str, numbers: dict[str, int]) -> None:
    with in_transaction(), organization_context(organization_id), tenant_cursor() as cursor:
        cursor.execute(
            read_statement("answers/count"),
            {"organization": organization_id, "date": date, "endpoint": endpoint, **numbers},
        )


atexit.register(write_counts)
