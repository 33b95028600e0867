"""A table on a sheet, or on as many as its rows need."""

import datetime
import unicodedata
import zoneinfo
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from apps.documents.tables import Column, Kind, Table
from apps.documents.workbooks.cells import (
    BOLD,
    TOTAL_LINE,
    head_cell,
    head_text,
    number_format,
    plain_cell,
    style_of,
    value_cell,
)
from apps.documents.workbooks.sheets import MOST_ROWS, Formula, Sheet, add_sheet, quoted_name

HEIGHT_OF_A_LINE = 15.0
_LOOKED_AT = 200  # rows that columns are made wide enough for
_NARROWEST, _WIDEST = 9, 60
_ROOM_FOR_ARROW = 3  # of the filter in a head
_LONGEST_NUMBER = {Kind.DATE: 12, Kind.INSTANT: 18}


def add_table(workbook: Workbook, table: Table, title: str, beside: Sequence[Sequence[Any]] = ()) -> list[Sheet]:
    """Write a table on new sheets and return them: heads that stay and filter, the rows, and the total at the end.

    `beside` are cells to write beside the first rows of the first sheet, the heads among them, after a gap.
    """
    zone = zoneinfo.ZoneInfo(table.timezone)
    formats = [number_format(column.kind, table.currency) for column in table.columns]
    rows = iter(table.rows)
    sample = list(islice(rows, _LOOKED_AT))
    rows = chain(sample, rows)
    widths = [_width(column, position, table, sample) for position, column in enumerate(table.columns)]
    sheets: list[Sheet] = []
    ranges: list[tuple[Sheet, int]] = []
    following = next(rows, None)
    while following is not None or not sheets:
        sheet = _begin(workbook, table, title, widths)
        sheets.append(sheet)
        styles = [style_of(sheet, format_) for format_ in formats]
        aside = iter(beside if len(sheets) == 1 else ())
        sheet.append(_with([head_cell(sheet, column, table) for column in table.columns], aside))
        while following is not None and sheet.height < MOST_ROWS - 1:  # the last row is for the total
            cells = [plain_cell(value, style, zone) for value, style in zip(following, styles, strict=True)]
            sheet.append(_with(cells, aside))
            following = next(rows, None)
        ranges.append((sheet, sheet.height))
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{sheet.height}"
        if following is None and table.total is not None:
            sheet.append(_with(_total(sheet, table, formats, ranges, zone), aside))
        for more in aside:
            sheet.append([*[None] * (len(table.columns) + 1), *more])
    return sheets


def _begin(workbook: Workbook, table: Table, title: str, widths: Sequence[float]) -> Sheet:
    sheet = add_sheet(workbook, title)
    sheet.freeze_panes = "B2" if len(table.columns) > 1 else "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.row_dimensions[1].height = HEIGHT_OF_A_LINE * max(
        _lines(head_text(column, table), width - _ROOM_FOR_ARROW)
        for column, width in zip(table.columns, widths, strict=True)
    )
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    return sheet


def _with(cells: list[Any], aside: Iterator[Sequence[Any]]) -> list[Any]:
    beside = next(aside, None)
    return cells if beside is None else [*cells, None, *beside]


def _total(
    sheet: Sheet, table: Table, formats: Sequence[str], ranges: list[tuple[Sheet, int]], zone: datetime.tzinfo
) -> list[Any]:
    cells = []
    for position, (value, column, format_) in enumerate(zip(table.total or (), table.columns, formats, strict=True)):
        if column.adds_up and isinstance(value, Decimal | int) and ranges[0][1] > 1:
            cell = WriteOnlyCell(sheet)
            cell.number_format = format_
            total: Any = Formula(_sum(position, ranges), value, cell)
        else:
            total = cell = value_cell(sheet, value, format_, zone) or WriteOnlyCell(sheet)
        cell.font, cell.border = BOLD, TOTAL_LINE
        cells.append(total)
    return cells


def _sum(position: int, ranges: list[tuple[Sheet, int]]) -> str:
    """Return the formula over a column of all sheets; of the rows that a filter leaves, as the reader expects."""
    letter = get_column_letter(position + 1)
    last = ranges[-1][0]
    return "+".join(
        f"SUBTOTAL(109,{'' if sheet is last else quoted_name(sheet) + '!'}{letter}2:{letter}{height})"
        for sheet, height in ranges
    )


def _width(column: Column, position: int, table: Table, sample: Sequence[Sequence[Any]]) -> float:
    head = max(columns_of(word) for word in head_text(column, table).split() or [""]) + _ROOM_FOR_ARROW
    values = (row[position] for row in ([*sample, table.total] if table.total is not None else sample))
    widest = max((_width_of(value, column.kind) for value in values if value is not None), default=0)
    return min(max(head, widest + 2, _NARROWEST), _WIDEST)


def _lines(text: str, width: float) -> int:
    """Return over how many lines a text goes that is broken between words only."""
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + columns_of(word) > width:
            lines, used = lines + 1, 0
        used += columns_of(word) + bool(used)
    return lines


def _width_of(value: Any, kind: Kind) -> int:
    if isinstance(value, str):
        return max((columns_of(line) for line in value.splitlines()), default=0)
    if kind in _LONGEST_NUMBER:
        return _LONGEST_NUMBER[kind]
    return len(f"{value:,}") + 1 if isinstance(value, Decimal | int | float) else len(str(value))


def columns_of(text: str) -> int:
    """Return how many digits wide a text is: Chinese, Japanese and Korean letters are as wide as two."""
    return len(text) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text[:_WIDEST])
