"""Advisory locks: one number for each kind of work, all of them here, all of them held until the transaction ends."""

import enum
import uuid
from typing import Any


class Lock(enum.IntEnum):
    """What is locked, per organization."""

    IMPORT = 1
    REFRESH = 2  # one refresher at a time; others leave
    ROLLUPS = 3  # who writes all rollups holds it alone, who writes the days of one month shares it


def take_lock(cursor: Any, lock: Lock, organization_id: uuid.UUID) -> None:
    """Wait until no other transaction holds this lock for the organization; commit or rollback gives it back."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [int(lock), str(organization_id)])


def try_lock(cursor: Any, lock: Lock, organization_id: uuid.UUID) -> bool:
    """Take the lock unless another transaction holds it; say whether it was taken."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [int(lock), str(organization_id)])
    return bool(cursor.fetchone()[0])


def share_lock(cursor: Any, lock: Lock, organization_id: uuid.UUID) -> None:
    """Wait until no other transaction holds this lock alone, and hold it together with others that share it."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", [int(lock), str(organization_id)])
