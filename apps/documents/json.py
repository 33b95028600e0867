"""Documents as JSON: numbers are JSON numbers to the last digit, days and instants are ISO 8601, rows are streamed."""

import datetime
import zoneinfo
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from apps.core.rest.rendering import to_json
from apps.documents.document import Chart, Document, Figure, Section
from apps.documents.tables import Table

_ROWS_AT_ONCE = 500


def document_parts(document: Document) -> Iterator[bytes]:
    """Yield a document as one JSON object, its tables row by row."""
    zone = zoneinfo.ZoneInfo(document.notation.timezone)
    head = {
        "key": document.key,
        "title": document.title,
        "organization": document.organization,
        "period": document.period,
        "currency": document.notation.currency,
        "timezone": document.notation.timezone,
        "locale": document.notation.locale_tag,
        "created_at": _value(document.created_at, zone),
        "as_of": _value(document.as_of, zone),
        "notice": document.notice,
        "as_said": document.as_said or None,
        "facts": [{"label": label, "text": text} for label, text in document.facts],
        "figures": [_figure(figure) for figure in document.figures],
        "definitions": [
            {"key": definition.key, "label": definition.label, "text": definition.text}
            for definition in document.definitions
        ],
    }
    yield _opened(head) + b',"sections":['
    for number, section in enumerate(document.sections):
        yield (b"," if number else b"") + _opened(_section(section)) + b',"table":'
        if section.table is None:
            yield b"null"
        else:
            yield from table_parts(section.table)
        yield b"}"
    yield b"]}\n"


def table_parts(table: Table) -> Iterator[bytes]:
    """Yield a table as one JSON object: its columns, its rows as objects by the columns' keys, and its total."""
    zone = zoneinfo.ZoneInfo(table.timezone)
    keys = [column.key for column in table.columns]
    head = {
        "title": table.title,
        "currency": table.currency,
        "timezone": table.timezone,
        "columns": [{"key": column.key, "label": column.label, "kind": column.kind.value} for column in table.columns],
    }
    yield _opened(head) + b',"rows":['
    rows, separator = iter(table.rows), b""
    while batch := [_row(keys, row, zone) for row in islice(rows, _ROWS_AT_ONCE)]:
        yield separator + to_json(batch)[1:-1]
        separator = b","
    total = None if table.total is None else _row(keys, table.total, zone)
    yield b'],"total":' + to_json(total) + b"}"


def _opened(value: Mapping[str, Any]) -> bytes:
    return to_json(value)[:-1]


def _section(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "about": section.about,
        "note": section.note,
        "figures": [_figure(figure) for figure in section.figures],
        "charts": [_chart(chart) for chart in section.charts],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "key": figure.key,
        "label": figure.label,
        "kind": figure.kind.value,
        "value": _value(figure.value),
        "earlier": _value(figure.earlier),
        "change": figure.change and {"text": figure.change.text, "title": figure.change.title},
        "reason": figure.reason,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "form": chart.form.value,
        "kind": chart.kind.value,
        "finding": chart.finding,
        "goes_on": chart.goes_on,
        "labels": list(chart.labels),
        "series": [
            {"label": one.label, "is_earlier": one.is_earlier, "values": [_value(value) for value in one.values]}
            for one in chart.series
        ],
    }


def _row(keys: list[str], row: Any, zone: datetime.tzinfo) -> dict[str, Any]:
    return {key: _value(value, zone) for key, value in zip(keys, row, strict=True)}


def _value(value: Any, zone: datetime.tzinfo = datetime.UTC) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if value is None or isinstance(value, bool | int | float | datetime.date):
        return value
    return str(value).encode(errors="replace").decode()
