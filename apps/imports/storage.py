"""Where uploaded files wait: per organization, under names that cannot be guessed, until their run has ended."""

import hashlib
import os
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.imports.errors import FileError


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was written whole and flushed to disk."""

    stored_name: str
    size: int
    sha256: str


def directory_of(organization_id: uuid.UUID) -> Path:
    """Return the folder of one organization."""
    return Path(settings.IMPORTS_DIR) / organization_id.hex


def stored_path(organization_id: uuid.UUID, stored_name: str) -> Path:
    """Return where a stored file lies; the name is one of ours, never one that came from outside."""
    return directory_of(organization_id) / stored_name


def store_file(*, organization_id: uuid.UUID, name: str, chunks: Iterable[bytes], limit: int) -> StoredFile:
    """Write a file and return its size and checksum.

    Raises:
        FileError: it is larger than `limit`, or the disk refuses; nothing is left behind.

    """
    folder = directory_of(organization_id)
    suffix = "".join(Path(name).suffixes[-2:]).lower()
    stored_name = secrets.token_urlsafe(24) + (suffix if suffix in KNOWN_SUFFIXES else "")
    path = folder / stored_name
    digest = hashlib.sha256()
    size = 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as target:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise FileError(f"{name} is larger than {limit:,} bytes, the limit for one file.")
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileError(f"{name} could not be stored: {error.strerror or error}.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return StoredFile(stored_name, size, digest.hexdigest())


KNOWN_SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".txt", ".tsv")


def remove_file(organization_id: uuid.UUID, stored_name: str) -> None:
    """Remove a stored file, if it is still there."""
    if stored_name:
        stored_path(organization_id, stored_name).unlink(missing_ok=True)
