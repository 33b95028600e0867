"""Files that were made for somebody: whole or not at all, per organization, under names that cannot be guessed."""

import hashlib
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

_UNFINISHED = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that was written whole and flushed to disk: what it is stored as, its bytes, and their SHA-256."""

    stored_name: str
    size: int
    sha256: str


class NewFile:
    """A file that is being written. `stored` is set once it is whole."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target
        self.stored: StoredFile | None = None

    def finished(self) -> StoredFile:
        """Return what was stored.

        Raises:
            RuntimeError: the block that writes it has not ended.

        """
        if self.stored is None:
            raise RuntimeError("The file is not finished yet.")
        return self.stored


def new_name(suffix: str) -> str:
    """Return a name to store a file under that nobody can guess; `suffix` is like `pdf`."""
    return f"{secrets.token_urlsafe(24)}.{suffix}"


@contextmanager
def new_file(organization_id: uuid.UUID, suffix: str, *, stored_name: str | None = None) -> Iterator[NewFile]:
    """Give an open file; when the block ends it is flushed, measured and named, and when it fails nothing is left.

    `suffix` is like `pdf`. What is written to `target` may also be sought and read. `stored_name` is one of `new_name`
    that was written down before, so that what a killed process leaves can be found and removed.

    Raises:
        OSError: the disk refuses.

    """
    folder = _folder_of(organization_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored_name = stored_name or new_name(suffix)
    path, unfinished = folder / stored_name, folder / f"{stored_name}{_UNFINISHED}"
    try:
        with unfinished.open("x+b") as target:
            new = NewFile(target)
            yield new
            target.flush()
            os.fsync(target.fileno())
            size = target.seek(0, os.SEEK_END)
            target.seek(0)
            digest = hashlib.file_digest(target, "sha256").hexdigest()
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    new.stored = StoredFile(stored_name=stored_name, size=size, sha256=digest)


def open_stored(organization_id: uuid.UUID, stored_name: str) -> IO[bytes]:
    """Return a stored file, open for reading.

    Raises:
        FileNotFoundError: it is gone.

    """
    return _path_of(organization_id, stored_name).open("rb")


def remove_stored(organization_id: uuid.UUID, stored_name: str) -> None:
    """Remove a stored file, if it is still there, and what was written of one that nobody finished."""
    if stored_name:
        path = _path_of(organization_id, stored_name)
        path.unlink(missing_ok=True)
        path.with_name(f"{stored_name}{_UNFINISHED}").unlink(missing_ok=True)


def stored_names(organization_id: uuid.UUID) -> dict[str, float]:
    """Return every file of an organization, unfinished ones too, with the time of its last change in Unix seconds."""
    folder = _folder_of(organization_id)
    if not folder.is_dir():
        return {}
    return {entry.name: entry.stat().st_mtime for entry in os.scandir(folder) if entry.is_file()}


def _folder_of(organization_id: uuid.UUID) -> Path:
    return Path(settings.FILES_DIR) / organization_id.hex


def _path_of(organization_id: uuid.UUID, stored_name: str) -> Path:
    """Return where a stored file lies; the name is one of ours, never one that came from outside."""
    if Path(stored_name).name != stored_name or stored_name.startswith("."):
        raise FileNotFoundError(stored_name)
    return _folder_of(organization_id) / stored_name
