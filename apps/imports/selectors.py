"""What pages, API and command read about imports."""

import uuid
from collections.abc import Iterator
from itertools import groupby

from apps.core.spreadsheets import csv_line, quoted
from apps.imports.models import ImportRun, RejectedRow
from apps.imports.readers.returned import PLACE_COLUMNS


def rejected_csv(run_id: uuid.UUID) -> Iterator[str]:
    """Yield a CSV of the refused source rows: why, then the row as it came. Corrected, it can be imported again.

    No cell runs as a formula, and an import of the file reads each as it was. One record for each source row; several
    reasons of one row are joined. Memory does not grow with the rows.
    """
    rows = RejectedRow.objects.filter(run_id=run_id).order_by("file", "line", "id")
    columns = _source_columns(run_id)
    yield csv_line(map(quoted, [*PLACE_COLUMNS, *columns]))
    for (file, line), group in groupby(rows.iterator(chunk_size=2000), key=lambda row: (row.file, row.line)):
        problems = list(group)
        cells = dict(problems[0].record)
        yield csv_line(
            [
                quoted(file),
                str(line),
                quoted("; ".join(problem.column for problem in problems if problem.column)),
                quoted("; ".join(problem.value for problem in problems if problem.value)),
                quoted("; ".join(problem.reason for problem in problems)),
                *(quoted(cells.get(column) or "") for column in columns),
            ]
        )


def run_of(run_id: uuid.UUID) -> ImportRun | None:
    """Return a run of the organization of the context."""
    found: ImportRun | None = ImportRun.objects.filter(pk=run_id).first()
    return found


def latest_runs(count: int) -> list[ImportRun]:
    """Return the newest runs of the organization of the context, with their files."""
    runs = ImportRun.objects.defer("mapping_text", "result").prefetch_related("files")
    return list(runs.order_by("-created_at", "-id")[:count])


def _source_columns(run_id: uuid.UUID) -> list[str]:
    columns: dict[str, None] = {}
    files = RejectedRow.objects.filter(run_id=run_id).order_by("file").values_list("file", flat=True).distinct()
    for file in files:
        first = RejectedRow.objects.filter(run_id=run_id, file=file).order_by("line", "id").first()
        columns.update(dict.fromkeys(column for column, _ in first.record) if first else {})
    return list(columns)
