"""Tables over pages: heads repeat, numbers lie to the right, long texts wrap; wide tables lie, or are divided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from apps.accounts.notation import Notation
from apps.documents.headings import heading
from apps.documents.palette import INK, LINE, QUIET, TINT
from apps.documents.pdf.pen import Pen
from apps.documents.pdf.text import Line, line_of, lines_of, widest_word
from apps.documents.pdf.values import writer_of
from apps.documents.tables import Column, Table

_SIZES = (9.0, 8.5, 8.0)
_SIZES_LYING = (9.0, 8.0, 7.0)
_LEADING = 1.28
_PADDING = 3.2  # above and below
_GAP = 10.0  # between columns
_MOST_SPREAD = 34.0  # that a column gets beyond what it needs
_NARROWEST_TEXT = 92.0
_MOST_LINES = 24  # of a cell
_MOST_LINES_OF_HEAD = 5

Cell = str
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table fits: its columns by position, their widths in points, the size of its letters."""

    positions: tuple[int, ...]
    widths: tuple[float, ...]
    size: float
    is_lying: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in words: a text a cell, in the notation."""

    columns: tuple[Column, ...]
    heads: Row
    rows: Sequence[Row]
    total: Row | None


def grid_of(table: Table, notation: Notation, rows: Iterable[Sequence[Any]]) -> Grid:
    """Return a table with its values written."""
    notation = replace(notation, currency=table.currency, timezone=table.timezone)
    writers = [writer_of(column, notation) for column in table.columns]
    return Grid(
        columns=table.columns,
        heads=[heading(column, table.currency) for column in table.columns],
        rows=[[write(value) for write, value in zip(writers, row, strict=True)] for row in rows],
        total=None
        if table.total is None
        else ["" if value is None else write(value) for write, value in zip(writers, table.total, strict=True)],
    )


def shapes_of(grid: Grid, width: float, lying_width: float) -> list[Shape]:
    """Return how a table fits pages that are so wide: as a whole, else in parts, each with the first column."""
    wanted, least = _needs(grid)
    everything = tuple(range(len(grid.columns)))
    for sizes, available, is_lying in ((_SIZES, width, False), (_SIZES_LYING, lying_width, True)):
        for size in sizes:
            widths = _fitted(wanted, least, everything, size, available, grid.columns)
            if widths is not None:
                return [Shape(everything, widths, size, is_lying)]
    return _parts(wanted, least, lying_width, grid.columns)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table on one page, under its heads."""

    grid: Grid
    shape: Shape
    heads: tuple[list[Line], ...]
    rows: Sequence[tuple[tuple[list[Line], ...], float]]
    has_total: bool

    @classmethod
    def of(cls, grid: Grid, shape: Shape) -> Self:
        """Return all rows of a table in a shape."""
        size = shape.size
        rows = [_laid(row, shape, grid.columns) for row in grid.rows]
        if grid.total is not None:
            rows.append(_laid(grid.total, shape, grid.columns, is_bold=True))
        heads = tuple(
            lines_of(grid.heads[position], size, width, is_bold=True, most=_MOST_LINES_OF_HEAD)
            for position, width in zip(shape.positions, shape.widths, strict=True)
        )
        return cls(grid, shape, heads, rows, grid.total is not None)

    def height(self, width: float) -> float:
        """Return the height of the heads and rows."""
        return self._head_height() + sum(height for _, height in self.rows) + 6

    def split(self, width: float, room: float) -> "tuple[Rows, Rows] | None":
        """Split between rows; a total is never alone on its page."""
        room -= self._head_height() + 6
        count = 0
        for _, height in self.rows:
            room -= height
            if room < 0:
                break
            count += 1
        if self.has_total and count == len(self.rows) - 1:
            count -= 1
        if count < min(2, len(self.rows) - 1) or count == 0:
            return None
        return (
            replace(self, rows=self.rows[:count], has_total=False),
            replace(self, rows=self.rows[count:]),
        )

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the heads and rows."""
        total_width = sum(self.shape.widths) + _GAP * len(self.shape.widths)
        head = self._head_height()
        pen.area(x, top - head, total_width, head, TINT)
        self._write(pen, self.heads, x, top - _PADDING - 1)
        top -= head
        pen.stroke([(x, top), (x + total_width, top)], QUIET, 0.7)
        for number, (cells, height) in enumerate(self.rows):
            is_total = self.has_total and number == len(self.rows) - 1
            if is_total:
                pen.stroke([(x, top), (x + total_width, top)], INK, 0.9)
            elif number:
                pen.stroke([(x, top), (x + total_width, top)], LINE, 0.4)
            self._write(pen, cells, x, top - _PADDING)
            top -= height
        pen.stroke([(x, top), (x + total_width, top)], INK if self.has_total else LINE, 0.4)

    def _head_height(self) -> float:
        return max(len(lines) for lines in self.heads) * self.shape.size * _LEADING + 2 * _PADDING + 2

    def _write(self, pen: Pen, cells: Sequence[list[Line]], x: float, top: float) -> None:
        size = self.shape.size
        x += _GAP / 2
        for lines, position, width in zip(cells, self.shape.positions, self.shape.widths, strict=True):
            y = top - size * 0.93
            is_number = self.grid.columns[position].kind.is_number
            for line in lines:
                if is_number:
                    pen.text(x + width, y, line, size, align="right")
                else:
                    pen.text(x, y, line, size)
                y -= size * _LEADING
            x += width + _GAP


def _laid(
    row: Row, shape: Shape, columns: Sequence[Column], *, is_bold: bool = False
) -> tuple[tuple[list[Line], ...], float]:
    cells, most, size = [], 1, shape.size
    for position, width in zip(shape.positions, shape.widths, strict=True):
        lines = lines_of(row[position], size, width + 0.01, is_bold=is_bold, most=_MOST_LINES)
        most = max(most, len(lines))
        cells.append(lines)
    return tuple(cells), most * size * _LEADING + 2 * _PADDING


def _needs(grid: Grid) -> tuple[list[float], list[float]]:
    """Return how wide columns would like to be and must be, in thousandths of the size."""
    wanted, least = [], []
    for position, column in enumerate(grid.columns):
        head = grid.heads[position]
        word = widest_word(head, is_bold=True)
        head_width = max(word, line_of(head, is_bold=True).width / 2)
        widest = max((_widest(row[position]) for row in grid.rows), default=0.0)
        if grid.total is not None:
            widest = max(widest, line_of(grid.total[position], is_bold=True).width)
        wanted.append(max(head_width, widest))
        least.append(max(word, widest) if column.kind.is_number else word)
    return wanted, least


def _widest(text: str) -> float:
    return line_of(text).width if len(text) < 120 else float(60_000)


def _fitted(
    wanted: Sequence[float],
    least: Sequence[float],
    positions: Sequence[int],
    size: float,
    available: float,
    columns: Sequence[Column],
    *,
    is_last_resort: bool = False,
) -> tuple[float, ...] | None:
    """Return widths that fit what is available; None where numbers would be cut, or texts become narrow strips."""
    scale = size / 1_000
    room = available - _GAP * len(positions)
    wide = {position: wanted[position] * scale for position in positions}
    spare = room - sum(wide.values())
    if spare >= 0:
        more = min(spare / len(positions), _MOST_SPREAD)
        return tuple(wide[position] + more for position in positions)
    texts = [position for position in positions if not columns[position].kind.is_number]
    floor = 40.0 if is_last_resort else _NARROWEST_TEXT
    narrow = {position: min(wide[position], max(floor, min(least[position] * scale, room / 2))) for position in texts}
    room -= sum(wide[position] for position in positions if position not in narrow)
    if room < sum(narrow.values()):
        return None
    # Columns of texts share what is left; those that need less than their share keep what they need.
    shares, rest = dict(narrow), room - sum(narrow.values())
    while rest > 0.01:
        hungry = [position for position in texts if wide[position] - shares[position] > 0.01]
        if not hungry:
            break
        part = rest / len(hungry)
        for position in hungry:
            given = min(part, wide[position] - shares[position])
            shares[position] += given
            rest -= given
    return tuple(shares.get(position, wide[position]) for position in positions)


def _parts(wanted: Sequence[float], least: Sequence[float], available: float, columns: Sequence[Column]) -> list[Shape]:
    size = _SIZES_LYING[-1]
    shapes: list[Shape] = []
    begin = 1
    while begin < len(columns):
        end = begin + 1
        positions: tuple[int, ...] = (0, begin)
        widths = _fitted(wanted, least, positions, size, available, columns, is_last_resort=True)
        while end < len(columns):
            more = _fitted(wanted, least, (*positions, end), size, available, columns)
            if more is None:
                break
            positions, widths, end = (*positions, end), more, end + 1
        if widths is None:
            widths = tuple((available - 2 * _GAP) / 2 for _ in positions)
        shapes.append(Shape(positions, widths, size, is_lying=True))
        begin = end
    return shapes or [Shape((0,), (available - _GAP,), size, is_lying=True)]
