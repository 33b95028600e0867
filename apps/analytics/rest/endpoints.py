"""What the endpoints below /api/analytics share: parameters, the cache, ETags, and the freshness of each answer."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import orjson
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.permissions import may_see_contact_details
from apps.analytics.answers.answering import Answer, Asked, answered
from apps.analytics.metrics.doubts import as_said
from apps.analytics.metrics.questions import InvalidQuestion, ask
from apps.analytics.metrics.scope import Scope
from apps.analytics.models import CacheType
from apps.analytics.rest.parameters import AnswerParameters, PeriodParameters, period_of, read_parameters
from apps.analytics.rest.presentation import (
    AS_SAID_SCHEMA,
    FRESHNESS_SCHEMA,
    ORGANIZATION_SCHEMA,
    PERIOD_SCHEMA,
    Json,
    as_said_json,
    freshness_json,
    object_schema,
    organization_json,
    period_json,
)
from apps.analytics.rest.sections import Section, fingerprint_of
from apps.analytics.selectors import CALLER_AND_FRESHNESS, freshness_brought
from apps.core.periods import Comparison
from apps.core.rest.errors import InvalidParameter
from apps.core.rest.rendering import to_json


class AnalyticsEndpoint(OrganizationEndpoint):
    """An endpoint that answers questions to the metrics of one organization."""

    http_method_names = ["get", "head"]
    caller_statement = CALLER_AND_FRESHNESS
    parameters: type[PeriodParameters] = AnswerParameters

    def query_parameters(self) -> frozenset[str]:
        """Return the names of the parameters."""
        return names_of(self.parameters) if self.request.method in {"GET", "HEAD"} else frozenset()

    def given(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the request.

        Raises:
            ValidationError: one cannot be read; it is named.

        """
        return read_parameters(self.parameters, data, self.organization)

    def made_of(self) -> Json:
        """Return what else identifies an answer: the questions it is made of, where the endpoint declares them."""
        return {}

    def respond(
        self, name: str, kind: CacheType, given: Mapping[str, Any], compute: Callable[[Scope], Mapping[str, Any]]
    ) -> Response:
        """Answer from the cache or by computing; 304 to who has this answer already."""
        asked = Asked(
            organization=self.organization,
            endpoint=name,
            type=kind,
            parameters={key: value for key, value in given.items() if key != "period"} | _dates(given) | self.made_of(),
            shows_contact_details=may_see_contact_details(self.access),
            as_of=given.get("as_of"),
        )
        freshness = freshness_brought(self.access.user, self.organization.pk)
        found = answered(asked, lambda scope: with_as_said(scope, compute(scope)), freshness=freshness)
        etag = found.etag(asked)
        if not found.is_stale and _has(self.request, etag):
            return Response(status=304, headers={"ETag": etag})
        headers = {} if found.is_stale else {"ETag": etag}
        return Response(orjson.Fragment(with_freshness(found)), headers=headers)


class Answers(AnalyticsEndpoint):
    """An endpoint whose answer is made of sections."""

    name: str
    cache_type: CacheType
    sections: Mapping[str, Section]
    fingerprint: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        """Work out once what the endpoint asks."""
        super().__init_subclass__(**options)
        cls.fingerprint = fingerprint_of(cls.sections)

    def made_of(self) -> Json:
        """Return the fingerprint of the sections: an answer kept by an earlier release is another answer."""
        return {"made_of": self.fingerprint}

    def get(self, request: Any) -> Response:
        """Answer."""
        given = self.given(request.query_params.dict())
        return self.respond(self.name, self.cache_type, given, lambda scope: self.compute(scope, given))

    def compute(self, scope: Scope, given: Mapping[str, Any]) -> Json:
        """Return the answer: whose it is, for when, and each section."""
        return {
            **heading(scope, given),
            **{name: section.compute(scope, given) for name, section in self.sections.items()},
        }

    @classmethod
    def answer_schema(cls) -> Json:
        """Return how OpenAPI describes the answer."""
        head = {
            "organization": ORGANIZATION_SCHEMA,
            "period": PERIOD_SCHEMA,
            "compared_with": {**PERIOD_SCHEMA, "type": ["object", "null"]},
            "is_partial": {"type": "boolean", "description": "Whether the period has not ended."},
            "refund_basis": {"type": "string", "enum": ["refund_day", "order_day"]},
        }
        sections = {name: section.schema() for name, section in cls.sections.items()}
        return object_schema({**head, **sections, "as_said": AS_SAID_SCHEMA, "freshness": FRESHNESS_SCHEMA})


def heading(scope: Scope, given: Mapping[str, Any]) -> Json:
    """Return whose figures they are, of which period, beside which, and when refunds are booked."""
    period = period_of(given)
    found = scope.compared(period, given.get("compare") or Comparison.PREVIOUS_PERIOD)
    return {
        "organization": organization_json(scope),
        "period": period_json(period),
        "compared_with": period_json(found.earlier) if found.earlier_window[0] < found.earlier_window[1] else None,
        "is_partial": period.last >= scope.today,
        "refund_basis": given["refund_basis"],
    }


def with_as_said(scope: Scope, body: Mapping[str, Any]) -> Json:
    """Return an answer with the instant of the past that it is of, and what it cannot know."""
    return {**body, "as_said": as_said_json(as_said(scope))}


def with_freshness(found: Answer) -> bytes:
    """Return the answer's JSON with its freshness as the last member."""
    freshness = freshness_json(found.as_of, found.computed_at, found.source, found.reason, found.failing_days)
    return b"%s,%s}" % (found.body[: found.body.rindex(b"}")], b'"freshness":' + to_json(freshness))


def questioned(given: Mapping[str, Any], metrics: Any, **more: Any) -> Any:
    """Return a question of the parameters.

    Raises:
        InvalidParameter: it cannot be asked; the parameter is named.

    """
    try:
        return ask(
            metrics, period=period_of(given), refund_basis=given["refund_basis"], filters=given["filters"], **more
        )
    except InvalidQuestion as error:
        raise InvalidParameter(error.field, message=error.message) from error


@functools.cache
def names_of(parameters: type[serializers.Serializer[Any]]) -> frozenset[str]:
    """Return the names of the parameters."""
    return frozenset(parameters().fields)


def _dates(given: Mapping[str, Any]) -> Json:
    """Return the days of the period: what an answer depends on, however they were named."""
    period = period_of(given)
    return {"days": [str(period.first), str(period.last), str(period.step)]}


def _has(request: Any, etag: str) -> bool:
    known = [one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))]
    return "*" in known or etag.removeprefix("W/") in known
