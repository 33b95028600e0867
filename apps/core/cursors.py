"""Where a page ended, as a text that callers hand back: opaque to them, and refused unless it is one of ours."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

_LONGEST = 2000


def write_cursor(parts: Sequence[str | None]) -> str:
    """Return the parts as one text for an address."""
    text = json.dumps(list(parts), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Any:
    """Return what stands in a cursor, to be checked by whoever wrote it.

    Raises:
        ValueError: it is no cursor at all.

    """
    if len(cursor) > _LONGEST or cursor.endswith("="):
        raise ValueError("No cursor of ours is written like this.")
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except (RecursionError, binascii.Error) as error:
        raise ValueError("This is no cursor.") from error
