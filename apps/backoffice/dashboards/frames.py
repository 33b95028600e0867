"""Answers that are tables, as they come back from the cache: rows with their names, values and addresses."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.rest.presentation import Json
from apps.backoffice.dashboards.panels import Shown
from apps.core.periods import Period
from apps.documents.naming import named
from apps.documents.tables import Column, Kind, Table
from apps.reports.wording import bucket_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A table as it was computed. `by` are its dimensions, `metrics` its figures."""

    data: Json

    @property
    def rows(self) -> Sequence[Json]:
        """The rows."""
        rows: Sequence[Json] = self.data["rows"]
        return rows

    @property
    def keys(self) -> list[str]:
        """The keys of the columns."""
        return [column["key"] for column in self.data["columns"]]

    @property
    def by(self) -> list[str]:
        """The keys of the dimensions."""
        return [key for key in self.keys if key in DIMENSIONS]

    @property
    def metrics(self) -> list[Metric]:
        """The metrics."""
        return [METRICS[key] for key in self.keys if key in METRICS]

    @property
    def is_dated(self) -> bool:
        """Whether rows are of days, weeks, months, quarters or years."""
        return "date" in self.keys

    @property
    def left_out(self) -> int:
        """How many groups there are beside those of the rows."""
        return 0 if self.is_dated else max(0, int(self.data["groups"]) - len(self.rows))

    def label(self, row: Mapping[str, Any], shown: Shown, *, short: bool = False) -> str:
        """Return what a row is called."""
        names = [named(key, row[key], row[f"{key}_label"], shown.notation, short=short) for key in self.by]
        if self.is_dated:
            names.insert(0, days_of(row, shown, short=short))
        return " · ".join(names)

    def address(self, row: Mapping[str, Any], metric: str, shown: Shown) -> str:
        """Return where a value leads: to the facts that add up to it. No value, as of a day to come, leads nowhere."""
        if row[metric] is None:
            return ""
        period = Period(_day(row["date"]), _day(row["through"])) if self.is_dated else None
        return shown.rows_of(metric, {key: row[key] or "" for key in self.by}, period=period)

    def in_order(self) -> "Frame":
        """Return it with the rows in the order of the values that dimensions can have; what has none comes last."""
        orders = [{value: place for place, value in enumerate(DIMENSIONS[key].choices)} for key in self.by]
        rows = sorted(
            self.rows,
            key=lambda row: [order.get(row[key], len(order)) for key, order in zip(self.by, orders, strict=True)],
        )
        return replace(self, data={**self.data, "rows": rows})

    def without_nothing(self) -> "Frame":
        """Return it without the row of what has no value, where that has no figures either."""
        rows = [row for row in self.rows if row[self.by[0]] or any(row[metric.key] for metric in self.metrics)]
        left_out = len(self.rows) - len(rows)
        return replace(self, data={**self.data, "rows": rows, "groups": self.data["groups"] - left_out})

    def table(self, title: str, shown: Shown) -> Table:
        """Return it as a table for files: a dimension by its name, a bucket by its first and last day."""
        organization = shown.controls.organization
        columns: list[Column] = []
        if self.is_dated:
            columns += [Column("date", _("From"), Kind.DATE), Column("through", _("To"), Kind.DATE)]
        columns += [Column(key, DIMENSIONS[key].label) for key in self.by]
        columns += [Column(metric.key, metric.label, Kind(metric.unit)) for metric in self.metrics]
        heads = len(columns) - len(self.metrics)
        return Table(
            title=title,
            columns=tuple(columns),
            rows=[[self._value(row, column, shown) for column in columns] for row in self.rows],
            total=[_("Total"), *[None] * (heads - 1), *(self.data["total"].get(metric.key) for metric in self.metrics)],
            currency=organization.currency,
            timezone=organization.timezone,
        )

    def _value(self, row: Mapping[str, Any], column: Column, shown: Shown) -> Any:
        if column.kind == Kind.DATE:
            return _day(row[column.key])
        if column.key in DIMENSIONS:
            return named(column.key, row[column.key], row[f"{column.key}_label"], shown.notation)
        return row.get(column.key)


def days_of(row: Mapping[str, Any], shown: Shown, *, short: bool = False) -> str:
    """Return how a bucket is called: a day, a month, a year, or its first and last day; short ones on an axis."""
    return bucket_named(_day(row["date"]), _day(row["through"]), shown.notation, short=short)


def number(value: Any) -> float | None:
    """Return a value for a picture, where the last digits cannot be seen."""
    return None if value is None else float(Decimal(value))


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)
