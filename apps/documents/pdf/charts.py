"""Charts as strokes and areas: lines over time, columns in parts, bars beside their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.notation import Notation
from apps.analytics.metrics.declarations import Unit
from apps.documents.document import Chart, Form, Series
from apps.documents.palette import EARLIER, INK, LINE, QUIET, SERIES
from apps.documents.pdf.axes import Scale, apart, scale_of
from apps.documents.pdf.blocks import Paragraph
from apps.documents.pdf.composer import Whole
from apps.documents.pdf.pen import Pen
from apps.documents.pdf.text import Line, fitted, line_of
from apps.documents.tables import Kind
from apps.documents.units import bare, unit_of

_SIZE = 7.5
_HEIGHT = 176.0
_BELOW = 14.0
_ROOM_FOR_LABELS = 104.0  # of lines and parts, at their right end
_MOST_BARS = 25
_WITHOUT_CENTS = 1_000
_DASH = (3, 2.2)
_NOW, _THEN = 1.9, 1.0  # widths of lines


def chart_block(chart: Chart, notation: Notation) -> "Plot":
    """Return the drawing of a chart, under its title and what it shows in words."""
    if chart.form == Form.LINES:
        return Lines(chart, notation)
    columns = Columns(chart, notation)
    return columns if chart.form == Form.STACKED or columns.has_room() else Bars(chart, notation)


@dataclass(frozen=True, slots=True)
class Plot(Whole):
    """What all charts have: title, finding, colours, and a note where nothing is there to draw."""

    chart: Chart
    notation: Notation

    def height(self, width: float) -> float:
        """Return the height with title and finding."""
        return sum(text.height(width) for text in self._texts()) + self._plot_height() + _BELOW

    def draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        """Draw it."""
        for text in self._texts():
            text.draw(pen, x, top, width)
            top -= text.height(width)
        if self.values:
            self._draw(pen, x, top, width)
        else:
            pen.text(x, top - 20, line_of(_("There is nothing to draw in this period.")), 9, colour=QUIET)

    @property
    def values(self) -> list[float]:
        """All values there are."""
        return [float(value) for series in self.chart.series for value in series.values if value is not None]

    def _texts(self) -> list[Paragraph]:
        unit = unit_of(self._unit, self.notation)
        title = f"{self.chart.title} ({unit})" if unit else self.chart.title
        texts = [Paragraph(text=title, size=10.5, is_bold=True, below=2)]
        if self.chart.finding:
            texts.append(Paragraph(text=self.chart.finding, size=8.5, colour=QUIET, below=4))
        return texts

    @property
    def _unit(self) -> Unit:
        return Unit(self.chart.kind.value) if self.chart.kind.is_number else Unit.NUMBER

    def _plot_height(self) -> float:
        return _HEIGHT

    def _draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        raise NotImplementedError

    def _coloured(self) -> list[tuple[Series, str]]:
        """Return the series with their colours, the earlier ones first, so that they lie behind."""
        coloured, number = [], 0
        for series in self.chart.series:
            coloured.append((series, EARLIER if series.is_earlier else SERIES[number % len(SERIES)]))
            number += not series.is_earlier
        return sorted(coloured, key=lambda one: not one[0].is_earlier)

    def _ticks(self, scale: Scale) -> list[tuple[float, Line]]:
        return [(tick, line_of(self._on_axis(tick))) for tick in scale.ticks]

    def _on_axis(self, value: float) -> str:
        exact = Decimal(repr(value))
        return self.notation.short_number(exact.quantize(Decimal("0.001")).normalize() if exact else Decimal(0))

    def _scale(self, values: Sequence[float], begin: float, end: float, *, from_zero: bool) -> Scale:
        return scale_of(values, begin, end, from_zero=from_zero, is_whole=self.chart.kind == Kind.COUNT)

    def _frame(self, pen: Pen, x: float, top: float, width: float, values: list[float], *, from_zero: bool) -> "Frame":
        """Draw axis, grid and labels of time; return where the plot lies."""
        bottom = top - self._plot_height() + 14
        scale = self._scale(values, bottom, top - 6, from_zero=from_zero)
        ticks = self._ticks(scale)
        left = x + max(label.width for _, label in ticks) * _SIZE / 1_000 + 6
        direct = [series for series in self.chart.series if series.label] if len(self.chart.series) > 1 else []
        room = max((line_of(one.label).width for one in direct), default=0) * _SIZE / 1_000 + 10 if direct else 4
        right = x + width - min(room, _ROOM_FOR_LABELS)
        for tick, label in ticks:
            y = scale.at(tick)
            pen.stroke([(left, y), (right, y)], QUIET if tick == 0 else LINE, 0.6 if tick == 0 else 0.5)
            pen.text(left - 5, y - _SIZE * 0.35, label, _SIZE, colour=QUIET, align="right")
        frame = Frame(left, right, bottom, top - 6, scale, max(len(self.chart.labels), 1))
        self._labels_of_time(pen, frame, is_line=self.chart.form == Form.LINES)
        return frame

    def _labels_of_time(self, pen: Pen, frame: "Frame", *, is_line: bool) -> None:
        labels = [line_of(label) for label in self.chart.labels]
        widest = max((label.width for label in labels), default=0) * _SIZE / 1_000 + 8
        every = max(1, -(-int(widest) // max(int(frame.slot), 1))) if frame.slot < widest else 1
        for number, label in enumerate(labels):
            if number % every:
                continue
            middle = frame.middle(number, is_line=is_line)
            half = label.width * _SIZE / 2_000
            middle = min(max(middle, frame.left + half - 4), frame.right - half + _ROOM_FOR_LABELS)
            pen.text(middle, frame.bottom - 11, label, _SIZE, colour=QUIET, align="middle")

    def _direct_labels(self, pen: Pen, frame: "Frame", ends: list[tuple[Series, str, float]]) -> None:
        places = apart([place for _, _, place in ends], _SIZE * 1.25, frame.bottom, frame.top)
        for (series, colour, _place), y in zip(ends, places, strict=True):
            label = fitted(series.label, _SIZE, _ROOM_FOR_LABELS - 8, is_bold=not series.is_earlier)
            ink = QUIET if series.is_earlier else colour
            pen.text(frame.right + 6, y - _SIZE * 0.35, label, _SIZE, colour=ink)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a plot lies."""

    left: float
    right: float
    bottom: float
    top: float
    scale: Scale
    count: int

    @property
    def slot(self) -> float:
        """How wide the place of one label is."""
        return (self.right - self.left) / self.count

    def middle(self, number: int, *, is_line: bool) -> float:
        """Return where a label's place has its middle; lines begin and end at the edges."""
        if is_line and self.count > 1:
            return self.left + 4 + number * (self.right - self.left - 8) / (self.count - 1)
        return self.left + (number + 0.5) * self.slot


class Lines(Plot):
    """Lines over time: gaps stay gaps, what is not over yet is dashed, the earlier period is thin and grey."""

    def _draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        frame = self._frame(pen, x, top, width, self.values, from_zero=False)
        ends = []
        for series, colour in self._coloured():
            points = self._points(series, frame)
            self._stroke(pen, points, colour, is_earlier=series.is_earlier)
            known = [point for point in points if point is not None]
            if known and len(self.chart.series) > 1:
                ends.append((series, colour, known[-1][1]))
        self._direct_labels(pen, frame, ends)

    def _points(self, series: Series, frame: Frame) -> list[tuple[float, float] | None]:
        return [
            None if value is None else (frame.middle(number, is_line=True), frame.scale.at(float(value)))
            for number, value in enumerate(series.values)
        ]

    def _stroke(self, pen: Pen, points: list[tuple[float, float] | None], colour: str, *, is_earlier: bool) -> None:
        thickness = _THEN if is_earlier else _NOW
        is_open = self.chart.goes_on and not is_earlier and len(points) == len(self.chart.labels)
        last = len(points) - 1
        part: list[tuple[float, float]] = []
        for number, point in enumerate([*points, None]):
            ends_open = is_open and number == last and point is not None
            if point is not None and not ends_open:
                part.append(point)
                continue
            if ends_open and point is not None and part:
                pen.stroke([part[-1], point], colour, thickness, dash=_DASH)
            if ends_open and point is not None:
                pen.dot(*point, 2.4, colour)
                pen.dot(*point, 1.3, "#ffffff")
            if len(part) > 1:
                pen.stroke(part, colour, thickness)
            elif part:
                pen.dot(*part[0], thickness, colour)
            part = []


class Columns(Plot):
    """Columns over time from zero: beside each other, or in parts one on the other."""

    def has_room(self) -> bool:
        """Tell whether the labels fit under the columns of a usual page."""
        widest = max((line_of(label).width for label in self.chart.labels), default=0) * _SIZE / 1_000
        count = len(self.chart.labels)
        is_of_names = widest > 60 or count < 3
        return count > _MOST_BARS or (not is_of_names and count * (widest + 6) < 400)

    def _draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        is_stacked = self.chart.form == Form.STACKED
        frame = self._frame(pen, x, top, width, self._heights() if is_stacked else self.values, from_zero=True)
        if is_stacked:
            self._stack(pen, frame)
        else:
            self._beside(pen, frame)

    def _heights(self) -> list[float]:
        heights = []
        for number in range(len(self.chart.labels)):
            values = [float(_at(series, number) or 0) for series in self.chart.series]
            heights += [sum(value for value in values if value > 0), sum(value for value in values if value < 0)]
        return heights

    def _stack(self, pen: Pen, frame: Frame) -> None:
        thick = min(frame.slot * 0.62, 46)
        ends: list[tuple[Series, str, float]] = []
        for number in range(len(self.chart.labels)):
            above = below = 0.0
            ends = []
            left = frame.middle(number, is_line=False) - thick / 2
            for series, colour in self._coloured():
                value = float(_at(series, number) or 0)
                base = above if value >= 0 else below
                low, high = sorted((frame.scale.at(base), frame.scale.at(base + value)))
                pen.area(left, low, thick, high - low, colour)
                if base:
                    pen.stroke([(left, frame.scale.at(base)), (left + thick, frame.scale.at(base))], "#ffffff", 0.7)
                ends.append((series, colour, (low + high) / 2))
                above, below = (above + value, below) if value >= 0 else (above, below + value)
        if len(self.chart.series) > 1:
            self._direct_labels(pen, frame, ends)

    def _beside(self, pen: Pen, frame: Frame) -> None:
        coloured = self._coloured()
        thick = min(frame.slot * 0.7 / len(coloured), 30)
        zero = frame.scale.at(0)
        ends = []
        for place, (series, colour) in enumerate(coloured):
            last = zero
            for number in range(len(self.chart.labels)):
                value = _at(series, number)
                if value is None:
                    continue
                last = frame.scale.at(float(value))
                left = frame.middle(number, is_line=False) + (place - len(coloured) / 2) * thick
                is_open = self.chart.goes_on and not series.is_earlier and number == len(self.chart.labels) - 1
                _bar(pen, left, min(zero, last), thick * 0.92, abs(last - zero), colour, is_open=is_open)
            ends.append((series, colour, last))
        if len(coloured) > 1:
            self._direct_labels(pen, frame, ends)


class Bars(Plot):
    """Bars beside their names, from zero, each with its value; the earlier one thin and grey below."""

    def _plot_height(self) -> float:
        more = len(self.chart.labels) > _MOST_BARS
        return self._shown() * self._row() + (14 if self._legend() else 0) + (12 if more else 0)

    def _shown(self) -> int:
        return min(len(self.chart.labels), _MOST_BARS)

    def _now(self) -> list[tuple[Series, str]]:
        return [one for one in self._coloured() if not one[0].is_earlier]

    def _then(self) -> list[tuple[Series, str]]:
        return [one for one in self._coloured() if one[0].is_earlier]

    def _legend(self) -> list[tuple[Series, str]]:
        return [*self._now(), *self._then()] if len(self.chart.series) > 1 else []

    def _row(self) -> float:
        return 7 + 9.0 * len(self._now()) + 3.5 * len(self._then())

    def _draw(self, pen: Pen, x: float, top: float, width: float) -> None:
        place = x
        for series, colour in self._legend():
            label = fitted(series.label, _SIZE, 150)
            pen.area(place, top - 8, 7, 5 if not series.is_earlier else 2.5, colour)
            pen.text(place + 11, top - 8.5, label, _SIZE, colour=QUIET)
            place += 26 + label.width * _SIZE / 1_000
        top -= 14 if self._legend() else 0
        widest = max((line_of(name).width for name in self.chart.labels[: self._shown()]), default=0)
        room = min(widest * 8 / 1_000 + 8, width * 0.34)
        written = max(line_of(self._value(value)).width for value in self._all()) * 8 / 1_000 + 8
        scale = self._scale(self._numbers(), x + room, x + width - written, from_zero=True)
        for number, name in enumerate(self.chart.labels[: self._shown()]):
            self._draw_row(pen, number, fitted(name, 8, room - 6), x, top - number * self._row(), scale)
        zero = scale.at(0)
        bottom = top - self._shown() * self._row()
        pen.stroke([(zero, top), (zero, bottom)], QUIET, 0.6)
        if len(self.chart.labels) > _MOST_BARS:
            more = _("and %(count)s more") % {"count": self.notation.number(len(self.chart.labels) - _MOST_BARS)}
            pen.text(x, bottom - 10, line_of(more), 8, colour=QUIET)

    def _draw_row(self, pen: Pen, number: int, name: Line, x: float, top: float, scale: Scale) -> None:
        zero, y = scale.at(0), top - 3.5
        pen.text(x, y - 7, name, 8, colour=INK)
        for series, colour in self._now():
            value = _at(series, number)
            end = zero if value is None else scale.at(float(value))
            is_open = self.chart.goes_on and number == len(self.chart.labels) - 1
            if value is not None:
                _bar(pen, min(zero, end), y - 8, abs(end - zero), 7.6, colour, is_open=is_open)
            pen.text(max(end, zero) + 4, y - 6.8, line_of(self._value(value)), 8, colour=INK)
            y -= 9
        for series, colour in self._then():
            value = _at(series, number)
            if value is not None:
                end = scale.at(float(value))
                pen.area(min(zero, end), y - 2.6, abs(end - zero), 2.2, colour)
            y -= 3.5

    def _all(self) -> list[Decimal | None]:
        return [_at(series, number) for series, _colour in self._now() for number in range(self._shown())] or [None]

    def _numbers(self) -> list[float]:
        return [
            float(value)
            for series in self.chart.series
            for value in series.values[: self._shown()]
            if value is not None
        ]

    def _value(self, value: Decimal | None) -> str:
        if value is not None and self.chart.kind == Kind.MONEY and abs(value) >= _WITHOUT_CENTS:
            return self.notation.number(value)
        return bare(value, self._unit, self.notation)


def _bar(pen: Pen, x: float, y: float, width: float, height: float, colour: str, *, is_open: bool) -> None:
    if not is_open:
        pen.area(x, y, width, height, colour)
        return
    corners = [(x, y), (x, y + height), (x + width, y + height), (x + width, y), (x, y)]
    pen.area(x, y, width, height, "#ffffff")
    pen.stroke(corners, colour, 1, dash=_DASH)


def _at(series: Any, number: int) -> Decimal | None:
    return series.values[number] if number < len(series.values) else None
