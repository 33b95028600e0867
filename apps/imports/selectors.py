"""What pages, API and command read about imports."""

import csv
import re
import uuid
from collections.abc import Iterator
from itertools import groupby

from apps.imports.models import ImportRun, RejectedRow

PLACE_COLUMNS = ("rejected_file", "rejected_line", "rejected_column", "rejected_value", "rejected_reason")


_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


class _Echo:
    def write(self, value: str) -> str:
        return value


def rejected_csv(run_id: uuid.UUID) -> Iterator[str]:
    """Yield a CSV of the refused source rows: why, then the row as it came. Corrected, it can be imported again.

    One record for each source row; several reasons of one row are joined. Memory does not grow with the rows.
    """
    writer = csv.writer(_Echo())
    rows = RejectedRow.objects.filter(run_id=run_id).order_by("file", "line", "id")
    columns = _source_columns(run_id)
    yield writer.writerow([*PLACE_COLUMNS, *columns])
    for (file, line), group in groupby(rows.iterator(chunk_size=2000), key=lambda row: (row.file, row.line)):
        problems = list(group)
        cells = dict(problems[0].record)
        yield writer.writerow(
            [
                file,
                line,
                "; ".join(problem.column for problem in problems if problem.column),
                _harmless("; ".join(problem.value for problem in problems if problem.value)),
                "; ".join(problem.reason for problem in problems),
                *(_harmless(cells.get(column) or "") for column in columns),
            ]
        )


def _harmless(value: str) -> str:
    """Keep a spreadsheet from running a cell as a formula; numbers with a sign stay numbers."""
    dangerous = value.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(value)
    return f"'{value}" if dangerous else value


def run_of(run_id: uuid.UUID) -> ImportRun | None:
    """Return a run of the organization of the context."""
    found: ImportRun | None = ImportRun.objects.filter(pk=run_id).first()
    return found


def _source_columns(run_id: uuid.UUID) -> list[str]:
    columns: dict[str, None] = {}
    files = RejectedRow.objects.filter(run_id=run_id).order_by("file").values_list("file", flat=True).distinct()
    for file in files:
        first = RejectedRow.objects.filter(run_id=run_id, file=file).order_by("line", "id").first()
        columns.update(dict.fromkeys(column for column, _ in first.record) if first else {})
    return list(columns)
