"""CSV as of RFC 4180, for spreadsheets and programs alike."""

import csv
import datetime
import zoneinfo
from collections.abc import Iterator
from typing import Any

from apps.core.spreadsheets import guarded
from apps.documents.headings import heading
from apps.documents.tables import Table

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_lines(table: Table) -> Iterator[str]:
    """Yield a table line by line, its columns' names first: numbers as they are, texts that are no formulas.

    Instants carry the offset of the table's time zone, days are ISO 8601. The total is no row.
    """
    writer = csv.writer(_Line())
    zone = zoneinfo.ZoneInfo(table.timezone)
    yield writer.writerow([guarded(heading(column, table.currency)) for column in table.columns])
    for row in table.rows:
        yield writer.writerow([_written(value, zone) for value in row])


def _written(value: Any, zone: datetime.tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.astimezone(zone).isoformat()
    return guarded(value) if isinstance(value, str) else str(value)
