"""CSV and CSV.gz."""

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from apps.imports.errors import FileError
from apps.imports.readers.table import Row, checked_header

MAX_LINE = 1_000_000
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 64 * 1024**2
_DELIMITERS = (",", ";", "\t", "|")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class _Bounded(io.RawIOBase):
    """Unpacked bytes, counted: a bomb ends the reading long before it fills anything."""

    def __init__(self, unpacked: Any, packed: Any, size: int, name: str) -> None:
        self._unpacked = unpacked
        self._packed = packed
        self._limit = min(MAX_UNPACKED_BYTES, max(_RATIO_COUNTS_FROM, size * MAX_RATIO))
        self._count = 0
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            chunk = self._unpacked.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileError(f"{self._name} is cut off or damaged: {error}.") from error
        self._count += len(chunk)
        if self._count > self._limit:
            raise FileError(f"{self._name} unpacks to more than {self._limit:,} bytes, which is not believable.")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class CsvTable:
    """A CSV file. Its delimiter is the one that makes most known columns of the first line."""

    def __init__(self, path: Path, *, name: str, encoding: str, known_columns: Collection[str]) -> None:
        self.size = path.stat().st_size
        self._name = name
        self._file = path.open("rb")
        try:
            self._text = self._decoded(encoding)
            # What comes before the first line is remembered, so that the count of lines stays right.
            first = self._text.readline(MAX_LINE).removeprefix("\ufeff")
            self._reader = csv.reader(self._lines(first), delimiter=_delimiter(first, known_columns), strict=True)
            csv.field_size_limit(MAX_LINE)
            self.header = checked_header(list(self._records_of_header()), name=name)
        except csv.Error as error:
            self._file.close()
            raise FileError(f"{name}, line 1: {error}.") from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()
        self._file.close()

    @property
    def read_bytes(self) -> int:
        """Return how far into the packed file the reading is."""
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """Yield the rows after the header.

        Raises:
            FileError: quotes do not match, a line is far too long, or the file is cut off.

        """
        width = len(self.header)
        reader = self._reader
        begins = reader.line_num + 1
        try:
            for record in reader:
                if record:
                    yield self._row(begins, record, width)
                begins = reader.line_num + 1
        except csv.Error as error:
            raise FileError(f"{self._name}, line {begins}: {error}.") from error

    def _row(self, line: int, record: list[str], width: int) -> Row:
        problem = column = ""
        if len(record) != width:
            problem = f"has {len(record)} columns where the header has {width}"
            # Spreadsheets write empty cells beyond the last column.
            if len(record) > width and not any(value.strip() for value in record[width:]):
                problem = ""
            record = (record + [""] * width)[:width]
        together = "".join(record)
        if "\x00" in together or not _is_text(together):
            column = next(self.header[i] for i, v in enumerate(record) if "\x00" in v or not _is_text(v))
            nul = "\x00" in together
            problem = "has a NUL character" if nul else "has bytes that are not in the file's encoding"
            record = [_cleaned(value) for value in record]
        return Row(line, [value.strip() or None for value in record], column, problem)

    def _decoded(self, encoding: str) -> io.TextIOWrapper:
        start = self._file.read(2)
        self._file.seek(0)
        binary: Any = self._file
        if start == b"\x1f\x8b":
            binary = gzip.GzipFile(fileobj=self._file)
        bounded = io.BufferedReader(_Bounded(binary, self._file, self.size, self._name), 1 << 17)
        if encoding == "utf-8" and bounded.peek(2)[:2] in _UTF16:
            raise FileError(f"{self._name} is UTF-16. Save it as UTF-8, or declare “encoding: utf-16” in the mapping.")
        # Bytes that are not text are kept apart, so that they cost their row and not the file.
        return io.TextIOWrapper(bounded, encoding=encoding, errors="surrogateescape", newline="")

    def _lines(self, first: str) -> Iterator[str]:
        line = first
        while line:
            if len(line) >= MAX_LINE:
                raise FileError(f"{self._name} has a line of more than {MAX_LINE:,} characters. It is not a CSV file.")
            yield line
            line = self._text.readline(MAX_LINE)

    def _records_of_header(self) -> list[str]:
        for record in self._reader:
            if record:
                if any("\x00" in value or not _is_text(value) for value in record):
                    raise FileError(f"{self._name} does not begin with text. Expected CSV in UTF-8, CSV.gz or XLSX.")
                return record
        raise FileError(f"{self._name} has no header line.")


def _delimiter(header: str, known_columns: Collection[str]) -> str:
    def known(delimiter: str) -> tuple[int, int]:
        names = [name.strip().strip('"') for name in header.strip("\r\n").split(delimiter)]
        return sum(name in known_columns for name in names), len(names)

    return max(_DELIMITERS, key=known)


def _is_text(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(value: str) -> str:
    return value.replace("\x00", "\ufffd").encode(errors="replace").decode()
