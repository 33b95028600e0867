"""Locks on files, which the kernel drops with the process that holds them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class EmbeddedServiceFailed(RuntimeError):
    """An embedded server did not start; the message says why and where its log lies."""


def lock(path: Path, *, shared: bool = False, wait: bool = True) -> int:
    """Return a descriptor that holds the lock on the file of that name. Programs that are started do not inherit it.

    Raises:
        BlockingIOError: another process holds it, and `wait` is not set.
        EmbeddedServiceFailed: the file belongs to another user.

    """
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            raise EmbeddedServiceFailed(
                f"{path} belongs to another user, who has run Bellwether here. "
                "Run it as that user, or set BELLWETHER_VAR to a directory of your own."
            ) from None
        try:
            fcntl.flock(descriptor, kind)
        except BaseException:
            os.close(descriptor)
            raise
        if holds(descriptor, path):
            return descriptor
        os.close(descriptor)  # the directory was removed and made again meanwhile


def lock_or_none(path: Path) -> int | None:
    """Return a descriptor that holds the lock alone, or None where another process holds it."""
    try:
        return lock(path, wait=False)
    except BlockingIOError:
        return None


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock, shared or alone."""
    descriptor = lock_or_none(path)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone for the length of the block."""
    descriptor = lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def holds(descriptor: int, path: Path) -> bool:
    """Whether the descriptor is still of the file that has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
