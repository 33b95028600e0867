"""Pictures: lines over time, steps from one amount to another, points in a plane. The browser draws them from JSON.

Texts are written here, in the organization's notation; the browser only places them.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Table as Asked
from apps.analytics.rest.sections import Values
from apps.backoffice.dashboards.frames import Frame, number
from apps.backoffice.dashboards.grids import Grid, grid_of
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.changes import change_of
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import written


@dataclass(frozen=True, kw_only=True)
class Lines(Panel):
    """Metrics over time, one at a time, each over its earlier period in grey."""

    section: Asked
    template = "backoffice/dashboards/chart.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the chart, the names of its metrics, what it shows in a sentence, and its twin."""
        frame = Frame(data=data)
        windows = shown.windows
        notation = shown.notation
        chart = {
            "form": "lines",
            "labels": [frame.label(row, shown, short=True) for row in frame.rows],
            "titles": [frame.label(row, shown) for row in frame.rows],
            "now": notation.days(windows.period.first, windows.period.last),
            "earlier": notation.days(windows.earlier.first, windows.earlier.last) if self.section.compares else "",
            "running": windows.partial,
            "metrics": [self._series(metric, frame, shown) for metric in frame.metrics],
        }
        return {
            "chart": chart,
            "choices": [metric.label for metric in frame.metrics],
            "finding": self._finding(frame, shown),
            "grid": grid_of(frame, shown),
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each bucket."""
        return Frame(data=data).table(str(self.title), shown)

    def _series(self, metric: Metric, frame: Frame, shown: Shown) -> Json:
        earlier = [row.get("compared", {}).get(metric.key, {}).get("earlier") for row in frame.rows]
        return {
            "label": metric.label,
            "unit": metric.unit,
            "values": [number(row[metric.key]) for row in frame.rows],
            "exact": [written(row[metric.key], metric.unit, shown.notation) for row in frame.rows],
            "earlier": [number(value) for value in earlier],
            "earlier_exact": [written(value, metric.unit, shown.notation) for value in earlier],
            "links": [frame.address(row, metric.key, shown) for row in frame.rows],
        }

    def _finding(self, frame: Frame, shown: Shown) -> str:
        metric = frame.metrics[0]
        total = frame.data["total"]
        told = _("%(metric)s: %(value)s") % {
            "metric": metric.label,
            "value": written(total.get(metric.key), metric.unit, shown.notation),
        }
        compared = total.get("compared", {}).get(metric.key)
        if not compared:
            return told
        return f"{told}, {change_of(metric, compared, shown.windows, shown.notation).title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A metric on the way from one amount to another: added, taken away, or where the way has come to."""

    metric: str
    sign: int = 0


@dataclass(frozen=True, kw_only=True)
class Waterfall(Panel):
    """How one amount becomes another."""

    section: Values
    steps: tuple[Step, ...]
    template = "backoffice/dashboards/chart.html"
    needs_all = True

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the steps with where each begins and ends, and their twin."""
        return {"chart": {"form": "waterfall", "steps": self._steps(data, shown)}, "grid": self._grid(data, shown)}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each step."""
        organization = shown.controls.organization
        return Table(
            title=str(self.title),
            columns=(Column("step", _("Step")), Column("amount", _("Amount"), Kind.MONEY)),
            rows=[[METRICS[step.metric].label, _signed(data, step)] for step in self.steps],
            currency=organization.currency,
            timezone=organization.timezone,
        )

    def _steps(self, data: Json, shown: Shown) -> list[Json]:
        found, reached = [], 0.0
        for step in self.steps:
            metric, amount = METRICS[step.metric], number(_signed(data, step)) or 0.0
            begins, reached = (reached, reached + amount) if step.sign else (0.0, amount)
            found.append(
                {
                    "label": metric.label,
                    "from": begins,
                    "to": reached,
                    "kind": "level" if not step.sign else "up" if amount >= 0 else "down",
                    "exact": written(_signed(data, step), metric.unit, shown.notation),
                    "link": shown.rows_of(step.metric),
                }
            )
        return found

    def _grid(self, data: Json, shown: Shown) -> Grid:
        return Grid.plain(
            [_("Step"), _("Amount")],
            [
                (
                    METRICS[step.metric].label,
                    written(_signed(data, step), METRICS[step.metric].unit, shown.notation),
                    shown.rows_of(step.metric),
                )
                for step in self.steps
            ],
        )


def _signed(data: Json, step: Step) -> Any:
    value = data[step.metric]["value"]
    return -value if step.sign < 0 and value is not None else value


@dataclass(frozen=True, kw_only=True)
class Quadrant(Panel):
    """Groups as points: two metrics across and up, a third by size, with the value over all as the crossing lines."""

    section: Asked
    across: str
    up: str
    size: str
    template = "backoffice/dashboards/chart.html"
    needs_all = True

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the points, and their twin."""
        frame = Frame(data=data)
        across, up, size = METRICS[self.across], METRICS[self.up], METRICS[self.size]
        points = [
            {
                "name": frame.label(row, shown),
                "x": number(row[self.across]),
                "y": number(row[self.up]),
                "size": number(row[self.size]) or 0,
                "exact": [
                    f"{one.label}: {written(row[one.key], one.unit, shown.notation)}" for one in (across, up, size)
                ],
                "link": frame.address(row, self.size, shown),
            }
            for row in frame.rows
            if row[self.across] is not None and row[self.up] is not None
        ]
        chart = {
            "form": "quadrant",
            "points": points,
            "across": across.label,
            "up": up.label,
            "units": [across.unit, up.unit],
            "line": number(frame.data["total"].get(self.up)),
        }
        return {"chart": chart, "grid": grid_of(frame, shown)}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each group."""
        return Frame(data=data).table(str(self.title), shown)

    def left_out(self, data: Any) -> int:
        """Return how many groups the answer leaves out."""
        return Frame(data=data).left_out
