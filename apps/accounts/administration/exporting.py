"""Rows of a list as a file: a few thousand at most, and no cell that a spreadsheet would run."""

import datetime
import json
import uuid
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

from django.db import models

from apps.core.context import organization_context
from apps.core.spreadsheets import csv_line, quoted

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it, Excel takes UTF-8 for something else
_CHUNK = 500
_DIGITS = 6  # of a ratio, which has no end
_NAMES = ("name", "number")
Mask = Callable[[str], str]


def default_columns(model: type[models.Model]) -> list[str]:
    """Return the columns of a model: every field, and beside a reference the name of what it refers to.

    Users of the platform are left out, whoever they are.
    """
    columns: list[str] = []
    for field in model._meta.concrete_fields:
        if field.name == "organization" or (field.related_model and not _name_of(field.related_model)):
            continue
        if field.related_model:
            columns.append(f"{field.name}__{_name_of(field.related_model)}")
        columns.append(field.attname)
    return columns


def csv_lines(
    rows: "models.QuerySet[Any]",
    columns: Sequence[str],
    *,
    organization_id: uuid.UUID,
    timezone: str,
    masks: Mapping[str, Mask],
) -> Iterator[str]:
    """Yield a CSV of rows, line by line; instants are in the time zone, with their offset.

    A column is a field, a property, or either of a related row by `__`. `masks` hide parts of columns.
    """
    references = sorted({column.rpartition("__")[0] for column in columns if "__" in column})
    found = rows.select_related(*references) if references else rows
    return _within(organization_id, _lines(found, columns, zoneinfo.ZoneInfo(timezone), masks))


def _lines(
    rows: "models.QuerySet[Any]", columns: Sequence[str], zone: datetime.tzinfo, masks: Mapping[str, Mask]
) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_line(quoted(column.replace("__", "_")) for column in columns)
    for row in rows.iterator(chunk_size=_CHUNK):
        yield csv_line(_cell(_value(row, column, masks.get(column)), zone) for column in columns)


def _value(row: Any, column: str, mask: Mask | None) -> Any:
    value = reduce(lambda value, name: None if value is None else getattr(value, name), column.split("__"), row)
    return mask(value) if mask and value is not None else value


def _cell(value: Any, zone: datetime.tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, (datetime.date, int, uuid.UUID)):
        return str(value)
    if isinstance(value, Decimal):
        short = round(value, _DIGITS)
        return f"{value if short == value else short:f}"
    if isinstance(value, datetime.timedelta):
        return f"{value.total_seconds():g}"
    return quoted(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _within(organization_id: uuid.UUID, lines: Iterator[str]) -> Iterator[str]:
    """Read each line within the organization: they are asked for when the request is already over."""
    while True:
        with organization_context(organization_id):
            line = next(lines, None)
        if line is None:
            return
        yield line


def _name_of(model: Any) -> str:
    names = {field.name for field in model._meta.concrete_fields}
    return next((name for name in _NAMES if name in names), "")
