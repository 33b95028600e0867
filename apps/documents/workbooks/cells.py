"""Cells: native numbers and days, texts that are never formulas."""

import datetime
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.datetime import to_excel

from apps.accounts.currencies import minor_digits
from apps.documents.headings import heading
from apps.documents.tables import Column, Kind, Table

LONGEST_TEXT = 32_767
_SHORT = LONGEST_TEXT // 2  # fits, whatever its letters are
_FORMATS: Mapping[Kind, str] = {
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
_FIRST_YEAR = 1900  # of the calendar that spreadsheets count days in
_ILLEGAL = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|[\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # spreadsheets read _x0041_ as A
_WIDE = 0xFFFF
HEAD_FILL = PatternFill("solid", fgColor="E6F2F4")
TOTAL_LINE = Border(top=Side(style="thin", color="5B7A80"))
FONT = "Calibri"  # that of cells without a style
BOLD = Font(name=FONT, size=11, bold=True)


def number_format(kind: Kind, currency: str) -> str:
    """Return how a spreadsheet shows values of a kind; amounts with their currency's digits."""
    if kind == Kind.MONEY:
        digits = minor_digits(currency)
        return f"#,##0.{'0' * digits}" if digits else "#,##0"
    return _FORMATS.get(kind, "General")


def text_cell(sheet: Any, value: str) -> Any:
    """Return a cell with a text, also where it begins like a formula; what is too long for a cell ends in a mark."""
    cell = WriteOnlyCell(sheet)
    cell.value = _harmless(value)
    cell.data_type = "s"
    return cell


def value_cell(sheet: Any, value: Any, format_: str, zone: datetime.tzinfo = datetime.UTC) -> Any:
    """Return a cell with a value: a number, a day or a local time as what it is, anything else as text."""
    native = _native(value, zone)
    if native is None:
        return None
    if isinstance(native, str):
        return text_cell(sheet, native)
    cell = WriteOnlyCell(sheet, native)
    cell.number_format = format_
    return cell


def style_of(sheet: Any, format_: str) -> int:
    """Return the number of the style of cells in a format."""
    cell = WriteOnlyCell(sheet)
    cell.number_format = format_
    return int(cell.style_id)


def plain_cell(value: Any, style: int, zone: datetime.tzinfo) -> str | None:
    """Return what `value_cell` does as it stands in the file, after the cell's place: a table has millions of them."""
    native = _native(value, zone)
    if native is None:
        return None
    if isinstance(native, str):
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(_harmless(native))}</t></is></c>'
    if isinstance(native, datetime.date):
        native = to_excel(native)
    return f' s="{style}"><v>{native}</v></c>'


def head_text(column: Column, table: Table) -> str:
    """Return what a column is called on a sheet: instants with their zone, as cells have no offset."""
    return heading(column, table.currency, table.timezone)


def head_cell(sheet: Any, column: Column, table: Table) -> Any:
    """Return the head of a column, with its unit."""
    cell = text_cell(sheet, head_text(column, table))
    cell.font, cell.fill = BOLD, HEAD_FILL
    cell.alignment = Alignment(
        horizontal="left" if column.kind == Kind.TEXT else "right", vertical="top", wrap_text=True
    )
    return cell


def _native(value: Any, zone: datetime.tzinfo) -> Any:
    """Return what a spreadsheet has a kind of cell for: a number, a day, a local time; a text for anything else."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime.datetime):
        value = value.astimezone(zone).replace(tzinfo=None)
    if isinstance(value, datetime.date):
        return value if value.year >= _FIRST_YEAR else value.isoformat()
    if isinstance(value, Decimal | float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _harmless(text: str) -> str:
    if len(text) > _SHORT:
        text = _cut(text)
    if "_x" in text:
        text = _ESCAPE.sub("_x005F_", text)
    return text if text.isascii() and text.isprintable() else _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def _cut(text: str) -> str:
    """Return a text of as many UTF-16 units as a cell holds."""
    if len(text) + sum(ord(letter) > _WIDE for letter in text) <= LONGEST_TEXT:
        return text
    mark = " … " + _("(cut here: a cell holds no more)")
    units = text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - len(mark))]
    return units.decode("utf-16-le", errors="ignore") + mark
