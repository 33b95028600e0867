"""What an answer is made of: named sections, each one question to the metrics.

An endpoint declares its sections; what it computes and how OpenAPI describes it both follow from them.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import RefundBasis
from apps.analytics.metrics.decomposition import decompose_revenue
from apps.analytics.metrics.percentiles import FRACTIONS, processing_time_percentiles
from apps.analytics.metrics.query import MetricTable, query_metrics
from apps.analytics.metrics.questions import MAX_IN_A_FILE, MAX_LIMIT, dimensions_of
from apps.analytics.metrics.retention import retention
from apps.analytics.metrics.scope import Scope
from apps.analytics.models import Stage
from apps.analytics.rest.presentation import TABLE_SCHEMA, Json, object_schema, table_json, values_json, values_schema
from apps.core.periods import Comparison, Grain, Period, Step, resolve_timeframe

Given = Mapping[str, Any]
S = TypeVar("S")
BY_LENGTH = "by length"
ALL = MAX_LIMIT


class Section(Protocol):
    """A part of an answer."""

    def options(self, scope: Scope, given: Given) -> "Options":
        """Return what it asks with."""

    def compute(self, scope: Scope, given: Given) -> Any:
        """Return it, ready to be written as JSON."""

    def schema(self) -> Json:
        """Return how OpenAPI describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a section asks with in the end: its own choices, else the caller's. Links to its values are made of it."""

    period: Period
    compare: str | None
    refund_basis: str
    filters: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, kept: Json) -> "Options":
        """Return the options that `as_json` wrote."""
        first, last = (datetime.date.fromisoformat(kept[key]) for key in ("start_date", "end_date"))
        return cls(
            period=Period(first, last, Step(kept["step"]) if kept["step"] else None),
            compare=kept["compare"],
            refund_basis=kept["refund_basis"],
            filters={key: tuple(values) for key, values in kept["filters"].items()},
        )

    def as_json(self) -> Json:
        """Return them to be kept beside an answer."""
        return {
            **_dates(self.period),
            "step": self.period.step,
            "compare": self.compare,
            "refund_basis": self.refund_basis,
            "filters": {key: list(values) for key, values in self.filters.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a section asks of metrics, and with what of its own, whatever its caller asks with."""

    metrics: tuple[str, ...] = ()
    timeframe: str = ""  # of its own, whatever the caller's period is
    compare: str | None = None  # of its own; else the caller's
    compares: bool = True
    refund_basis: str = ""  # of its own; else the caller's
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def options(self, scope: Scope, given: Given) -> Options:
        """Return what it asks with."""
        chosen: Mapping[str, Iterable[str]] = given.get("filters") or {}
        filters = {key: tuple(values) for key, values in {**chosen, **self.filters}.items()}
        if given.get("partner_id") is not None:
            filters["partner"] = (str(given["partner_id"]),)
        return Options(
            period=self._period(scope, given),
            compare=(self.compare or given.get("compare")) if self.compares else None,
            refund_basis=self.refund_basis or given.get("refund_basis", RefundBasis.REFUND_DAY.value),
            filters=filters,
        )

    def query(self, scope: Scope, given: Given, **more: Any) -> MetricTable:
        """Return what the metrics say, with its options; `more` is what else is asked of them."""
        options = self.options(scope, given)
        return query_metrics(
            scope,
            self.metrics,
            period=options.period,
            compare=options.compare,
            refund_basis=options.refund_basis,
            filters=options.filters,
            **more,
        )

    def _period(self, scope: Scope, given: Given) -> Period:
        if not self.timeframe:
            period: Period = given["period"]
            return period
        organization = scope.organization
        return resolve_timeframe(self.timeframe, today=scope.today, week_starts_on=organization.week_starts_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values(Asking):
    """Metrics of a whole period, each beside the earlier one."""

    def compute(self, scope: Scope, given: Given) -> Json:
        """Return each metric by its key."""
        return values_json(self.query(scope, given))

    def schema(self) -> Json:
        """Return one object a metric."""
        return values_schema(self.metrics, is_compared=self.compares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Asking):
    """Metrics by dimensions or by grain; `grain` may follow from the length of the period, or from the caller."""

    by: tuple[str, ...] = ()
    grain: str = ""
    order: str = ""
    limit: int | None = None  # of its own; else the caller's
    compares: bool = False
    every: bool = False  # of the dimension’s values, also those that nothing happened in, in their order
    decorate: Callable[[Scope, Json], Json] | None = field(default=None, repr=False)

    def compute(self, scope: Scope, given: Given) -> Json:
        """Return the table."""
        table = self.query(
            scope,
            given,
            dimensions=tuple(given[key[1:]] if key.startswith("$") else key for key in self.by),
            grain=self._grain(self._period(scope, given), given),
            order=self.order,
            limit=self._limit(given),
            at_most=MAX_IN_A_FILE,
        )
        shown = table_json(table)
        if self.every:
            shown["rows"] = every_value(table, shown["rows"])
        return self.decorate(scope, shown) if self.decorate else shown

    def schema(self) -> Json:
        """Return what every table has."""
        return TABLE_SCHEMA

    def _limit(self, given: Given) -> int:
        if given.get("for_a_file") and not self.grain:
            return MAX_IN_A_FILE
        limit: int = self.limit or given.get("limit", 10)
        return limit

    def _grain(self, period: Period, given: Given) -> str | None:
        if self.grain != BY_LENGTH:
            return self.grain or None
        return given.get("grain") or str(grain_for(period))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers(Asking):
    """What drove the change of revenue: orders, their average value, and the mix of `by`."""

    metrics: tuple[str, ...] = ("total_revenue",)
    by: str = "partner"

    def compute(self, scope: Scope, given: Given) -> Json:
        """Return the parts of the change, and the groups that changed most."""
        options = self.options(scope, given)
        found = decompose_revenue(
            scope,
            period=options.period,
            compare=options.compare or Comparison.PREVIOUS_PERIOD,
            by=self.by,
            filters=options.filters,
        )
        return {
            "earlier": found.earlier,
            "current": found.current,
            "change": found.change,
            "orders": found.orders,
            "average_value": found.average_value,
            "mix": found.mix,
            "by": found.by,
            "drivers": [
                {"key": driver.key or None, "label": driver.label, "change": driver.change}
                for driver in found.drivers[: MAX_LIMIT if given.get("for_a_file") else given.get("limit", 10)]
            ],
        }

    def schema(self) -> Json:
        """Return the parts, which add up to the change."""
        number = {"type": "number"}
        driver: dict[str, Json] = {
            "key": {"type": ["string", "null"]},
            "label": {"type": "string"},
            "change": number,
        }
        return {
            **object_schema(
                {
                    **dict.fromkeys(("earlier", "current", "change", "orders", "average_value", "mix"), number),
                    "by": {"type": "string"},
                    "drivers": {"type": "array", "items": object_schema(driver)},
                }
            ),
            "description": "orders + average_value + mix is the change of total revenue, to the cent.",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingTimes(Asking):
    """How long orders of the period took, stage by stage: percentiles in minutes."""

    def compute(self, scope: Scope, given: Given) -> list[Json]:
        """Return a row for each stage that orders went through."""
        options = self.options(scope, given)
        found = processing_time_percentiles(scope, period=options.period, filters=options.filters)
        return [
            {"stage": times.stage, "stage_label": times.stage.label, "orders": times.orders, **times.minutes}
            for times in found
        ]

    def schema(self) -> Json:
        """Return a list of stages."""
        text, minutes = {"type": "string"}, {"type": "number", "description": "Minutes, to 5 %."}
        stage: dict[str, Json] = {
            "stage": {**text, "enum": list(Stage.values)},
            "stage_label": text,
            "orders": {"type": "integer"},
            **dict.fromkeys(FRACTIONS, minutes),
        }
        return {"type": "array", "items": object_schema(stage)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Asking):
    """Customers by the month of their first counted order, and what part of them ordered in each month since.

    Each month is a period of its own, whatever the caller's is.
    """

    def compute(self, scope: Scope, given: Given) -> list[Json]:
        """Return a row for each cohort of the last twelve months."""
        return [
            {
                "cohort": cohort.key,
                **_dates(cohort.period),
                "size": cohort.size,
                "months": [
                    {**_dates(month.period), "customers": month.customers, "percent": month.percent}
                    for month in cohort.months
                ],
            }
            for cohort in retention(scope, filters=self.options(scope, given).filters)
        ]

    def schema(self) -> Json:
        """Return a list of cohorts."""
        text, number = {"type": "string"}, {"type": "integer"}
        dates: dict[str, Json] = {key: {**text, "format": "date"} for key in ("start_date", "end_date")}
        month = object_schema({**dates, "customers": number, "percent": {"type": "number"}})
        cohort: dict[str, Json] = {
            "cohort": text,
            **dates,
            "size": number,
            "months": {"type": "array", "items": month},
        }
        return {"type": "array", "items": object_schema(cohort)}


def _dates(period: Period) -> Json:
    return {"start_date": period.first, "end_date": period.last}


def every_value(table: MetricTable, rows: list[Json]) -> list[Json]:
    """Return a row for each value that the one dimension can have, in their order, with nothing where there is none."""
    (dimension,) = table.question.dimensions
    nothing = {metric.key: metric.expression.of_nothing() for metric in table.question.metrics}
    found = {row[dimension.key]: row for row in rows}
    return [
        found.get(key) or {dimension.key: key, f"{dimension.key}_label": str(label), **nothing}
        for key, label in dimension.choices.items()
    ]


def kept_under(section: S, given: Given) -> S:
    """Return a question with only the metrics that can be filtered like this; with all where none can."""
    keys: tuple[str, ...] = getattr(section, "metrics", ())
    kept = tuple(key for key in keys if set(given["filters"]) <= set(dimensions_of(METRICS[key])))
    return section if not kept or kept == keys else replace(section, metrics=kept)  # type: ignore[type-var]


def fingerprint_of(sections: Mapping[str, object]) -> str:
    """Return a short text that changes with what is asked: other sections make another question."""
    return hashlib.sha256(repr(sorted(sections.items(), key=itemgetter(0))).encode()).hexdigest()[:16]


def grain_for(period: Period) -> Grain:
    """Return the grain that shows a period of this length in some thirty steps."""
    if period.days <= 45:
        return Grain.DAY
    return Grain.WEEK if period.days <= 240 else Grain.MONTH
