"""Blocks of text: paragraphs, pairs of a term and what it means, cards of figures, the contents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Unit
from apps.documents.document import Figure
from apps.documents.palette import ACCENT, BAD, GOOD, INK, LINE, PLAIN, QUIET, TINT
from apps.documents.pdf.composer import Whole
from apps.documents.pdf.pen import Pen
from apps.documents.pdf.text import Line, fitted, line_of, lines_of
from apps.documents.units import short, written

_LEADING = 1.35
_ASCENT = 0.95  # from the top of a line to its baseline, of the size
_TONES = {"good": GOOD, "bad": BAD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A text over as many lines as it needs."""

    text: str
    size: float = 9.5
    colour: str = INK
    is_bold: bool = False
    below: float = 4.0
    most: int | None = None

    def height(self, width: float) -> float:
        """Return the height of its lines."""
        return len(self._lines(width)) * self.size * _LEADING + self.below

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Write its lines."""
        for number, line in enumerate(self._lines(width)):
            pen.text(x, top - self.size * (_ASCENT + number * _LEADING), line, self.size, colour=self.colour)

    def split(self, width: float, room: float) -> "tuple[Lines, Lines] | None":
        """Split between lines, two of them on each page at least."""
        return _split_lines(self._lines(width), self.size, self.colour, self.below, room)

    def _lines(self, width: float) -> list[Line]:
        return lines_of(self.text, self.size, width, is_bold=self.is_bold, most=self.most)


@dataclass(frozen=True, slots=True)
class Lines:
    """A part of a paragraph."""

    lines: Sequence[Line]
    size: float
    colour: str
    below: float

    def height(self, width: float) -> float:
        """Return the height of its lines."""
        return len(self.lines) * self.size * _LEADING + self.below

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Write its lines."""
        for number, line in enumerate(self.lines):
            pen.text(x, top - self.size * (_ASCENT + number * _LEADING), line, self.size, colour=self.colour)

    def split(self, width: float, room: float) -> "tuple[Lines, Lines] | None":
        """Split between lines."""
        return _split_lines(self.lines, self.size, self.colour, self.below, room)


def _split_lines(
    lines: Sequence[Line], size: float, colour: str, below: float, room: float
) -> tuple[Lines, Lines] | None:
    fitting = min(int(room / (size * _LEADING)), len(lines) - 2)
    if fitting < 2:
        return None
    return Lines(lines[:fitting], size, colour, 0), Lines(lines[fitting:], size, colour, below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Whole):
    """A term and what it says, side by side; in a tinted box when they are several of a kind."""

    term: str
    text: str
    size: float = 8.5
    is_tinted: bool = False
    most: int = 40

    def height(self, width: float) -> float:
        """Return the height of the longer of the two."""
        lines = max(len(part) for part in self._parts(width))
        return lines * self.size * _LEADING + (7 if self.is_tinted else 3)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Write both."""
        inset = 8.0 if self.is_tinted else 0.0
        if self.is_tinted:
            height = self.height(width)
            pen.area(x, top - height, width, height + 0.4, TINT)
            top -= 3.5
        terms, texts = self._parts(width)
        for number, line in enumerate(terms):
            pen.text(x + inset, top - self.size * (_ASCENT + number * _LEADING), line, self.size)
        for number, line in enumerate(texts):
            y = top - self.size * (_ASCENT + number * _LEADING)
            pen.text(
                x + inset + self._term_width(width), y, line, self.size, colour=QUIET if not self.is_tinted else INK
            )

    def _term_width(self, width: float) -> float:
        return min(width * 0.3, 150)

    def _parts(self, width: float) -> tuple[list[Line], list[Line]]:
        inset = 16.0 if self.is_tinted else 0.0
        term = self._term_width(width)
        return (
            lines_of(self.term, self.size, term - 10, is_bold=True, most=self.most),
            lines_of(self.text, self.size, width - inset - term, most=self.most),
        )


@dataclass(frozen=True, slots=True)
class Rule(Whole):
    """A line from margin to margin, or the beginning of one."""

    length: float | None = None
    colour: str = LINE
    thickness: float = 0.6
    below: float = 8.0

    def height(self, width: float) -> float:
        """Return its height."""
        return self.thickness + self.below

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw it."""
        pen.area(x, top - self.thickness, self.length or width, self.thickness, self.colour)


@dataclass(frozen=True, slots=True)
class Cards(Whole):
    """Figures in a row, or in rows of three."""

    figures: Sequence[Figure]
    notation: Notation
    is_small: bool = False

    @classmethod
    def rows(cls, figures: Sequence[Figure], notation: Notation, *, is_small: bool = False) -> list[Self]:
        """Return a block for each row of as many cards as lie beside each other."""
        most = 4 if len(figures) in {4, 8} or (is_small and len(figures) > 3) else 3
        return [cls(figures[begin : begin + most], notation, is_small) for begin in range(0, len(figures), most)]

    def height(self, width: float) -> float:
        """Return the height of the highest card, and the gap below."""
        return max(self._height(figure, self._card_width(width)) for figure in self.figures) + 10

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw the cards, all as high as the highest."""
        card = self._card_width(width)
        height = self.height(width) - 10
        for number, figure in enumerate(self.figures):
            left = x + number * (card + 10)
            pen.area(left, top - height, card, height, "#ffffff", border=LINE, radius=4)
            self._draw(pen, figure, left + 10, top - 9, card - 20)

    def _card_width(self, width: float) -> float:
        beside = max(len(self.figures), 3)
        return (width - 10 * (beside - 1)) / beside

    def _sizes(self) -> tuple[float, float]:
        return (8.0, 14.0) if self.is_small else (8.5, 18.0)

    def _lines(self, figure: Figure, width: float) -> tuple[list[Line], list[Line], list[Line]]:
        label = lines_of(figure.label, self._sizes()[0], width, most=2)
        change = figure.change
        head = [line_of(f"{change.arrow} {change.text}".strip(), is_bold=True)] if change and change.text else []
        tail = figure.reason or (change.title if change else "")
        return label, head, lines_of(tail, 7.5, width, most=4) if tail else []

    def _height(self, figure: Figure, width: float) -> float:
        small, large = self._sizes()
        label, head, tail = self._lines(figure, width - 20)
        return 18 + len(label) * small * _LEADING + large * 1.3 + 2 + len(head) * 12 + len(tail) * 7.5 * 1.3

    def _draw(self, pen: Pen, figure: Figure, x: float, top: float, width: float) -> None:
        small, large = self._sizes()
        label, head, tail = self._lines(figure, width)
        for line in label:
            pen.text(x, top - small * _ASCENT, line, small, colour=QUIET)
            top -= small * _LEADING
        line, size = self._value(figure, large, width)
        pen.text(x, top - large * 1.02, line, size)
        top -= large * 1.3 + 2
        colour = _TONES.get(figure.change.tone, PLAIN) if figure.change else PLAIN
        for line in head:
            pen.text(x, top - 9, line, 9, colour=colour)
            top -= 12
        for line in tail:
            pen.text(x, top - 7.5, line, 7.5, colour=QUIET)
            top -= 7.5 * 1.3

    def _value(self, figure: Figure, size: float, width: float) -> tuple[Line, float]:
        """Return the value as large as it fits: all of it, else shortened; a figure is never cut."""
        unit = Unit(figure.kind.value)
        exact = line_of(written(figure.value, unit, self.notation), is_bold=True)
        if exact.width * size / 1_000 <= width:
            return exact, size
        line = line_of(short(figure.value, unit, self.notation), is_bold=True)
        return line, min(size, width * 1_000 / line.width)


@dataclass(frozen=True, slots=True)
class Entry(Whole):
    """A line of the contents that leads to its page."""

    key: str
    title: str
    page_of: Callable[[str], int]

    def height(self, width: float) -> float:
        """Return its height."""
        return 15.0

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Write the title, and the number of the page at the end of a line of dots."""
        size, y = 9.5, top - 10
        title = fitted(self.title, size, width - 50)
        page = line_of(str(self.page_of(self.key)))
        pen.text(x, y, title, size)
        pen.text(x + width, y, page, size, align="right", colour=ACCENT)
        begin, end = x + title.width * size / 1_000 + 5, x + width - page.width * size / 1_000 - 5
        if end > begin:
            pen.stroke([(begin, y), (end, y)], LINE, 0.6, dash=(1, 2))
        pen.canvas.linkAbsolute(self.title, self.key, (x, top - 15, x + width, top))
