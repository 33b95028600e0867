"""From files to facts, in one transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.core.jobs import JobProgress
from apps.imports.results import ImportResult


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import: where it lies and what it is called."""

    path: Path
    name: str


def run_import(
    *,
    run_id: uuid.UUID,
    organization_id: uuid.UUID,
    mapping_text: str,
    mapping_name: str,
    files: Sequence[SourceFile],
    valid_rows: bool,
    commit: bool,
    progress: JobProgress,
) -> ImportResult:
    """Import, or preview, files."""
    raise NotImplementedError
