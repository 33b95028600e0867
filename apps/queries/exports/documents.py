"""Rows as documents: one by one from a cursor of the server's, in constant memory."""

import datetime
import json
import uuid
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import IO, Any

from apps.core.rest.rendering import to_json
from apps.documents.tables import Table
from apps.documents.writing import write_table
from apps.queries.exports.copying import Progress
from apps.queries.models import ExportFormat

_MICROSECONDS = datetime.timedelta(microseconds=1)
_REPORTED_EVERY = 1000


def write_document(table: Table, format_: str, file: IO[bytes], progress: Progress) -> int:
    """Write a table and return how many rows it had. JSON is an array of objects by the columns' keys."""
    counted = _Counted(table.rows, progress, plain=format_ != ExportFormat.JSON)
    read = replace(table, rows=counted)
    if format_ == ExportFormat.JSON:
        _write_objects(read, file)
    else:
        # The caller has written a byte order mark, or wants none.
        write_table(read, format_, file, byte_order_mark=False)
    return counted.count


class _Counted:
    """Rows that are counted as they are read, in values that documents know."""

    def __init__(self, rows: Any, progress: Progress, *, plain: bool) -> None:
        self._rows = rows
        self._progress = progress
        self._value = _plain if plain else _kept
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.count += 1
            if self.count % _REPORTED_EVERY == 0:
                self._progress(self.count)
            yield [self._value(value) for value in row]


def _kept(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return Decimal(value // _MICROSECONDS).scaleb(-6).normalize()
    return str(value) if isinstance(value, uuid.UUID) else value


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _kept(value)


def _write_objects(table: Table, file: IO[bytes]) -> None:
    keys = [column.key for column in table.columns]
    zone = zoneinfo.ZoneInfo(table.timezone)
    separator = b"[\n"
    for row in table.rows:
        cells = [value.astimezone(zone) if isinstance(value, datetime.datetime) else value for value in row]
        file.write(separator + to_json(dict(zip(keys, cells, strict=True))))
        separator = b",\n"
    file.write(b"[]\n" if separator == b"[\n" else b"\n]\n")
