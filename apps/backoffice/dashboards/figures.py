"""Figures in a row: the value, its change, and the line it comes along on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Unit
from apps.analytics.rest.presentation import Json
from apps.analytics.rest.sections import Section, Values
from apps.analytics.rest.sections import Table as Asked
from apps.backoffice.dashboards.panels import Panel, Shown
from apps.documents.changes import Change, change_of
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import UNITS, short, written

SPARK_WIDTH, SPARK_HEIGHT = 120, 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure. `value` may be shortened, `exact` never is; `spark` are the points of its line, if it has one."""

    key: str
    label: str
    formula: str
    value: str
    exact: str
    change: Change | None
    spark: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Figures(Panel):
    """Metrics of a period beside those of the earlier one; `spark` is the question behind the small lines."""

    section: Values
    spark: Asked | None = None
    template = "backoffice/dashboards/figures.html"

    @property
    def asked(self) -> tuple[object, ...]:
        """The questions."""
        return (self.section, self.spark)

    def answer(self, compute: Callable[[Section], Any], given: Mapping[str, Any]) -> Any:
        """Return the values, and the rows of the lines."""
        return {"values": compute(self.section), "spark": compute(self.spark)["rows"] if self.spark else []}

    def show(self, data: Any, shown: Shown) -> Json:
        """Return a card for each metric."""
        return {"cards": [self._card(key, found, data["spark"], shown) for key, found in data["values"].items()]}

    def table(self, data: Any, shown: Shown) -> Table:
        """Return a row for each metric: now, earlier, and the change."""
        organization = shown.controls.organization
        columns = [Column("metric", _("Metric")), Column("unit", _("Unit")), Column("value", _("Value"), Kind.NUMBER)]
        keys = ["value"]
        if self.section.compares:
            columns += [Column("earlier", _("Earlier"), Kind.NUMBER), Column("change", _("Change"), Kind.NUMBER)]
            columns += [Column("change_percent", _("Change"), Kind.PERCENT)]
            keys += ["earlier", "change", "change_percent"]
        return Table(
            title=str(self.title),
            columns=tuple(columns),
            rows=[
                [METRICS[key].label, str(UNITS[Unit(found["unit"])]), *(found[one] for one in keys)]
                for key, found in data["values"].items()
            ],
            currency=organization.currency,
            timezone=organization.timezone,
        )

    def _card(self, key: str, found: Json, rows: Sequence[Json], shown: Shown) -> Card:
        metric, notation = METRICS[key], shown.notation
        change = None
        if self.section.compares:
            change = change_of(metric, found, shown.windows, notation)
        value = found["value"]
        return Card(
            key=key,
            label=metric.label,
            formula=metric.formula,
            value=short(value, metric.unit, notation),
            exact=written(value, metric.unit, notation),
            change=change,
            spark=spark_points([row.get(key) for row in rows]),
            href=shown.rows_of(key),
        )


def spark_points(values: Sequence[Decimal | None]) -> str:
    """Return the points of a polyline through the values, from zero or below; nothing for fewer than two."""
    known = [Decimal(value) for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(Decimal(0), *known), max(Decimal(0), *known)
    span, step = (high - low) or 1, Decimal(SPARK_WIDTH) / (len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{SPARK_HEIGHT - (Decimal(value) - low) / span * SPARK_HEIGHT:.1f}"
        for number, value in enumerate(values)
        if value is not None
    )
