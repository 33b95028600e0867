"""The view that facts of every app build on: list, show, and record once."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.db import models
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.idempotency import Answer, answer_request
from apps.core.recording import Recorded
from apps.core.rest.errors import NotThere
from apps.core.rest.fields import read_id
from apps.core.rest.filters import FactFilterSet
from apps.core.rest.paging import PARAMETERS, CursorPages
from apps.core.rest.rendering import to_json


class FactEndpoint(OrganizationEndpoint, GenericViewSet[Any]):
    """Facts of one kind: a list in pages, and one by its id."""

    model: type[models.Model]
    orderings: tuple[str, ...] = ("id",)
    filterset_class: type[FactFilterSet]
    filter_backends = (DjangoFilterBackend,)
    pagination_class = CursorPages
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows of the request's organization."""
        return self.model._default_manager.all()

    def query_parameters(self) -> frozenset[str]:
        """Return the names of filters and paging for a list, none elsewhere."""
        if self.action != "list":
            return frozenset()
        return PARAMETERS | frozenset(self.filterset_class.base_filters)

    def list(self, request: Any) -> Response:
        """List facts, page by page."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        """Show one fact."""
        return Response(self.get_serializer(self.get_row(pk)).data)

    def get_row(self, pk: str) -> Any:
        """Return one row of the organization.

        Raises:
            NotThere: there is none of this id in it, whatever there is elsewhere.

        """
        row_id = read_id(pk)
        row = None if row_id is None else self.get_queryset().filter(pk=row_id).first()
        if row is None:
            raise NotThere(f"There is no such {self.model._meta.verbose_name}.")
        return row


class RecordedFactEndpoint(FactEndpoint):
    """Facts that can also be recorded: once per external id, once per Idempotency-Key."""

    idempotent_by_key = True
    record: Callable[..., Recorded[Any]]
    new_serializer_class: type[BaseSerializer[Any]] | None = None  # where a new fact is told otherwise than shown

    def create(self, request: Any) -> Response:
        """Record a fact.

        201 when it is new; 200 when its external id is there already with the same content, which changes nothing; 409
        when it is there with other content. With the header Idempotency-Key a repeated request gets the same answer.
        """
        answer = answer_request(
            request,
            organization_id=self.organization.pk,
            produce=functools.partial(self._recorded, request.data),
        )
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
        return Response(orjson.Fragment(answer.body), status=answer.status, headers=headers)

    def record_fields(self, fields: Mapping[str, Any]) -> Recorded[Any]:
        """Call the service that records this kind of fact."""
        return type(self).record(organization_id=self.organization.pk, fields=fields)

    def _recorded(self, data: Mapping[str, Any]) -> Answer:
        read = self.new_serializer_class or self.get_serializer_class()
        serializer = read(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        recorded = self.record_fields(serializer.validated_data)
        shown = self.get_serializer(recorded.row).data
        return Answer(status=201 if recorded.created else 200, body=to_json(shown))
