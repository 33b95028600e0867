"""CSV as of RFC 4180, for spreadsheets and programs alike."""

import datetime
import zoneinfo
from collections.abc import Iterator
from typing import Any

from apps.core.spreadsheets import csv_line, quoted
from apps.documents.headings import heading
from apps.documents.tables import Table

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


def csv_lines(table: Table) -> Iterator[str]:
    """Yield a table line by line, its columns' names first: numbers as they are, texts that are no formulas.

    Instants carry the offset of the table's time zone, days are ISO 8601. The total is no row.
    """
    zone = zoneinfo.ZoneInfo(table.timezone)
    yield csv_line(quoted(heading(column, table.currency)) for column in table.columns)
    for row in table.rows:
        yield csv_line(_written(value, zone) for value in row)


def _written(value: Any, zone: datetime.tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.astimezone(zone).isoformat()
    return quoted(value) if isinstance(value, str) else str(value)
