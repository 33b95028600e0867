"""Tables as a page shows them: every cell written, with where it leads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.declarations import Metric, Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.tones import SEGMENT_TONES
from apps.backoffice.dashboards.figures import spark_points
from apps.backoffice.dashboards.frames import Frame
from apps.backoffice.dashboards.panels import Shown
from apps.core.periods import ComparedWindows
from apps.documents.changes import Change, change_of
from apps.documents.units import bare, unit_of
from apps.marketplace.models import OrderStatus
from apps.marketplace.tones import ORDER_STATUS_TONES, PARTNER_STATUS_TONES

_IS_GOOD = {
    OrderStatus.COMPLETED: True,
    OrderStatus.REJECTED: False,
    OrderStatus.CANCELLED: False,
    OrderStatus.NO_SHOW: False,
}
_TONES = {"segment": SEGMENT_TONES, "status": ORDER_STATUS_TONES, "partner_status": PARTNER_STATUS_TONES}
_ORDERED = {"weekday", "hour", "duration", "lifetime_value_band"}  # by their values, not by what these are called


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column’s head. `sort` is how its cells are ordered by a click: as numbers, as texts, or not at all."""

    label: str
    unit: str = ""
    is_number: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell. `bar` is its part of the largest in percent; `sort` what it is ordered by; `badge` how it is coloured.

    `about` is what a screen reader adds.
    """

    text: str
    sort: str = ""
    href: str = ""
    is_number: bool = False
    bar: int | None = None
    change: Change | None = None
    spark: str = ""
    badge: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Heads, rows, the total, and how many rows were left out."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = field(default=())
    more: int = 0
    more_written: str = ""

    @classmethod
    def plain(cls, heads: Sequence[str], rows: Iterable[tuple[str, str, str]]) -> "Grid":
        """Return a table of names and values, each value with its address."""
        return cls(
            heads=[Head(label=heads[0]), Head(label=heads[1], is_number=True)],
            rows=[[Cell(text=name), Cell(text=value, href=href, is_number=True)] for name, value, href in rows],
        )


def grid_of(
    frame: Frame,
    shown: Shown,
    *,
    bars: Sequence[str] = (),
    windows: ComparedWindows | None = None,
    sparks: Json | None = None,
    names: str = "",
    shares: bool = False,
) -> Grid:
    """Return a frame as a page shows it.

    `bars` are the metrics whose cells have a bar; `windows` adds to the first metric its change; `sparks` are the
    values of a line by the key of the row; `names` is the route of the page that a row's name leads to; `shares` adds
    what part of the total the first metric is.
    """
    metrics = frame.metrics
    largest = {key: max((abs(row[key] or 0) for row in frame.rows), default=0) for key in bars}
    heads = [Head(label=_head(frame))]
    for metric in metrics:
        heads.append(_metric_head(metric, shown))
        if shares and metric is metrics[0]:
            heads.append(Head(label=_("Share"), unit="%", is_number=True))
        if windows is not None and metric is metrics[0]:
            heads.append(Head(label=_("Change"), is_number=True))
    if sparks is not None:
        heads.append(Head(label=_("Trend")))
    rows = []
    for row in frame.rows:
        cells = [_name(frame, row, shown, names)]
        for metric in metrics:
            cells.append(_value(frame, row, metric, shown, largest.get(metric.key)))
            if shares and metric is metrics[0]:
                cells.append(_share(row, metric, shown))
            if windows is not None and metric is metrics[0]:
                cells.append(_change(frame, row, metric, shown, windows))
        if sparks is not None:
            cells.append(Cell(text="", spark=spark_points(sparks.get(row[frame.by[0]], ()))))
        rows.append(cells)
    return Grid(
        heads=heads,
        rows=rows,
        total=_total(frame, shown, heads),
        more=frame.left_out,
        more_written=shown.notation.number(frame.left_out),
    )


def _head(frame: Frame) -> str:
    names = [DIMENSIONS[key].label for key in frame.by]
    if frame.is_dated:
        names.insert(0, next(column["label"] for column in frame.data["columns"] if column["key"] == "date"))
    return " · ".join(names)


def _metric_head(metric: Metric, shown: Shown) -> Head:
    unit = unit_of(metric.unit, shown.notation)
    return Head(label=metric.label, unit=unit, is_number=True, about=metric.formula)


def _name(frame: Frame, row: Json, shown: Shown, names: str) -> Cell:
    text = frame.label(row, shown)
    if frame.is_dated or not frame.by:
        return Cell(text=text, sort=str(row.get("date", "")))
    key = frame.by[0]
    order = row[key] if key in _ORDERED else text
    href = shown.page_of(names, row[key]) if names and row[key] else ""
    return Cell(
        text=text, sort=str(order), href=href, badge=_TONES[key].get(row[key], "plain") if key in _TONES else ""
    )


def _value(frame: Frame, row: Json, metric: Metric, shown: Shown, largest: Any) -> Cell:
    value = row[metric.key]
    return Cell(
        text=bare(value, metric.unit, shown.notation),
        sort="" if value is None else str(value),
        href=frame.address(row, metric.key, shown),
        is_number=True,
        bar=round(abs(value or 0) / largest * 100) if largest else None,
    )


def _share(row: Json, metric: Metric, shown: Shown) -> Cell:
    share = row.get("share", {}).get(metric.key)
    return Cell(text=bare(share, Unit.PERCENT, shown.notation), sort=str(share or ""), is_number=True)


def _change(frame: Frame, row: Json, metric: Metric, shown: Shown, windows: ComparedWindows) -> Cell:
    compared = row.get("compared", {}).get(metric.key)
    if compared is None:
        return Cell(text="", is_number=True)
    change = change_of(_meant(frame, row, metric), compared, windows, shown.notation)
    return Cell(text="", sort=str(compared["change_percent"] or ""), is_number=True, change=change)


def _meant(frame: Frame, row: Json, metric: Metric) -> Metric:
    """Return the metric as it is meant of a status: more cancelled orders are no good news."""
    return replace(metric, higher=_IS_GOOD.get(row["status"])) if frame.by == ["status"] else metric


def _total(frame: Frame, shown: Shown, heads: Sequence[Head]) -> list[Cell]:
    total = frame.data["total"]
    by_label = {metric.label: metric for metric in frame.metrics}
    cells = [Cell(text=_("Total"))]
    for head in heads[1:]:
        metric = by_label.get(head.label)
        value: Decimal | None = total.get(metric.key) if metric else None
        cells.append(
            Cell(
                text=bare(value, metric.unit, shown.notation) if metric and value is not None else "",
                href=shown.rows_of(metric.key) if metric and value is not None else "",
                is_number=True,
            )
        )
    return cells
