"""Exports over HTTP: ask, look, cancel, take the file and what stands beside it."""

import functools
from typing import Any

import orjson
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.facts import as_response
from apps.accounts.idempotency import Answer, answer_request
from apps.accounts.permissions import READS_FACTS, may_see_contact_details
from apps.accounts.schema import ErrorSerializer
from apps.core.downloads import CONTENT_TYPES
from apps.core.models import JobTrigger
from apps.core.rest.errors import ApiError, Conflict, Forbidden, InvalidParameter, NotThere
from apps.core.rest.fields import read_id
from apps.core.rest.paging import PARAMETERS, CursorPages
from apps.core.rest.rendering import to_json
from apps.core.rest.throttling import address_of
from apps.queries import serializers, services
from apps.queries.datasets import DATASETS, Dataset
from apps.queries.downloads import file_response, manifest_response
from apps.queries.errors import ExportEnded, ExportRefused, TooManyExports
from apps.queries.exports.metrics import METRICS
from apps.queries.models import DataExport, ExportStatus

_FILES = {(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()}
_NOT_GIVEN = {409: ErrorSerializer, 410: ErrorSerializer}


class LimitReached(ApiError):
    """One more export would be more than a limit allows."""

    status_code = 429
    code = "RATE_LIMITED"


class Gone(ApiError):
    """It was there, and is kept no longer."""

    status_code = 410
    code = "GONE"


class Exports(OrganizationEndpoint, GenericViewSet[Any]):
    """Exports of the organization, newest first. Viewers may export, too: what they may see."""

    read_role = READS_FACTS
    write_role = READS_FACTS
    orderings: tuple[str, ...] = ("-created_at", "created_at")
    pagination_class = CursorPages
    serializer_class: Any = serializers.ExportSerializer
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> Any:
        """Return the rows of the request's organization."""
        return DataExport.objects.all()

    def query_parameters(self) -> frozenset[str]:
        """Return the names of paging for the list, none elsewhere."""
        return PARAMETERS if self.action == "list" else frozenset()

    def list(self, request: Any) -> Response:
        """List exports, page by page."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(serializers.ExportSerializer(page, many=True, context=self._context()).data)

    @extend_schema(responses=serializers.ExportDetailSerializer)
    def retrieve(self, request: Any, pk: str) -> Response:
        """Show an export and how far it is."""
        return Response(self._shown(self._export(pk)))

    @extend_schema(responses=serializers.ExportDetailSerializer, request=None)
    def cancel(self, request: Any, pk: str) -> Response:
        """Stop it; no file is left of it."""
        export = self._export(pk)
        if not services.may_cancel(self.access, export):
            raise Forbidden("Somebody else asked for this export, and your role stops only your own.")
        try:
            services.cancel_export(asker=self._asker(), export=export)
        except ExportEnded as ended:
            raise Conflict(str(ended)) from ended
        return Response(self._shown(self._export(pk)))

    @extend_schema(responses={**_FILES, **_NOT_GIVEN})
    def file(self, request: Any, pk: str) -> FileResponse:
        """Download the file; who did is written down. 410 once it is kept no longer."""
        export = self._ready(pk)
        try:
            return file_response(export, services.take_file(asker=self._asker(), export=export))
        except FileNotFoundError as error:
            raise Gone("The file is not there any more. Ask for the export again.") from error

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT, **_NOT_GIVEN})
    def manifest(self, request: Any, pk: str) -> HttpResponse:
        """Download what stands beside the file: rows, filters, columns, checksum, as of when."""
        return manifest_response(self._ready(pk))

    def _context(self) -> dict[str, Any]:
        return {"access": self.access}

    def _shown(self, export: DataExport) -> Any:
        return serializers.ExportDetailSerializer(export, context=self._context()).data

    def _asker(self) -> services.Asker:
        return services.Asker(access=self.access, trigger=JobTrigger.API, address=address_of(self.request))

    def _export(self, pk: str) -> DataExport:
        export_id = read_id(pk)
        export: DataExport | None = None if export_id is None else self.get_queryset().filter(pk=export_id).first()
        if export is None:
            raise NotThere("There is no such export.")
        return export

    def _ready(self, pk: str) -> DataExport:
        """Return an export whose file the caller may have.

        Raises:
            NotThere: there is none of this id in the organization.
            Forbidden: it tells how customers can be reached, and the caller may not know.
            Gone: it is kept no longer.
            Conflict: it has no file, or none yet.

        """
        export = self._export(pk)
        if not services.may_take(self.access, export):
            raise Forbidden("This file has contact details, which your role does not see. Make an export of your own.")
        if export.is_expired(timezone.now()):
            raise Gone("This export is kept no longer. Ask for it again.")
        if export.status != ExportStatus.SUCCEEDED:
            raise Conflict("This export has no file.", status=export.status)
        return export


class NewExports(Exports):
    """Exports, and the request that begins one."""

    idempotent_by_key = True

    @extend_schema(request=serializers.NewExportSerializer, responses={202: serializers.ExportDetailSerializer})
    def create(self, request: Any) -> Response:
        """Ask for an export. A worker writes the file: poll the address in `Location` until it has succeeded.

        Rows and columns are what the caller's role may see; how many, at once and in a day, is limited by role.
        """
        produce = functools.partial(self._requested, request)
        answer = answer_request(request, organization_id=self.organization.pk, produce=produce)
        response = as_response(answer)
        response["Location"] = reverse("export-detail", args=[orjson.loads(answer.body)["id"]])
        return response

    def _requested(self, request: Any) -> Answer:
        told = serializers.NewExportSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        given = told.validated_data
        shared = {"asker": self._asker(), "format_": given["format"], "has_byte_order_mark": given["byte_order_mark"]}
        try:
            if given["dataset"] == METRICS:
                export = services.request_metric_export(question=given["question"], **shared)
            else:
                export = services.request_export(
                    dataset=given["dataset"],
                    filters=given.get("filters"),
                    columns=given.get("columns", ()),
                    **shared,
                )
        except ExportRefused as refused:
            raise InvalidParameter(refused.field, message=refused.message) from refused
        except TooManyExports as limit:
            raise LimitReached(str(limit)) from limit
        return Answer(status=202, body=to_json(self._shown(export)))


class Datasets(OrganizationEndpoint, GenericViewSet[Any]):
    """What can be exported."""

    read_role = READS_FACTS
    serializer_class = serializers.DatasetSerializer

    @extend_schema(responses=serializers.DatasetsSerializer)
    def datasets(self, request: Any) -> Response:
        """List the datasets with their columns and filters, as the caller may see them."""
        in_full = may_see_contact_details(self.access)
        return Response({"results": [_dataset_json(dataset, in_full=in_full) for dataset in DATASETS.values()]})


def _dataset_json(dataset: Dataset, *, in_full: bool) -> dict[str, Any]:
    return {
        "key": dataset.key,
        "label": dataset.label,
        "is_computed": dataset.is_computed,
        "dated_by": dataset.dated_by.replace("__", "."),
        "columns": [
            {
                "key": column.key,
                "label": capfirst(str(column.label)),
                "kind": column.kind,
                "is_masked": column.mask is not None and not in_full,
            }
            for column in dataset.columns
        ],
        "filters": [
            {"key": one.key, "label": capfirst(str(one.label)), "form": one.form, "choices": list(one.choices)}
            for one in dataset.filters.values()
            if in_full or not one.is_contact
        ],
    }
