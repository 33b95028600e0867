"""A file of rejected rows that comes back, corrected: its cells are told as they were before the file was written."""

from collections.abc import Iterator

from apps.core.spreadsheets import unguarded
from apps.imports.readers.table import Row, Table

PLACE_COLUMNS = ("rejected_file", "rejected_line", "rejected_column", "rejected_value", "rejected_reason")


def as_it_was(table: Table) -> Table:
    """Return the table itself, or where it is a file of rejected rows, one without their guards."""
    return _Returned(table) if tuple(table.header[: len(PLACE_COLUMNS)]) == PLACE_COLUMNS else table


class _Returned:
    def __init__(self, table: Table) -> None:
        self._table = table
        self.header = [unguarded(name) for name in table.header]
        self.size = table.size

    @property
    def read_bytes(self) -> int:
        return self._table.read_bytes

    def rows(self) -> Iterator[Row]:
        for row in self._table.rows():
            yield row._replace(values=[value and unguarded(value) for value in row.values])
