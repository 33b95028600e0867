"""Answers of metrics as typed tables, and as charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.documents.changes import change_of
from apps.documents.document import Chart, Figure, Form, Series
from apps.documents.naming import named
from apps.documents.tables import Column, Kind, Table
from apps.documents.units import written
from apps.reports.types.asked import Reading
from apps.reports.wording import bucket_named

_CHARTED = 10
_EARLIER, _CHANGE = "_earlier", "_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as metrics answer it, with what its rows are called. `extra` are columns that are not metrics."""

    data: Json
    reading: Reading
    extra: tuple[Column, ...] = ()

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, in their order."""
        return [METRICS[column["key"]] for column in self.data["columns"] if column["key"] in METRICS]

    @property
    def by(self) -> list[str]:
        """The keys of the dimensions."""
        return [column["key"] for column in self.data["columns"] if column["key"] in DIMENSIONS]

    @property
    def is_dated(self) -> bool:
        """Whether rows are of days, weeks or months."""
        return any(column["key"] == "date" for column in self.data["columns"])

    @property
    def is_compared(self) -> bool:
        """Whether rows have earlier values."""
        return bool(self.data["total"].get("compared"))

    def table(self, title: str) -> Table:
        """Return the rows with the first metric beside its earlier value, and the total over everything there is."""
        heads = [*self._dates(), *(Column(key, DIMENSIONS[key].label) for key in self.by)]
        values = [Column(metric.key, metric.label, Kind(metric.unit)) for metric in self.metrics]
        figures = [*values, *self._compared_columns()]
        columns = [*heads, *figures, *self.extra]
        total = [self._value(self.data["total"], column) for column in figures]
        organization = self.reading.scope.organization
        return Table(
            title=title,
            columns=tuple(columns),
            rows=[[self._value(row, column) for column in columns] for row in self.data["rows"]],
            total=[_("Total"), *[None] * (len(heads) - 1), *total, *[None] * len(self.extra)],
            currency=organization.currency,
            timezone=organization.timezone,
        )

    def chart(self, title: str, form: Form, keys: Sequence[str], *, earlier: bool = True) -> Chart:
        """Return metrics of one unit over the rows; with the earlier values where there is one metric."""
        rows = self.data["rows"] if self.is_dated else self.data["rows"][:_CHARTED]
        metrics = [metric for metric in self.metrics if metric.key in keys]
        series = [Series(label=one.label, values=_decimals(row[one.key] for row in rows)) for one in metrics]
        if earlier and self.is_compared and len(metrics) == 1:
            was = [row["compared"][metrics[0].key]["earlier"] for row in rows]
            series.append(Series(label=self.reading.earlier_days(), values=_decimals(was), is_earlier=True))
        return Chart(
            title=title,
            form=form,
            kind=Kind(metrics[0].unit),
            labels=tuple(self.label(row, short=True) for row in rows),
            series=tuple(series),
            finding=self._finding(metrics[0]),
            goes_on=self.is_dated and self.reading.goes_on,
        )

    def label(self, row: Mapping[str, Any], *, short: bool = False) -> str:
        """Return what a row is called."""
        notation = self.reading.notation
        names = [named(key, row[key], row[f"{key}_label"], notation, short=short) for key in self.by]
        if self.is_dated:
            names.insert(0, bucket_named(row["date"], row["through"], notation, short=short))
        return " · ".join(names)

    def note(self) -> str:
        """Return how much of it is shown, where that is not all."""
        shown, groups = len(self.data["rows"]), self.data["groups"]
        if self.is_dated or shown >= groups:
            return ""
        number = self.reading.notation.number
        told = {"shown": number(shown), "groups": number(groups)}
        return _("%(shown)s of %(groups)s are listed; the total is of all.") % told

    def _dates(self) -> list[Column]:
        if not self.is_dated:
            return []
        if all(row["date"] == row["through"] for row in self.data["rows"]):
            return [Column("date", _("Day"), Kind.DATE)]
        return [Column("date", _("From"), Kind.DATE), Column("through", _("To"), Kind.DATE)]

    def _compared_columns(self) -> list[Column]:
        if not self.is_compared:
            return []
        metric = self.metrics[0]
        return [
            Column(f"{metric.key}{_EARLIER}", _("%(metric)s before") % {"metric": metric.label}, Kind(metric.unit)),
            Column(f"{metric.key}{_CHANGE}", _("Change"), Kind.PERCENT),
        ]

    def _value(self, row: Mapping[str, Any], column: Column) -> Any:
        if column.key in DIMENSIONS:
            return named(column.key, row[column.key], row[f"{column.key}_label"], self.reading.notation)
        for suffix, part in ((_EARLIER, "earlier"), (_CHANGE, "change_percent")):
            if column.key.endswith(suffix) and column.key not in row:
                return row["compared"][column.key.removesuffix(suffix)][part]
        return row.get(column.key)

    def _finding(self, metric: Metric) -> str:
        total, notation = self.data["total"], self.reading.notation
        told = _("%(metric)s: %(value)s") % {
            "metric": metric.label,
            "value": written(total.get(metric.key), metric.unit, notation),
        }
        compared = total.get("compared", {}).get(metric.key)
        if not compared:
            return told
        return f"{told}, {change_of(metric, compared, self.reading.windows, notation).title}"


def figure_of(key: str, found: Json, reading: Reading) -> Figure:
    """Return a metric of the whole period, beside its earlier value where it has one."""
    metric = METRICS[key]
    is_compared = "earlier" in found
    return Figure(
        key=key,
        label=metric.label,
        kind=Kind(metric.unit),
        value=found["value"],
        earlier=found.get("earlier"),
        change=change_of(metric, found, reading.windows, reading.notation) if is_compared else None,
        reason="" if found["value"] is not None else _("There is nothing to work it out from."),
    )


def plain_table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]], reading: Reading) -> Table:
    """Return a table that has no total."""
    organization = reading.scope.organization
    return Table(
        title=title,
        columns=tuple(columns),
        rows=rows,
        currency=organization.currency,
        timezone=organization.timezone,
    )


def _decimals(values: Iterable[Any]) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)
