"""The metrics themselves over HTTP: what there is, any question to them, and where a value comes from."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from apps.accounts.permissions import READS_FACTS
from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.explanation import Explanation, explain
from apps.analytics.metrics.query import answer
from apps.analytics.metrics.questions import InvalidQuestion, Question
from apps.analytics.metrics.restatement import Restatement
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.models import CacheType
from apps.analytics.rest.endpoints import AnalyticsEndpoint, names_of, questioned
from apps.analytics.rest.parameters import ExplanationParameters, QueryBody, QueryParameters
from apps.analytics.rest.presentation import (
    AS_SAID_SCHEMA,
    FRESHNESS_SCHEMA,
    ORGANIZATION_SCHEMA,
    PERIOD_SCHEMA,
    TABLE_SCHEMA,
    Json,
    as_said_json,
    dimensions_json,
    freshness_json,
    metric_json,
    object_schema,
    organization_json,
    period_json,
    table_json,
    values_json,
)
from apps.core.database import READS_ONLY, in_snapshot
from apps.core.rest.errors import InvalidParameter, NotThere

_TEXT, _NUMBER, _BOOLEAN = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
_OPTIONAL = {"type": ["string", "null"]}
_METRIC = object_schema(
    {
        **dict.fromkeys(("key", "label", "group", "unit", "formula", "expression"), _TEXT),
        **dict.fromkeys(("additive", "is_snapshot", "has_refund_basis"), _BOOLEAN),
        "higher_is_better": {"type": ["boolean", "null"]},
        "dimensions": {"type": "array", "items": _TEXT},
        "example": object_schema({"value": _NUMBER, "because": _TEXT, "by": _TEXT, "named": _TEXT}),
    }
)
_DIMENSION = object_schema(
    {
        **dict.fromkeys(("key", "label", "description"), _TEXT),
        "values": {"type": ["object", "null"], "additionalProperties": _TEXT},
    }
)
_CATALOGUE = object_schema(
    {
        "metrics": {"type": "array", "items": _METRIC},
        "dimensions": {"type": "array", "items": _DIMENSION},
        "example_day": {"type": "array", "items": _TEXT, "description": "The facts that the examples are about."},
    }
)
_QUERY = object_schema(
    {
        "organization": ORGANIZATION_SCHEMA,
        "period": PERIOD_SCHEMA,
        "compared_with": {**PERIOD_SCHEMA, "type": ["object", "null"]},
        "is_partial": {"type": "boolean"},
        "refund_basis": _TEXT,
        "table": TABLE_SCHEMA,
        "as_said": AS_SAID_SCHEMA,
        "freshness": FRESHNESS_SCHEMA,
    }
)
_NULLABLE = {"type": ["number", "null"]}
_TERM = object_schema(
    {
        "measure": _TEXT,
        "sign": {"type": "integer"},
        "value": {**_NUMBER, "description": "What its facts add up to, as they are now."},
        "facts": {"type": "integer"},
        "said": {**_NULLABLE, "description": "With `as_of`: what it was then."},
    }
)
_RESTATED_DAY = object_schema({"date": {**_TEXT, "format": "date"}, "said": _NULLABLE, "says": _NULLABLE})
_FACT = object_schema(
    {
        "measure": _TEXT,
        "kind": _TEXT,
        "id": {**_TEXT, "format": "uuid"},
        "reference": _TEXT,
        "at": {**_OPTIONAL, "format": "date-time"},
        "date": {**_OPTIONAL, "format": "date"},
        "value": {**_NUMBER, "description": "With its sign: the values of all pages add up to the part."},
    }
)
_EXPLANATION = object_schema(
    {
        "metric": _METRIC,
        "organization": ORGANIZATION_SCHEMA,
        "period": PERIOD_SCHEMA,
        "refund_basis": _TEXT,
        "filters": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
        "value": {"type": ["number", "null"]},
        "parts": {"type": "object", "additionalProperties": {"type": "array", "items": _TERM}},
        "part": {**_TEXT, "description": "Whose facts these are."},
        "days": {"type": ["integer", "null"], "description": "What the formula multiplies by: days that have begun."},
        "facts": {"type": "array", "items": _FACT},
        "next_cursor": _OPTIONAL,
        "statement": {**_TEXT, "description": "What the database was asked, with its parameters by name."},
        "restated": {
            "type": ["object", "null"],
            "description": "With `as_of`: what is said now instead, and the days that say something else, the latest.",
            "properties": {
                "value": _NULLABLE,
                "days": {"type": "array", "items": _RESTATED_DAY},
                "more_days": {"type": "integer"},
            },
            "required": ["value", "days", "more_days"],
        },
        "as_said": AS_SAID_SCHEMA,
        "freshness": {**FRESHNESS_SCHEMA, "description": "Of the value; facts are read as they were when it was read."},
    }
)


class Metrics(AnalyticsEndpoint):
    """What can be asked."""

    def query_parameters(self) -> frozenset[str]:
        """There are none."""
        return frozenset()

    @extend_schema(operation_id="analytics_metrics", responses={200: _CATALOGUE}, tags=["analytics"])
    def get(self, request: Any) -> Response:
        """List every metric with its unit, formula, dimensions and worked example, and every dimension."""
        return Response(
            {
                "metrics": [metric_json(metric) for metric in METRICS.values()],
                "dimensions": dimensions_json(),
                "example_day": examples.told(),
            }
        )


class Query(AnalyticsEndpoint):
    """Any question."""

    http_method_names = ["get", "post", "head"]
    parameters = QueryParameters
    write_role = READS_FACTS  # a question in a body changes nothing

    @extend_schema(
        operation_id="analytics_query", parameters=[QueryParameters], responses={200: _QUERY}, tags=["analytics"]
    )
    def get(self, request: Any) -> Response:
        """Answer a question to the metrics: a table of metrics by dimensions and time."""
        return self._answer(request.query_params.dict())

    @extend_schema(
        operation_id="analytics_query_by_body", request=QueryBody, responses={200: _QUERY}, tags=["analytics"]
    )
    def post(self, request: Any) -> Response:
        """Answer a question that stands in the body, where it is too long for an address."""
        known = names_of(QueryBody)
        for name in request.data:
            if name not in known:
                raise InvalidParameter(
                    name, message=f"There is no such parameter; there are {', '.join(sorted(known))}."
                )
        request.META[READS_ONLY] = True
        return self._answer(request.data)

    def _answer(self, data: Mapping[str, Any]) -> Response:
        given = self.given(data)
        question = questioned(
            given,
            given["metrics"],
            dimensions=given["dimensions"],
            grain=given.get("grain"),
            compare=given.get("compare"),
            order=given["order"],
            limit=given["limit"],
        )
        return self.respond("query", CacheType.DASHBOARD, given, lambda scope: _asked(scope, question))


class Explain(AnalyticsEndpoint):
    """Where a value comes from."""

    parameters = ExplanationParameters

    @extend_schema(
        operation_id="analytics_explain",
        parameters=[
            OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH, description="The key of a metric."),
            ExplanationParameters,
        ],
        responses={200: _EXPLANATION},
        tags=["analytics"],
    )
    def get(self, request: Any, key: str) -> Response:
        """Explain a metric's value: formula, statement, and the facts that add up to it, page by page."""
        if key not in METRICS:
            raise NotThere("There is no such metric; /api/analytics/metrics lists them.")
        given = self.given(request.query_params.dict())
        question = questioned(given, [key])
        try:
            with in_snapshot():
                scope = scope_of(self.organization, as_of=given.get("as_of"))
                found = explain(
                    question,
                    scope,
                    part=given.get("part", ""),
                    cursor=given.get("cursor"),
                    page_size=given["page_size"],
                )
        except InvalidQuestion as error:
            raise InvalidParameter(error.field, message=error.message) from error
        return Response(_explained(found, question, scope))


def _asked(scope: Scope, question: Question) -> Json:
    table = answer(question, scope)
    return {
        "organization": organization_json(scope),
        "period": period_json(table.period),
        "compared_with": period_json(table.earlier) if table.earlier else None,
        "is_partial": table.is_partial,
        "refund_basis": question.refund_basis,
        "table": table_json(table),
    }


def _restated(restated: Restatement | None) -> Json | None:
    if restated is None:
        return None
    days = [{"date": day.date, "said": day.said, "says": day.says} for day in restated.days]
    return {"value": restated.value, "days": days, "more_days": restated.more_days}


def _explained(found: Explanation, question: Question, scope: Scope) -> Json:
    return {
        "metric": metric_json(found.metric),
        "organization": organization_json(scope),
        "period": period_json(question.period),
        "refund_basis": question.refund_basis,
        "filters": {key: list(values) for key, values in question.filters.items()},
        "value": values_json(found.table)[found.metric.key]["value"],
        "parts": {
            name: [
                {"measure": t.measure, "sign": t.sign, "value": t.value, "facts": t.facts, "said": t.said}
                for t in terms
            ]
            for name, terms in found.parts.items()
        },
        "part": found.part,
        "days": found.days,
        "facts": [
            {
                "measure": fact.measure,
                "kind": fact.kind,
                "id": fact.id,
                "reference": fact.reference,
                "at": fact.at,
                "date": fact.date,
                "value": fact.value,
            }
            for fact in found.contributions
        ],
        "next_cursor": found.next_cursor,
        "statement": found.statement,
        "restated": _restated(found.restated),
        "as_said": as_said_json(as_said(scope)),
        "freshness": freshness_json(
            scope.freshness.as_of, timezone.now(), "live", scope.freshness.reason, scope.freshness.failing_days
        ),
    }
