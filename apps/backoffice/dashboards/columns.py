"""Columns: how many lie in each band, and what each bucket is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.analytics.metrics.declarations import Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.frames import Frame, number
from apps.backoffice.dashboards.grids import grid_of
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.naming import named
from apps.documents.tables import Table
from apps.documents.units import written


@dataclass(frozen=True, kw_only=True)
class Distribution(Panel):
    """A column for each band of the last dimension, in the order of bands, without gaps between the first and the last.

    With a dimension before it, the reader chooses one of its values; else one of the metrics.
    """

    section: Asked
    template = "backoffice/dashboards/chart.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the columns of each choice, and their twin."""
        frame = Frame(data=data).in_order()
        grid = grid_of(frame, shown)
        parts = _parts(frame, shown)
        return {
            "chart": {"form": "columns", "metrics": [self._columns(frame, part, shown) for part in parts]},
            "is_empty": not frame.rows,
            "choices": [part.choice for part in parts],
            "finding": "",
            "grid": replace(grid, total=()) if len(frame.by) > 1 else grid,
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each band."""
        return Frame(data=data).in_order().table(str(self.title), shown)

    def _columns(self, frame: Frame, part: "_Part", shown: Shown) -> Json:
        bands, metric = DIMENSIONS[frame.by[-1]], part.metric
        by_band = {row[bands.key]: row for row in part.rows}
        known = list(bands.choices)
        places = [known.index(key) for key in by_band]
        across = known[min(places) : max(places) + 1]
        held = [by_band.get(key) for key in across]
        return {
            "labels": [named(bands.key, key, bands.choices[key], shown.notation, short=True) for key in across],
            "titles": [named(bands.key, key, bands.choices[key], shown.notation) for key in across],
            "label": metric.label,
            "unit": metric.unit,
            "values": [number(row[metric.key]) if row else 0 for row in held],
            "exact": [written(row[metric.key] if row else 0, metric.unit, shown.notation) for row in held],
            "links": [frame.address(row, metric.key, shown) if row else "" for row in held],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a reader chooses: one metric, of the rows of one value."""

    choice: str
    metric: Metric
    rows: Sequence[Json]


def _parts(frame: Frame, shown: Shown) -> list[_Part]:
    if len(frame.by) == 1:
        return [_Part(choice=metric.label, metric=metric, rows=frame.rows) for metric in frame.metrics if frame.rows]
    key = frame.by[0]
    choices = {row[key]: named(key, row[key], row[f"{key}_label"], shown.notation) for row in frame.rows}
    return [
        _Part(choice=choice, metric=frame.metrics[0], rows=[row for row in frame.rows if row[key] == value])
        for value, choice in choices.items()
    ]


@dataclass(frozen=True, kw_only=True)
class Stacked(Panel):
    """What each bucket is made of: metrics that add up, one above the other."""

    section: Asked
    template = "backoffice/dashboards/chart.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the columns in parts, and their twin."""
        frame = Frame(data=data)
        chart = {
            "form": "stacked",
            "labels": [frame.label(row, shown, short=True) for row in frame.rows],
            "titles": [frame.label(row, shown) for row in frame.rows],
            "metrics": [
                {
                    "label": metric.label,
                    "unit": metric.unit,
                    "values": [number(row[metric.key]) for row in frame.rows],
                    "exact": [written(row[metric.key], metric.unit, shown.notation) for row in frame.rows],
                    "links": [frame.address(row, metric.key, shown) for row in frame.rows],
                }
                for metric in frame.metrics
            ],
        }
        finding = ", ".join(
            f"{metric.label}: {written(data['total'].get(metric.key), metric.unit, shown.notation)}"
            for metric in frame.metrics
        )
        return {"chart": chart, "finding": finding, "grid": grid_of(frame, shown)}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each bucket."""
        return Frame(data=data).table(str(self.title), shown)
