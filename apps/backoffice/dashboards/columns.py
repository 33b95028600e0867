"""Columns: how many lie in each band, and what each bucket is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.analytics.metrics.declarations import Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.frames import Frame, number
from apps.backoffice.dashboards.grids import grid_of
from apps.backoffice.dashboards.naming import named
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.backoffice.units import written
from apps.documents.tables import Table


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
        *before, bands = frame.by
        found = {row[bands] for row in frame.rows}
        known = list(DIMENSIONS[bands].choices)
        places = [known.index(key) for key in known if key in found]
        across = known[places[0] : places[-1] + 1] if places else []
        choices = _choices(frame, before, across, shown, self)
        grid = grid_of(frame, shown, self.period(shown))
        chart = {
            "form": "columns",
            "labels": [_name(bands, key, shown, short=True) for key in across],
            "titles": [_name(bands, key, shown) for key in across],
            "metrics": choices,
        }
        return {
            "chart": chart,
            "is_empty": not across,
            "choices": [choice["choice"] for choice in choices],
            "finding": "",
            "grid": replace(grid, total=()) if before else grid,
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each band."""
        return Frame(data=data).in_order().table(str(self.title), shown)


def _choices(frame: Frame, before: Sequence[str], across: Sequence[str], shown: Shown, panel: Panel) -> list[Json]:
    if not before:
        by_band = {row[frame.by[0]]: row for row in frame.rows}
        return [_columns(metric, metric.label, by_band, frame, across, shown, panel) for metric in frame.metrics]
    (key,), bands = before, frame.by[-1]
    found: dict[str, dict[str, Json]] = {}
    for row in frame.rows:
        found.setdefault(row[key], {})[row[bands]] = row
    return [
        _columns(frame.metrics[0], _name(key, value, shown), rows, frame, across, shown, panel)
        for value, rows in found.items()
    ]


def _columns(
    metric: Metric,
    choice: str,
    rows: Mapping[str, Json],
    frame: Frame,
    across: Sequence[str],
    shown: Shown,
    panel: Panel,
) -> Json:
    held = [rows.get(key) for key in across]
    return {
        "choice": choice,
        "label": metric.label,
        "unit": metric.unit,
        "values": [number(row[metric.key]) if row else 0 for row in held],
        "exact": [written(row[metric.key] if row else 0, metric.unit, shown.notation) for row in held],
        "links": [frame.address(row, metric.key, shown, panel.period(shown)) if row else "" for row in held],
    }


def _name(dimension: str, value: str, shown: Shown, *, short: bool = False) -> str:
    return named(dimension, value, DIMENSIONS[dimension].choices.get(value, value), shown.notation, short=short)


@dataclass(frozen=True, kw_only=True)
class Stacked(Panel):
    """What each bucket is made of: metrics that add up, one above the other."""

    section: Asked
    template = "backoffice/dashboards/chart.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the columns in parts, and their twin."""
        frame = Frame(data=data)
        period = self.period(shown)
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
                    "links": [frame.address(row, metric.key, shown, period) for row in frame.rows],
                }
                for metric in frame.metrics
            ],
        }
        finding = ", ".join(
            f"{metric.label}: {written(data['total'].get(metric.key), metric.unit, shown.notation)}"
            for metric in frame.metrics
        )
        return {"chart": chart, "finding": finding, "grid": grid_of(frame, shown, period)}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each bucket."""
        return Frame(data=data).table(str(self.title), shown)
