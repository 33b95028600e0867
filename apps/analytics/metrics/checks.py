"""System checks: what metrics declare holds together, at every start."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Column, Dimension, Measure, Metric, Source
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.explanation import parts_of
from apps.analytics.metrics.expressions import DAYS
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.sources import SOURCES
from apps.analytics.rollups import ROLLUP_BY_NAME, has_statement

_NAMES = re.compile(r"\b(source|partner|product|customer|standing)\.(\w+)")
_JOINED = {
    "partner": "marketplace_partner",
    "product": "marketplace_product",
    "customer": "marketplace_customer",
    "standing": "customer_analytics",
}


@register("metrics")
def check_metrics(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Return an error for each declaration that cannot be kept."""
    return [
        *(error for measure in MEASURES.values() for error in measure_errors(measure)),
        *(error for dimension in DIMENSIONS.values() for error in dimension_errors(dimension)),
        *(error for metric in METRICS.values() for error in metric_errors(metric)),
    ]


def measure_errors(measure: Measure) -> Iterator[CheckMessage]:
    """Yield what is wrong with a measure: its sources, its columns, its facts, or that it sums what must not be."""
    for key, column in [*measure.columns.items(), *measure.by_order_day.items()]:
        source = SOURCES.get(key)
        if source is None:
            yield _error(f"Measure {measure.key} reads from {key}, which is no source.", "E020")
            continue
        yield from _column_errors(f"Measure {measure.key}", source, column)
        if measure.is_sum and not measure.only_by and _sums_distinct_counts(source, column):
            yield _error(
                f"Measure {measure.key} sums a column of {source.table} that counts distinct rows.",
                "E022",
                hint="Count them anew with is_sum=False, or say by which dimension alone it makes sense.",
            )
    for facts in [measure.facts, measure.facts_by_order_day, *measure.facts_of.values()]:
        if facts is not None and not has_statement(f"facts/{facts.relation}"):
            yield _error(f"Measure {measure.key}: there is no sql/facts/{facts.relation}.sql.", "E023")


def dimension_errors(dimension: Dimension) -> Iterator[CheckMessage]:
    """Yield what is wrong with a dimension: its sources, its columns, or the table its ids are looked up in."""
    for key, (expression, needs) in dimension.columns.items():
        source = SOURCES.get(key)
        if source is None:
            yield _error(f"Dimension {dimension.key} reads from {key}, which is no source.", "E020")
        else:
            column = Column(aggregate=expression, needs=(needs,) if needs else ())
            yield from _column_errors(f"Dimension {dimension.key}", source, column)
    if dimension.lookup and dimension.lookup not in _tables():
        yield _error(f"Dimension {dimension.key} is looked up in {dimension.lookup}, which is no table.", "E021")


def metric_errors(metric: Metric) -> Iterator[CheckMessage]:
    """Yield what is wrong with a metric: its measures, its words, or the promise that it may be added up."""
    keys = [key for key in metric.expression.measures() if key != DAYS.measure]
    unknown = [key for key in keys if key not in MEASURES]
    for key in unknown:
        yield _error(f"Metric {metric.key} is made of {key}, which is no measure.", "E024")
    if unknown:
        return
    measures = [MEASURES[key] for key in keys]
    dated = all(SOURCES[source].is_dated for measure in measures for source in measure.columns)
    if metric.additive and not (metric.expression.is_linear and dated and all(m.is_sum for m in measures)):
        yield _error(f"Metric {metric.key} promises that days may be added up, and they may not.", "E025")
    if not metric.additive and metric.expression.is_linear and dated and all(m.is_sum for m in measures):
        yield _error(f"Metric {metric.key} could be added up over days, and does not say so.", "E025")
    try:
        parts_of(metric)
    except (TypeError, ValueError) as error:
        yield _error(f"Metric {metric.key} cannot be explained: {error}", "E026")
    if not metric.formula.endswith(".") or not metric.label:
        yield _error(f"Metric {metric.key} has no label, or no sentence that says what it is.", "E027")
    if not metric.example.because:
        yield _error(f"Metric {metric.key} has no worked example.", "E028")
    if metric.example.by and metric.example.by not in DIMENSIONS:
        yield _error(f"Metric {metric.key}: its example is by {metric.example.by}, which is no dimension.", "E028")


def _column_errors(what: str, source: Source, column: Column) -> Iterator[CheckMessage]:
    tables = _tables()
    for alias, name in _NAMES.findall(column.aggregate):
        table = source.table if alias == "source" else _JOINED[alias]
        if alias != "source" and (alias not in source.joins or alias not in column.needs):
            yield _error(f"{what} reads {alias}.{name} from {source.key} without needing the join.", "E021")
        elif name not in tables.get(table, ()):
            yield _error(f"{what} reads {name} of {table}, which has no such column.", "E021")


def _sums_distinct_counts(source: Source, column: Column) -> bool:
    if source.rollup is None or not column.aggregate.startswith("sum("):
        return False
    return any(name in ROLLUP_BY_NAME[source.rollup].distinct_counts for _, name in _NAMES.findall(column.aggregate))


def _tables() -> dict[str, set[str]]:
    return {model._meta.db_table: _columns(model) for model in apps.get_models()}


def _columns(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.concrete_fields}


def _error(message: str, number: str, *, hint: str = "") -> CheckMessage:
    return Error(message, hint=hint or None, id=f"bellwether.{number}")
