"""Keys that follow from a seed: the same run gives the same rows, ids included, without keeping them in memory."""

import datetime
import hashlib
import uuid

import numpy as np
from numpy.typing import NDArray

from apps.demo.clock import Ints

_VERSION_7 = np.uint64(0x7000)
_VARIANT = np.uint64(1 << 63)
_ORGANIZATIONS_MADE_AT = int(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp())


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter numbers over 64 bits, one to one (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = values + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


class Keys:
    """UUIDv7 keys of one organization's rows."""

    def __init__(self, *, seed: int, slug: str) -> None:
        self._prefix = f"{seed}/{slug}"

    def ids(self, kind: str, numbers: Ints, seconds: Ints | int) -> list[str]:
        """Return the id of each numbered row of a kind, as 32 hexadecimal digits.

        `seconds` since 1970 lead the id, as UUIDv7 wants: rows of one time lie together in the index.
        """
        digest = hashlib.blake2b(f"{self._prefix}/{kind}".encode(), digest_size=8).digest()
        salt = np.uint64(int.from_bytes(digest, "big"))
        scattered = _mix(numbers.astype(np.uint64) ^ salt)
        milliseconds = np.broadcast_to(np.asarray(seconds, dtype=np.int64), numbers.shape).astype(np.uint64)
        milliseconds = milliseconds * np.uint64(1000)
        words = np.empty((len(numbers), 2), dtype=">u8")
        words[:, 0] = (milliseconds << np.uint64(16)) | _VERSION_7 | (scattered & np.uint64(0x0FFF))
        words[:, 1] = _VARIANT | (_mix(scattered) >> np.uint64(2))
        digits = words.tobytes().hex()
        return [digits[start : start + 32] for start in range(0, len(digits), 32)]


def demo_organization_id(slug: str) -> uuid.UUID:
    """Return the id that marks an organization as made by this app: nobody else's has it."""
    keys = Keys(seed=0, slug=slug)
    return uuid.UUID(keys.ids("organization", np.zeros(1, dtype=np.int64), _ORGANIZATIONS_MADE_AT)[0])
