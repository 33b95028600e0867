"""Workbooks: native numbers and dates, texts that are never formulas."""

import datetime
import re
import zoneinfo
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from apps.accounts.currencies import minor_digits
from apps.documents.headings import heading
from apps.documents.tables import Column, Kind, Table

MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
_FORMATS = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.INSTANT: "yyyy-mm-dd hh:mm",
    Kind.COUNT: "#,##0",
    Kind.QUANTITY: "#,##0.###",
    Kind.PERCENT: "#,##0.00",
    Kind.MINUTES: "#,##0.00",
    Kind.DAYS: "#,##0.0",
    Kind.RATING: "0.00",
    Kind.NUMBER: "#,##0.00",
}
_HEAD_FILL = PatternFill("solid", fgColor="E6F2F4")
_TOTAL_LINE = Border(top=Side(style="thin", color="5B7A80"))
_WIDTHS = {Kind.TEXT: 28, Kind.DATE: 12, Kind.INSTANT: 18}


def write_workbook(table: Table) -> IO[bytes]:
    """Return an open file with a workbook of one sheet: head, rows, and the total where there is one.

    Raises:
        ValueError: there are more rows than a sheet can have.

    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_sheet_name(table.title))
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(column.kind, 16)
    sheet.append([_head(sheet, column, table.currency) for column in table.columns])
    zone = zoneinfo.ZoneInfo(table.timezone)
    written = 1
    for row in table.rows:
        written += 1
        if written > MOST_ROWS:
            raise ValueError(f"A sheet has at most {MOST_ROWS:,} rows.")
        sheet.append(
            [_cell(sheet, value, column, table, zone) for value, column in zip(row, table.columns, strict=True)]
        )
    if table.total is not None:
        sheet.append(_total(sheet, table, zone))
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{written}"
    file = BytesIO()
    workbook.save(file)
    file.seek(0)
    return file


def _head(sheet: Any, column: Column, currency: str) -> Any:
    cell = _text(sheet, heading(column, currency))
    cell.font, cell.fill = Font(bold=True), _HEAD_FILL
    cell.alignment = Alignment(horizontal="right" if column.kind.is_number else "left", vertical="top", wrap_text=True)
    return cell


def _total(sheet: Any, table: Table, zone: datetime.tzinfo) -> list[Any]:
    cells = []
    for value, column in zip(table.total or (), table.columns, strict=True):
        cell = _cell(sheet, value, column, table, zone)
        cell.font, cell.border = Font(bold=True), _TOTAL_LINE
        cells.append(cell)
    return cells


def _cell(sheet: Any, value: Any, column: Column, table: Table, zone: datetime.tzinfo) -> Any:
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, datetime.datetime):
        value = value.astimezone(zone).replace(tzinfo=None)
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, int | float | Decimal | datetime.date):
        cell.number_format = _money_format(table.currency) if column.kind == Kind.MONEY else _FORMATS[column.kind]
    return cell


def _text(sheet: Any, value: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST_TEXT])
    cell.data_type = "s"  # also what begins like a formula
    return cell


def _money_format(currency: str) -> str:
    digits = minor_digits(currency)
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:31] or "Sheet"
