"""XLSX: the first visible sheet, row by row."""

import datetime
import re
import zipfile
from collections.abc import Generator, Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from apps.imports.errors import FileError
from apps.imports.readers.table import MAX_COLUMNS, Row, checked_header

MAX_UNPACKED_BYTES = 100 * 1024**2
MAX_RATIO = 100
MAX_ROWS = 1_048_576
_RATIO_COUNTS_FROM = 1024**2
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


class XlsxTable:
    """A workbook. Formulas give the value that was stored with them; hidden sheets and all but the first are ignored.

    Numbers come as plain digits with the mapping's decimal sign and at most 15 significant digits, as a spreadsheet
    shows them; dates come in ISO form.
    """

    def __init__(self, path: Path, *, name: str, decimal: str) -> None:
        if not DEFUSEDXML:
            raise FileError("XLSX files are read only where defusedxml is installed.")
        self.size = path.stat().st_size
        self._name = name
        self._decimal = decimal
        self._line = 0
        _refuse_bombs(path, name)
        try:
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            self._sheet = next(sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible")
            # A sheet may claim any size; its rows are counted instead.
            self._sheet.reset_dimensions()
        except StopIteration:
            raise FileError(f"{name} has no visible sheet.") from None
        except _BROKEN as error:
            raise FileError(f"{name} is not a workbook that can be read: it is damaged or unsafe.") from error
        self._records = self._cells()
        try:
            first = next((record for _, record in self._records), None)
            if first is None:
                raise FileError(f"{name} is empty: its first visible sheet has no cells.")
            self.header = checked_header(first, name=name)
        except FileError:
            self._records.close()
            self._book.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The archive stays open as long as a sheet is being read.
        self._records.close()
        self._book.close()

    @property
    def read_bytes(self) -> int:
        """Return a guess at how far the reading is: a workbook does not tell."""
        return min(self.size, self._line * 40)

    def rows(self) -> Iterator[Row]:
        """Yield the rows after the header that have any value."""
        width = len(self.header)
        for line, record in self._records:
            problem = f"has {len(record)} columns where the header has {width}" if len(record) > width else ""
            column = ""
            for index, value in enumerate(record[:width]):
                if value and _CONTROL.search(value):
                    problem, column = "has a control character", self.header[index]
                    record[index] = _CONTROL.sub("\ufffd", value)
            yield Row(line, (record + [None] * width)[:width], column, problem)

    def _cells(self) -> Generator[tuple[int, list[str | None]], None, None]:
        try:
            for line, cells in enumerate(self._sheet.iter_rows(values_only=True), 1):
                self._line = line
                if line > MAX_ROWS:  # one row that claims to be the billionth would be led up to by as many empty ones
                    raise FileError(f"{self._name} has rows beyond {MAX_ROWS:,}, which no workbook can have.")
                record = [self._text(cell) for cell in cells[: MAX_COLUMNS + 1]]
                while record and record[-1] is None:
                    record.pop()
                if record:
                    yield self._line, record
        except _BROKEN as error:
            raise FileError(f"{self._name}, near line {self._line + 1}: the workbook is damaged or unsafe.") from error

    def _text(self, cell: Any) -> str | None:
        if cell is None:
            return None
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, int | float):
            plain = format(Decimal(f"{cell:.15g}"), "f") if isinstance(cell, float) else str(cell)
            return plain.replace(".", self._decimal)
        if isinstance(cell, datetime.datetime):
            return cell.isoformat(sep=" ", timespec="seconds") if cell.time() != datetime.time() else f"{cell:%Y-%m-%d}"
        return str(cell).strip() or None


def _refuse_bombs(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            packed = sum(member.compress_size for member in archive.infolist())
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise FileError(f"{name} is cut off or damaged.") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise FileError(f"{name} would unpack to {unpacked:,} bytes; at most {MAX_UNPACKED_BYTES:,} are read. Use CSV.")
    if unpacked > _RATIO_COUNTS_FROM and unpacked > MAX_RATIO * max(packed, 1):
        raise FileError(f"{name} unpacks to more than {MAX_RATIO} times its size, which is not believable.")
    if "[Content_Types].xml" not in names:
        raise FileError(f"{name} is a zip archive, not a workbook. Give CSV, CSV.gz or XLSX.")
