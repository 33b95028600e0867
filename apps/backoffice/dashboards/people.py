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

PAGE_OF_A_CUSTOMER = "marketplace_customer_change"


@dataclass(frozen=True, kw_only=True)
class CustomerList(Panel):
    """Customers with metrics; rows come with `customer_email` and `last_order_date`."""

    section: Asked
    template = "backoffice/dashboards/ranking.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return a row for each customer, which leads to their page."""
        frame, within = Frame(data=data), _filtered(self.section, shown)
        windows = shown.compared(self.period(shown), self.comparison(shown)) if self.section.compares else None
        grid = grid_of(
            frame,
            within,
            self.period(shown),
            bars=[frame.metrics[0].key],
            windows=windows,
            names=PAGE_OF_A_CUSTOMER,
        )
        heads = [Head(label=_("E-mail")), Head(label=_("Last order"))]
        rows = [[cells[0], *_told(row, shown), *cells[1:]] for row, cells in zip(frame.rows, grid.rows, strict=True)]
        total = [*grid.total[:1], Cell(text=""), Cell(text=""), *grid.total[1:]]
        return {"grid": replace(grid, heads=[*grid.heads[:1], *heads, *grid.heads[1:]], rows=rows, total=total)}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each customer."""
        frame = Frame(data=data)
        table = frame.table(str(self.title), shown)
        more = (Column("customer_email", _("E-mail")), Column("last_order_date", _("Last order"), Kind.DATE))
        rows = [
            [values[0], row["customer_email"], _day(row), *values[1:]]
            for row, values in zip(frame.rows, table.rows, strict=True)
        ]
        total = [*table.total[:1], None, None, *table.total[1:]] if table.total else None
        return replace(table, columns=(table.columns[0], *more, *table.columns[1:]), rows=rows, total=total)


def _filtered(section: Asked, shown: Shown) -> Shown:
    """Return for whom it is shown, under the filters of the question itself: its values lead to rows under them."""
    fixed = {**shown.controls.fixed, **section.filters}
    return replace(shown, controls=replace(shown.controls, fixed=fixed))


def _told(row: Json, shown: Shown) -> list[Cell]:
    day = _day(row)
    return [
        Cell(text=row["customer_email"], sort=row["customer_email"]),
        Cell(text=shown.notation.day(day) if day else "", sort=str(day or "")),
    ]


def _day(row: Json) -> datetime.date | None:
    return datetime.date.fromisoformat(row["last_order_date"]) if row["last_order_date"] else None
