"""What draws on a page: lines of text, strokes, areas. Coordinates are points from the lower left.

Operators are written as they stand in the file: a page of a table has a thousand texts, and the text objects of
reportlab take five times as long.
"""

import functools
from collections.abc import Sequence
from typing import Any

from reportlab.pdfbase import pdfmetrics

from apps.documents.palette import INK
from apps.documents.pdf.text import Line

_STROKE_OF_BOLD = 0.03  # of the size, around letters of a font that has no bold
_SHIFT = {"left": 0.0, "middle": 0.5, "right": 1.0}


class Pen:
    """A canvas of reportlab that knows our lines of text."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas
        self._document = canvas._doc  # noqa: SLF001 - fonts ask for it, as those of reportlab's own texts do

    def text(self, x: float, y: float, line: Line, size: float, *, colour: str = INK, align: str = "left") -> None:
        """Write a line on a baseline; `x` is its left end, its middle, or its right end."""
        if not line.runs:
            return
        x -= _SHIFT[align] * line.width * size / 1_000
        ink = _colour(colour)
        parts = [f"BT {ink} rg 1 0 0 1 {x:.2f} {y:.2f} Tm"]
        for run in line.runs:
            font = pdfmetrics.getFont(run.font)
            if run.is_emboldened:
                parts.append(f"{ink} RG {size * _STROKE_OF_BOLD:.2f} w 2 Tr")
            for subset, codes in font.splitString(run.text, self._document):
                name = font.getSubsetInternalName(subset, self._document)
                parts.append(f"{name} {size:g} Tf <{codes.hex()}> Tj")
            if run.is_emboldened:
                parts.append("0 Tr")
        parts.append("ET")
        self.canvas.addLiteral(" ".join(parts))

    def stroke(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 0.5, *, dash: Sequence[float] = ()
    ) -> None:
        """Draw a line through points, its ends round unless it is dashed."""
        first, *rest = [f"{x:.2f} {y:.2f}" for x, y in points]
        lengths = " ".join(f"{length:g}" for length in dash)
        path = " ".join(f"{point} l" for point in rest)
        cap = 0 if dash else 1
        self.canvas.addLiteral(
            f"{_colour(colour)} RG {width:g} w {cap} J 1 j [{lengths}] 0 d {first} m {path} S [] 0 d"
        )

    def area(
        self, x: float, y: float, width: float, height: float, colour: str, *, border: str = "", radius: float = 0
    ) -> None:
        """Fill a rectangle from its lower left corner."""
        if not radius:
            self.canvas.addLiteral(f"{_colour(colour)} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")
            return
        self.canvas.addLiteral(f"{_colour(colour)} rg {_colour(border or colour)} RG 0.6 w")
        self.canvas.roundRect(x, y, width, height, radius, stroke=bool(border), fill=1)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a small circle."""
        self.canvas.addLiteral(f"{_colour(colour)} rg")
        self.canvas.circle(x, y, radius, stroke=0, fill=1)


@functools.cache
def _colour(code: str) -> str:
    """Return a colour such as #0072b2 as parts of red, green and blue."""
    return " ".join(f"{int(code[begin : begin + 2], 16) / 255:.3g}" for begin in (1, 3, 5))
