"""Charts that the spreadsheet draws itself, from cells beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart import Series as Line
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.utils import get_column_letter

from apps.documents.document import Chart, Form
from apps.documents.headings import heading
from apps.documents.palette import EARLIER, SERIES
from apps.documents.tables import Column
from apps.documents.workbooks.cells import BOLD, HEAD_FILL, number_format, text_cell, value_cell
from apps.documents.workbooks.sheets import Sheet

COLUMNS_OF_A_CHART = 10  # of the usual width
ROWS_OF_A_CHART = 18
_WIDTH, _HEIGHT = 17.5, 8.2  # centimetres
_EMU_OF_A_POINT = 12_700
_THIN, _THICK = 1.25, 2.25


@dataclass(frozen=True, slots=True)
class Placed:
    """A chart whose cells begin in a column of a sheet, counted from one."""

    chart: Chart
    column: int


def placed_charts(charts: Sequence[Chart], first_column: int) -> list[Placed]:
    """Return where the cells of each chart are, side by side right of the drawings."""
    placed, column = [], first_column + COLUMNS_OF_A_CHART + 1
    for chart in charts:
        placed.append(Placed(chart, column))
        column += len(chart.series) + 2
    return placed


def chart_rows(sheet: Sheet, placed: Sequence[Placed], first_column: int, currency: str) -> list[list[Any]]:
    """Return the cells of all charts, row by row from `first_column` on: heads first, then a row a label."""
    blocks = [_block(sheet, one.chart, currency) for one in placed]
    lead: list[Any] = [None] * (placed[0].column - first_column) if placed else []
    rows = []
    for parts in zip_longest(*blocks):
        row = list(lead)
        for one, part in zip(placed, parts, strict=True):
            row += part if part is not None else [None] * (len(one.chart.series) + 1)
            row.append(None)
        rows.append(row)
    return rows


def draw_charts(sheet: Sheet, placed: Sequence[Placed], first_column: int, currency: str, first_row: int = 1) -> None:
    """Draw charts below each other, from `first_column` on; their cells begin in `first_row`."""
    for number, one in enumerate(placed):
        drawn = _drawn(one, sheet, currency, first_row)
        sheet.add_chart(drawn, f"{get_column_letter(first_column)}{first_row + number * ROWS_OF_A_CHART}")


def _block(sheet: Sheet, chart: Chart, currency: str) -> list[list[Any]]:
    format_ = number_format(chart.kind, currency)
    heads = [text_cell(sheet, chart.title)]
    heads += [text_cell(sheet, heading(Column("", one.label, chart.kind), currency)) for one in chart.series]
    for cell in heads:
        cell.font, cell.fill = BOLD, HEAD_FILL
    rows = [heads]
    for position, label in enumerate(chart.labels):
        cells = [text_cell(sheet, label)]
        for one in chart.series:
            value = one.values[position] if position < len(one.values) else None
            cell = None if value is None else value_cell(sheet, value, format_)
            cells.append(cell)
        rows.append(cells)
    return rows


def _drawn(one: Placed, sheet: Sheet, currency: str, first_row: int) -> Any:
    chart = one.chart
    is_line = chart.form == Form.LINES
    drawn = LineChart() if is_line else BarChart()
    last_row = first_row + len(chart.labels)
    for position in range(1, len(chart.series) + 1):
        cells = Reference(
            sheet, min_col=one.column + position, max_col=one.column + position, min_row=first_row, max_row=last_row
        )
        drawn.series.append(Line(cells, title_from_data=True))
    drawn.set_categories(Reference(sheet, min_col=one.column, min_row=first_row + 1, max_row=last_row))
    drawn.title = chart.title
    drawn.width, drawn.height = _WIDTH, _HEIGHT
    drawn.display_blanks = "gap"
    drawn.visible_cells_only = False  # a filter of the table beside it hides rows
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.number_format = number_format(chart.kind, currency)
    drawn.y_axis.majorGridlines.spPr = GraphicalProperties(ln=_line("E0E5E7", 0.75))
    drawn.legend = drawn.legend if len(chart.series) > 1 else None
    if drawn.legend is not None:
        drawn.legend.position = "b"
    if not is_line:
        drawn.y_axis.scaling.min = 0 if _is_positive(chart) else None
        drawn.gapWidth = 60
    if chart.form == Form.STACKED:
        drawn.grouping, drawn.overlap = "stacked", 100
    _coloured(drawn, chart, is_line=is_line)
    return drawn


def _coloured(drawn: Any, chart: Chart, *, is_line: bool) -> None:
    position = 0
    for line, series in zip(drawn.series, chart.series, strict=True):
        colour = EARLIER if series.is_earlier else SERIES[position % len(SERIES)]
        position += not series.is_earlier
        hex_ = colour.removeprefix("#")
        if not is_line:
            line.graphicalProperties = GraphicalProperties(solidFill=hex_)
            line.invertIfNegative = False
            continue
        line.smooth = False
        line.marker.symbol = "none"
        line.graphicalProperties = GraphicalProperties(ln=_line(hex_, _THIN if series.is_earlier else _THICK))
        if chart.goes_on and not series.is_earlier and chart.labels:
            dashed = _line(hex_, _THICK)
            dashed.prstDash = "sysDash"
            line.dPt.append(DataPoint(idx=len(chart.labels) - 1, spPr=GraphicalProperties(ln=dashed)))


def _line(colour: str, width: float) -> Any:
    line = GraphicalProperties().ln
    line.solidFill = colour
    line.w = int(width * _EMU_OF_A_POINT)
    return line


def _is_positive(chart: Chart) -> bool:
    return all(value is None or value >= 0 for series in chart.series for value in series.values)
