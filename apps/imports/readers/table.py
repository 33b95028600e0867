"""Open a file as a table, whatever its format."""

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from apps.imports.errors import FileError

MAX_COLUMNS = 500


class Row(NamedTuple):
    """One row: where it begins, one text or None for each column, and what is wrong with it as a whole, if anything."""

    line: int
    values: list[str | None]
    column: str
    problem: str


class Table(Protocol):
    """An open file. `read_bytes` of `size` have been read so far; rows can be taken once."""

    header: list[str]
    size: int

    @property
    def read_bytes(self) -> int:
        """Return how far into the file the reading is."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows after the header."""


@contextlib.contextmanager
def open_table(
    path: Path, *, name: str, encoding: str, known_columns: Collection[str], decimal: str
) -> Iterator[Table]:
    """Open a CSV, CSV.gz or XLSX file by its name and its first bytes.

    Raises:
        FileError: it is none of these, or empty, or too large when unpacked, or its header is not one.

    """
    from apps.imports.readers.csvfile import CsvTable
    from apps.imports.readers.returned import as_it_was
    from apps.imports.readers.xlsxfile import XlsxTable

    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise FileError(f"{name} cannot be read: {error.strerror}.") from error
    if not start:
        raise FileError(f"{name} is empty.")
    if start.startswith(b"PK\x03\x04"):
        with XlsxTable(path, name=name, decimal=decimal) as workbook:
            yield as_it_was(workbook)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileError(f"{name} is an old or encrypted Excel workbook. Save it as .xlsx or CSV without a password.")
    else:
        with CsvTable(path, name=name, encoding=encoding, known_columns=known_columns) as table:
            yield as_it_was(table)


def checked_header(values: list[str | None], *, name: str) -> list[str]:
    """Return the header with surrounding spaces removed.

    Raises:
        FileError: there is none, a name comes twice, or there are far too many.

    """
    header = [(value or "").strip() for value in values]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FileError(f"{name} has no header line.")
    if len(header) > MAX_COLUMNS:
        raise FileError(f"{name} has {len(header):,} columns; at most {MAX_COLUMNS} are read.")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise FileError(f"{name} has the column “{twice[0]}” twice.")
    return header
