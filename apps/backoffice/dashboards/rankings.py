"""Tables that are the picture themselves: bars in cells, heat by colour, drivers, the latest orders."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.recent import RecentOrders
from apps.analytics.rest.sections import Drivers, Section
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.frames import Frame
from apps.backoffice.dashboards.grids import grid_of
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import signed
from apps.marketplace.models import OrderStatus
from apps.marketplace.tones import ORDER_STATUS_TONES


@dataclass(frozen=True, kw_only=True)
class Ranking(Panel):
    """Groups with their metrics; the first has a bar, and its change where the section compares.

    `spark` is the question behind the small line of each group; `names` the page that a group has of its own. With
    `in_order` groups stand in the order of the values that there can be; with `shares` they tell their part of all.
    """

    section: Asked
    spark: Asked | None = None
    names: str = ""
    in_order: bool = False
    shares: bool = False
    template = "backoffice/dashboards/ranking.html"

    @property
    def asked(self) -> tuple[object, ...]:
        """The questions."""
        return (self.section, self.spark)

    def answer(self, compute: Callable[[Section], Any], given: Mapping[str, Any]) -> Any:
        """Return the groups, and for a page the lines of each."""
        lines = compute(self.spark) if self.spark and not given.get("for_a_file") else None
        return {"groups": compute(self.section), "lines": lines}

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the table."""
        frame = self._frame(data)
        windows = shown.windows if self.section.compares else None
        bars = [frame.metrics[0].key]
        sparks = _sparks(data["lines"]) if data["lines"] else None
        return {
            "grid": grid_of(
                frame, shown, bars=bars, windows=windows, sparks=sparks, names=self.names, shares=self.shares
            ),
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each group."""
        return self._frame(data).table(str(self.title), shown)

    def left_out(self, data: Any) -> int:
        """Return how many groups the answer leaves out."""
        return self._frame(data).left_out

    def _frame(self, data: Any) -> Frame:
        frame = Frame(data=data["groups"]).without_nothing()
        return frame.in_order() if self.in_order else frame


def _sparks(lines: Json) -> dict[str, list[Decimal | None]]:
    by = next(column["key"] for column in lines["columns"] if column["key"] in DIMENSIONS)
    metric = next(column["key"] for column in lines["columns"] if column["key"] in METRICS)
    found: dict[str, list[Decimal | None]] = {}
    for row in lines["rows"]:
        found.setdefault(row[by], []).append(row[metric])
    return found


@dataclass(frozen=True, kw_only=True)
class Changes(Panel):
    """What drove the change of revenue, and whose changed most."""

    section: Drivers
    template = "backoffice/dashboards/changes.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return the change in a sentence, its parts, and the groups."""
        notation = shown.notation
        windows = shown.windows
        largest = max(abs(Decimal(change)) for change in _changes(data))
        return {
            "change": signed(data["change"], Unit.MONEY, notation),
            "is_nothing": not data["current"] and not data["earlier"],
            "now": notation.money(data["current"]),
            "earlier": notation.money(data["earlier"]),
            "period": notation.days(shown.period.first, windows.period.last),
            "against": notation.days(windows.earlier.first, windows.earlier.last),
            "href": shown.change_of("total_revenue"),
            "parts": [_part(label, data[key], largest, shown, "", about) for key, (label, about) in _parts().items()],
            "drivers": [
                _part(
                    one["label"],
                    one["change"],
                    largest,
                    shown,
                    shown.change_of("total_revenue", {data["by"]: one["key"] or ""}),
                )
                for one in data["drivers"]
                if one["change"]
            ],
            "by": DIMENSIONS[data["by"]].label,
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each part and each group."""
        organization = shown.controls.organization
        parts = [[_("Part"), label, data[key]] for key, (label, _about) in _parts().items()]
        groups = [[DIMENSIONS[data["by"]].label, one["label"], one["change"]] for one in data["drivers"]]
        return Table(
            title=str(self.title),
            columns=(Column("kind", _("Kind")), Column("name", _("Name")), Column("change", _("Change"), Kind.MONEY)),
            rows=parts + groups,
            total=[_("Total"), "", data["change"]],
            currency=organization.currency,
            timezone=organization.timezone,
        )


def _changes(data: Json) -> Iterator[Decimal]:
    yield from (data["orders"], data["average_value"], data["mix"])
    yield from (one["change"] for one in data["drivers"])


def _parts() -> dict[str, tuple[str, str]]:
    """Return what each part of a change is called, and what it is, as the glossary says it."""
    return {
        "orders": (
            _("Number of orders"),
            _("What more or fewer orders would have brought at the earlier average value."),
        ),
        "average_value": (
            _("Average order value"),
            _("What came of orders in the same group, such as a partner, being worth more or less."),
        ),
        "mix": (
            _("Mix"),
            _("What came of orders moving between groups, such as partners, of different average value, new ones too."),
        ),
    }


def _part(label: str, change: Decimal, largest: Decimal, shown: Shown, href: str, about: str = "") -> Json:
    return {
        "label": label,
        "about": about,
        "change": signed(change, Unit.MONEY, shown.notation),
        "is_fall": change < 0,
        "bar": round(abs(change) / largest * 100) if largest else 0,
        "href": href,
    }


@dataclass(frozen=True, kw_only=True)
class Feed(Panel):
    """The latest orders."""

    section: RecentOrders
    template = "backoffice/dashboards/feed.html"

    def show(self, data: Any, shown: Shown) -> Json:
        """Return them with their amounts written."""
        return {
            "orders": [
                {
                    **order,
                    "tone": ORDER_STATUS_TONES[order["status"]],
                    "status_label": OrderStatus(order["status"]).label,
                    "total": shown.notation.money(Decimal(order["total"])),
                    "placed": shown.notation.instant(datetime.datetime.fromisoformat(order["placed_at"])),
                    "href": reverse("admin:marketplace_order_change", args=[order["id"]]),
                }
                for order in data
            ],
            "all": reverse("admin:marketplace_order_changelist"),
        }

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each order."""
        organization = shown.controls.organization
        return Table(
            title=str(self.title),
            columns=(
                Column("number", _("Number")),
                Column("status", _("Status")),
                Column("placed_at", _("Placed at"), Kind.INSTANT),
                Column("customer", _("Customer")),
                Column("partner", _("Partner")),
                Column("total", _("Total"), Kind.MONEY),
            ),
            rows=[
                [
                    order["number"],
                    str(OrderStatus(order["status"]).label),
                    datetime.datetime.fromisoformat(order["placed_at"]),
                    order["customer"],
                    order["partner"],
                    order["total"],
                ]
                for order in data
            ],
            currency=organization.currency,
            timezone=organization.timezone,
        )
