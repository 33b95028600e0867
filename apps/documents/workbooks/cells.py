"""Cells: native numbers and days, texts that are never formulas."""

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from apps.accounts.currencies import minor_digits
from apps.documents.headings import heading
from apps.documents.tables import Column, Kind

LONGEST_TEXT = 32_767
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
BOLD = Font(bold=True)


def number_format(kind: Kind, currency: str) -> str:
    """Return how a spreadsheet shows values of a kind; amounts with their currency's digits."""
    if kind == Kind.MONEY:
        digits = minor_digits(currency)
        return f"#,##0.{'0' * digits}" if digits else "#,##0"
    return _FORMATS.get(kind, "General")


def text_cell(sheet: Any, value: str) -> Any:
    """Return a cell with a text, also where it begins like a formula; what is too long for a cell ends in a mark."""
    cell = WriteOnlyCell(sheet)
    cell.value = _ESCAPE.sub("_x005F_", _cut(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", value)))
    cell.data_type = "s"
    return cell


def value_cell(sheet: Any, value: Any, format_: str, zone: datetime.tzinfo = datetime.UTC) -> Any:
    """Return a cell with a value: a number, a day or a local time as what it is, anything else as text."""
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        value = value.astimezone(zone).replace(tzinfo=None)
    if isinstance(value, datetime.date) and value.year < _FIRST_YEAR:
        return text_cell(sheet, value.isoformat())
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | datetime.date):
        return text_cell(sheet, str(value))
    if isinstance(value, Decimal) and not value.is_finite():
        return text_cell(sheet, str(value))
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = format_
    return cell


def head_cell(sheet: Any, column: Column, currency: str) -> Any:
    """Return the head of a column, with its unit."""
    cell = text_cell(sheet, heading(column, currency))
    cell.font, cell.fill = BOLD, HEAD_FILL
    cell.alignment = Alignment(horizontal="right" if column.kind.is_number else "left", vertical="top", wrap_text=True)
    return cell


def _cut(text: str) -> str:
    """Return a text of as many UTF-16 units as a cell holds."""
    if len(text) + sum(ord(letter) > _WIDE for letter in text) <= LONGEST_TEXT:
        return text
    mark = " … " + _("(cut here: a cell holds no more)")
    units = text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - len(mark))]
    return units.decode("utf-16-le", errors="ignore") + mark
