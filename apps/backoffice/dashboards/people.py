"""Customers by name: how they are reached, as far as the reader may see it, and when they last ordered."""

import datetime
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.frames import Frame
from apps.backoffice.dashboards.grids import Cell, Head, grid_of
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.tables import Column, Kind, Table

_NBSP = "\N{NO-BREAK SPACE}"
PAGE_OF_A_CUSTOMER = "marketplace_customer_change"


@dataclass(frozen=True, kw_only=True)
class CustomerList(Panel):
    """Customers with metrics; rows come with `customer_email` and `last_order_date`."""

    section: Asked
    template = "backoffice/dashboards/ranking.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return a row for each customer, which leads to their page."""
        frame = Frame(data=data)
        windows = shown.windows if self.section.compares else None
        grid = grid_of(frame, shown, bars=[frame.metrics[0].key], windows=windows, names=PAGE_OF_A_CUSTOMER)
        heads = [*grid.heads, Head(label=_("Last order")), Head(label=_("E-mail"))]
        rows = [[*cells, *_told(row, shown)] for row, cells in zip(frame.rows, grid.rows, strict=True)]
        return {"grid": replace(grid, heads=heads, rows=rows, total=[*grid.total, Cell(text=""), Cell(text="")])}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each customer."""
        frame = Frame(data=data)
        table = frame.table(str(self.title), shown)
        more = (Column("last_order_date", _("Last order"), Kind.DATE), Column("customer_email", _("E-mail")))
        rows = [[*values, _day(row), row["customer_email"]] for row, values in zip(frame.rows, table.rows, strict=True)]
        return replace(table, columns=(*table.columns, *more), rows=rows, total=[*(table.total or ()), None, None])

    def left_out(self, data: Any) -> int:
        """Return how many groups the answer leaves out."""
        return Frame(data=data).left_out


def _told(row: Json, shown: Shown) -> list[Cell]:
    day = _day(row)
    return [
        Cell(text=shown.notation.day(day).replace(" ", _NBSP) if day else "", sort=str(day or "")),
        Cell(text=row["customer_email"], sort=row["customer_email"]),
    ]


def _day(row: Json) -> datetime.date | None:
    return datetime.date.fromisoformat(row["last_order_date"]) if row["last_order_date"] else None
