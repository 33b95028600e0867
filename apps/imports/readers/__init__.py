"""Read tables from files: a header, then rows with the physical line they begin on, one at a time."""

from apps.imports.readers.table import MAX_COLUMNS, Row, Table, open_table

__all__ = ["MAX_COLUMNS", "Row", "Table", "open_table"]
