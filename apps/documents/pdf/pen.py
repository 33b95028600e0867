"""What draws on a page: lines of text, strokes, areas. Coordinates are points from the lower left."""

import functools
from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import HexColor

from apps.documents.palette import INK
from apps.documents.pdf.text import Line

_STROKE_OF_BOLD = 0.03  # of the size, around letters of a font that has no bold
_FILLED, _FILLED_AND_STROKED = 0, 2


class Pen:
    """A canvas of reportlab that knows our lines of text."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas

    def text(
        self, x: float, y: float, line: Line, size: float, *, colour: str = INK, align: str = "left", angle: float = 0
    ) -> None:
        """Write a line on a baseline; `x` is its left end, its middle, or its right end."""
        if not line.runs:
            return
        width = line.width * size / 1_000
        x -= {"left": 0.0, "middle": width / 2, "right": width}[align]
        canvas = self.canvas
        text = canvas.beginText(x, y)
        ink = _colour(colour)
        text.setFillColor(ink)
        for run in line.runs:
            text.setFont(run.font, size)
            if run.is_emboldened:
                canvas.setLineWidth(size * _STROKE_OF_BOLD)
                text.setStrokeColor(ink)
                text.setTextRenderMode(_FILLED_AND_STROKED)
            text.textOut(run.text)
            if run.is_emboldened:
                text.setTextRenderMode(_FILLED)
        canvas.drawText(text)

    def stroke(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        width: float = 0.5,
        *,
        dash: Sequence[float] = (),
    ) -> None:
        """Draw a line through points."""
        canvas = self.canvas
        canvas.setStrokeColor(_colour(colour))
        canvas.setLineWidth(width)
        canvas.setDash(list(dash))
        canvas.setLineCap(0 if dash else 1)
        canvas.setLineJoin(1)
        path = canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        canvas.drawPath(path, stroke=1, fill=0)
        canvas.setDash([])

    def area(
        self, x: float, y: float, width: float, height: float, colour: str, *, border: str = "", radius: float = 0
    ) -> None:
        """Fill a rectangle from its lower left corner."""
        canvas = self.canvas
        canvas.setFillColor(_colour(colour))
        if border:
            canvas.setStrokeColor(_colour(border))
            canvas.setLineWidth(0.6)
        if radius:
            canvas.roundRect(x, y, width, height, radius, stroke=bool(border), fill=1)
        else:
            canvas.rect(x, y, width, height, stroke=bool(border), fill=1)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a small circle."""
        self.canvas.setFillColor(_colour(colour))
        self.canvas.circle(x, y, radius, stroke=0, fill=1)


@functools.cache
def _colour(code: str) -> Any:
    return HexColor(code)
