"""Questions to the metrics as exports: kept with their days, so that a worker asks what was asked."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from apps.accounts.models import Organization
from apps.analytics.metrics.query import MetricTable, Row, answer
from apps.analytics.metrics.questions import InvalidQuestion, Question, ask
from apps.analytics.metrics.scope import Scope
from apps.analytics.rest.parameters import QueryBody, read_parameters
from apps.core.periods import Period, Step
from apps.documents.tables import Column, Kind, Table
from apps.queries.errors import ExportRefused

METRICS = "metrics"
_ASKED = ("dimensions", "grain", "compare", "refund_basis", "filters", "order", "limit")


def read_question(given: Mapping[str, Any], organization: Organization) -> dict[str, Any]:
    """Return a question as it is kept: what /api/analytics/query takes, with a timeframe by its days.

    Raises:
        rest_framework.exceptions.ValidationError: a parameter cannot be read.
        ExportRefused: the question cannot be asked, or a parameter is unknown.

    """
    known = sorted(QueryBody().fields)
    for name in given:
        if name not in known:
            raise ExportRefused(f"question.{name}", f"There is no such parameter; there are {', '.join(known)}.")
    read = read_parameters(QueryBody, given, organization)
    period: Period = read["period"]
    kept = {name: read[name] for name in ("metrics", *_ASKED) if read.get(name) is not None}
    days = {"start_date": str(period.first), "end_date": str(period.last), "step": period.step and str(period.step)}
    if read.get("as_of") is not None:
        kept["as_of"] = read["as_of"].isoformat()
    try:
        kept_question({**kept, **days})
    except InvalidQuestion as error:
        raise ExportRefused(f"question.{error.field}", error.message) from error
    return {**kept, **days}


def kept_question(kept: Mapping[str, Any]) -> Question:
    """Return the question that was kept.

    Raises:
        InvalidQuestion: it cannot be asked, or not any more.

    """
    step = kept.get("step")
    period = Period(
        datetime.date.fromisoformat(kept["start_date"]),
        datetime.date.fromisoformat(kept["end_date"]),
        Step(step) if step else None,
    )
    return ask(kept["metrics"], period=period, **{name: kept[name] for name in _ASKED if name in kept})


def table_of(question: Question, scope: Scope, title: str) -> Table:
    """Return the answer as a table: time, dimensions by key and name, metrics, and what they are compared with."""
    found = answer(question, scope)
    return Table(
        title=title,
        columns=tuple(_columns(found)),
        rows=(_cells(found, row) for row in found.rows or (found.total,)),
        currency=scope.organization.currency,
        timezone=scope.organization.timezone,
    )


def _columns(found: MetricTable) -> Iterator[Column]:
    question = found.question
    if question.grain:
        yield Column("date", str(question.grain).capitalize(), Kind.DATE)
    for dimension in question.dimensions:
        yield Column(dimension.key, f"{dimension.label} (key)")
        yield Column(f"{dimension.key}_label", dimension.label)
    for metric in question.metrics:
        kind = Kind(metric.unit)
        yield Column(metric.key, metric.label, kind)
        if question.comparison:
            yield Column(f"{metric.key}_earlier", f"{metric.label}, earlier", kind)
            yield Column(f"{metric.key}_change_percent", f"{metric.label}, change", Kind.PERCENT)


def _cells(found: MetricTable, row: Row) -> list[Any]:
    cells: list[Any] = [row.bucket.first if row.bucket else None] if found.question.grain else []
    for key, label in zip(row.keys, row.labels, strict=False):
        cells += [key or None, label]
    for metric in found.question.metrics:
        cells.append(row.values[metric.key])
        if found.question.comparison:
            beside = row.compared.get(metric.key)
            cells += [beside.earlier, beside.percent] if beside else [None, None]
    return cells
