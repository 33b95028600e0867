"""Keys of rows."""

import uuid

from uuid_utils import compat


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: unique on every machine, and ordered by time so that indexes grow at their end."""
    return compat.uuid7()
