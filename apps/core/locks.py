"""Advisory locks: one number for each kind of work, all of them here, all of them held until the transaction ends."""

import datetime
import enum
import uuid
from typing import Any


class Lock(enum.IntEnum):
    """What is locked, per organization."""

    IMPORT = 1
    REFRESH = 2  # one refresher at a time; others leave
    ROLLUPS = 3  # who writes all rollups holds it alone, who writes the days of one month shares it
    ANSWER = 4  # one computes the answer to a question; others wait, or take an older one
    EXPORT = 8  # who asks for exports of an organization, so that their number is true


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


def try_lock_named(cursor: Any, lock: Lock, name: str) -> bool:
    """Take a lock of something other than an organization unless another transaction holds it."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [int(lock), name])
    return bool(cursor.fetchone()[0])


def take_lock_named(cursor: Any, lock: Lock, name: str, *, at_most: datetime.timedelta) -> None:
    """Wait so long at most until no other transaction holds this lock.

    Raises:
        django.db.OperationalError: another held it all the time.

    """
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(at_most.total_seconds() * 1000)}ms"])
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [int(lock), name])
    cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
