"""Pages: blocks one under the other, and what stands on every page. Nothing is drawn before all of it has its place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.documents.pdf.pen import Pen

MARGIN = 42.0
_TOP, _BOTTOM = 62.0, 54.0


class Block(Protocol):
    """Something with a place on a page."""

    def height(self, width: float) -> float:
        """Return how high it is in a width."""

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw it below `top`."""

    def split(self, width: float, room: float) -> "tuple[Block, Block] | None":
        """Return what fits into the room, and the rest; None where nothing does or it cannot be split."""


class Whole:
    """A block that is not split over pages."""

    def split(self, width: float, room: float) -> None:
        """Refuse."""


@dataclass(slots=True)
class Mark:
    """A place that the outline and the contents lead to."""

    key: str
    title: str
    level: int
    top: float


@dataclass(slots=True)
class Leaf:
    """A page: its size in points, what is drawn on it, and the places on it that are marked."""

    width: float
    height: float
    drawings: list[Callable[[Pen], None]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class Composer:
    """Places blocks on pages of a size, upright or lying, and breaks pages where there is no room."""

    def __init__(self, size: tuple[float, float]) -> None:
        self._size = size
        self.leaves: list[Leaf] = []
        self._top = 0.0
        self.start_page()

    @property
    def width(self) -> float:
        """Width between the margins of the page that is being filled."""
        return self.leaves[-1].width - 2 * MARGIN

    @property
    def room(self) -> float:
        """Height that is left on it."""
        return self._top - _BOTTOM

    @property
    def whole(self) -> float:
        """Height of all the room that an empty page like it has."""
        return self.leaves[-1].height - _TOP - _BOTTOM

    def lying_width(self) -> float:
        """Return the width between the margins of a lying page."""
        return max(self._size) - 2 * MARGIN

    def start_page(self, *, is_lying: bool = False) -> None:
        """Begin a page; one that is empty and of the same shape is kept."""
        short, long = sorted(self._size)
        width, height = (long, short) if is_lying else (short, long)
        if self.leaves and not self.leaves[-1].drawings:
            self.leaves.pop()
        self.leaves.append(Leaf(width, height))
        self._top = height - (_TOP if len(self.leaves) > 1 else MARGIN)

    def space(self, height: float) -> None:
        """Leave room, unless the page begins here."""
        if self.leaves[-1].drawings:
            self._top -= height

    def mark(self, key: str, title: str, level: int = 0) -> None:
        """Mark what comes next."""
        self.leaves[-1].marks.append(Mark(key, title, level, self._top + 14))

    def place(self, block: Block, *, with_next: float = 0) -> None:
        """Place a block, on the next page where this one has no room for it and for so much of what comes next."""
        while True:
            width, height = self.width, block.height(self.width)
            if height + with_next <= self.room:
                self._put(block, height)
                return
            parts = block.split(width, self.room)
            if parts is not None:
                self._put(parts[0], parts[0].height(width))
                block = parts[1]
            elif not self.leaves[-1].drawings:
                self._put(block, height)  # higher than a page: what is too much falls off its end
                return
            self.start_page(is_lying=self.leaves[-1].width > self.leaves[-1].height)

    def page_of(self, key: str) -> int:
        """Return the number of the page on which a mark is."""
        return next(
            number for number, leaf in enumerate(self.leaves, start=1) for mark in leaf.marks if mark.key == key
        )

    def paint(self, canvas: Any, finish: Callable[[Pen, Leaf, int, int], None]) -> None:
        """Draw all pages; `finish` adds to each what it is given: its number, and how many there are."""
        pen = Pen(canvas)
        for number, leaf in enumerate(self.leaves, start=1):
            canvas.setPageSize((leaf.width, leaf.height))
            for drawing in leaf.drawings:
                drawing(pen)
            finish(pen, leaf, number, len(self.leaves))
            for mark in leaf.marks:
                canvas.bookmarkPage(mark.key, fit="XYZ", left=0, top=mark.top)
                canvas.addOutlineEntry(mark.title, mark.key, level=mark.level, closed=False)
            canvas.showPage()

    def _put(self, block: Block, height: float) -> None:
        top, width = self._top, self.width
        self.leaves[-1].drawings.append(lambda pen: block.draw(pen, MARGIN, top, width))
        self._top -= height


@dataclass(frozen=True, slots=True)
class Stack:
    """Blocks that stay together."""

    blocks: Sequence[Block]

    def height(self, width: float) -> float:
        """Return the height of all."""
        return sum(block.height(width) for block in self.blocks)

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw one below the other."""
        for block in self.blocks:
            block.draw(pen, x, top, width)
            top -= block.height(width)

    def split(self, width: float, room: float) -> None:
        """Refuse."""
