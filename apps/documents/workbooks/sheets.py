"""Sheets that are written row by row, in constant memory."""

import re
from collections.abc import Generator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from et_xmlfile import xmlfile
from openpyxl import Workbook
from openpyxl.cell._writer import etree_write_cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter
from openpyxl.xml.constants import SHEET_MAIN_NS

MOST_ROWS = 1_048_576
_LONGEST_NAME = 31
_RESERVED = {"history"}  # Excel keeps it for itself
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Formula:
    """A formula and the value it had when it was written, for programs that show a workbook without calculating it."""

    def __init__(self, text: str, value: Decimal | float, style: Any) -> None:
        self.text, self.value, self.style = text, value, style


class _Writer(WorksheetWriter):
    def write_row(self, xf: Any, row: Any, row_idx: int) -> None:
        write = xf._file  # noqa: SLF001 - elements of the library's own take ten times as long for each cell
        attributes = f' r="{row_idx}"'
        if row_idx in self.ws.row_dimensions:
            attributes += "".join(f' {name}="{value}"' for name, value in dict(self.ws.row_dimensions[row_idx]).items())
        write(f"<row{attributes}>")
        for column, cell in row:
            if isinstance(cell, str):
                write(f'<c r="{get_column_letter(column)}{row_idx}"{cell}')
            elif isinstance(cell, Formula):
                style = cell.style.style_id
                place = f"{get_column_letter(column)}{row_idx}"
                write(f'<c r="{place}" s="{style}"><f>{escape(cell.text)}</f><v>{cell.value}</v></c>')
            else:
                cell.row, cell.column = row_idx, column
                if cell.hyperlink is not None:
                    cell.hyperlink.ref = cell.coordinate
                etree_write_cell(xf, self.ws, cell, cell.has_style)
        write("</row>")

    def get_stream(self) -> Generator[Any, Any, None]:
        with xmlfile(self.out) as xf, xf.element("worksheet", xmlns=SHEET_MAIN_NS):
            try:
                while True:
                    element = yield
                    if element is True:
                        yield xf
                    elif element is not None:
                        xf.write(element)
            except GeneratorExit:
                pass


class Sheet(WriteOnlyWorksheet):
    """A sheet of openpyxl that writes each row at once, formulas with their values. `height` counts the rows."""

    _writer: Any

    def __init__(self, parent: Workbook, title: str) -> None:
        super().__init__(parent, title)
        self.height = 0

    def append(self, row: Sequence[Any]) -> None:
        """Write a row of cells, plain ones among them, formulas and gaps."""
        super().append(list(row))
        self.height += 1

    def discard(self) -> None:
        """Close what writes the sheet, in the order in which it was opened last, and delete the file it wrote to."""
        if self._writer is None:
            return
        with suppress(OSError):  # a full disk refuses the end of a sheet, too, which nobody reads any more
            if self._rows is not None:
                self._rows.close()
        with suppress(OSError):
            self._writer.close()
        if self._writer.out in ALL_TEMP_FILES:
            self._writer.cleanup()

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = _Writer(self)
            self._writer.write_top()

    def _values_to_row(self, values: Sequence[Any], row_idx: int) -> Any:
        return ((column, cell) for column, cell in enumerate(values, 1) if cell is not None)


def add_sheet(workbook: Workbook, title: str) -> Sheet:
    """Return a new sheet at the end of a workbook, called after a title as far as names of sheets allow."""
    sheet = Sheet(workbook, title="Sheet")
    workbook._add_sheet(sheet)  # noqa: SLF001 - create_sheet() knows one class of sheets only
    sheet.title = _free_name(title, {other.title.casefold() for other in workbook.worksheets if other is not sheet})
    return sheet


def quoted_name(sheet: Sheet) -> str:
    """Return the name of a sheet as formulas write it."""
    name = sheet.title.replace("'", "''")
    return f"'{name}'"


def _free_name(title: str, taken: set[str]) -> str:
    """Return a name that no other sheet has, in no case of letters, of as many UTF-16 units as Excel allows."""
    base = _fitting(_NOT_IN_NAMES.sub(" ", title).strip("' "), _LONGEST_NAME) or "Sheet"
    name, number = base, 1
    while name.casefold() in taken or name.casefold() in _RESERVED:
        number += 1
        ending = f" ({number})"
        name = _fitting(base, _LONGEST_NAME - len(ending)) + ending
    return name


def _fitting(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore").strip("' ")
