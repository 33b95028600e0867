"""Advisory locks: one number for each kind of work, all of them here, all of them held until the transaction ends."""

import enum
import uuid
from typing import Any


class Lock(enum.IntEnum):
    """What is locked, per organization."""

    IMPORT = 1


def take_lock(cursor: Any, lock: Lock, organization_id: uuid.UUID) -> None:
    """Wait until no other transaction holds this lock for the organization; commit or rollback gives it back."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [int(lock), str(organization_id)])
