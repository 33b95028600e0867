"""Imports over HTTP: upload, preview, commit, and what was refused."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.models import Role
from apps.core.downloads import CONTENT_TYPES, as_download
from apps.core.models import JobTrigger
from apps.core.rest.errors import ApiError, Conflict, InvalidParameter, NotThere, PayloadTooLarge
from apps.core.rest.fields import read_id
from apps.core.rest.paging import LARGEST_SIZE, PARAMETERS, CursorPages
from apps.core.uploads import OTHER_FIELDS
from apps.imports import serializers, services
from apps.imports.blanks import blank_csv, blank_xlsx
from apps.imports.errors import ImportFailure
from apps.imports.mapping.reader import read_mapping
from apps.imports.mapping.shipped import shipped_mappings, shipped_text
from apps.imports.models import ImportRun, RejectedRow
from apps.imports.selectors import rejected_csv
from apps.imports.uploads import WholeMultiPartParser

_TEMPLATE = OpenApiParameter("file", str, OpenApiParameter.PATH, description="Such as orders.csv or orders.xlsx.")
_PAGING = [
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}),
    OpenApiParameter("ordering", str, enum=["id", "-id"]),
]


class NotAnUpload(ApiError):
    """The body is no upload."""

    status_code = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class Imports(OrganizationEndpoint, GenericViewSet[Any]):
    """Imports of the organization, newest first."""

    read_role = Role.ANALYST
    write_role = Role.ANALYST
    orderings: tuple[str, ...] = ("-created_at", "created_at")
    pagination_class = CursorPages
    serializer_class: Any = serializers.ImportSerializer
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> Any:
        """Return the rows of the request's organization."""
        return ImportRun.objects.all()

    def query_parameters(self) -> frozenset[str]:
        """Return the names of paging for lists, none elsewhere."""
        return PARAMETERS if self.action in ("list", "rejected_rows") else frozenset()

    def list(self, request: Any) -> Response:
        """List imports, page by page."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=serializers.ImportDetailSerializer)
    def retrieve(self, request: Any, pk: str) -> Response:
        """Show an import, how far it is, and what it found."""
        return Response(serializers.ImportDetailSerializer(self._run(pk)).data)

    @extend_schema(responses={202: serializers.ImportDetailSerializer}, request=None)
    def preview(self, request: Any, pk: str) -> Response:
        """Have it previewed: everything is done and taken back. Poll the import for progress and result."""
        return self._start(pk, services.request_preview)

    @extend_schema(responses={202: serializers.ImportDetailSerializer}, request=None)
    def commit(self, request: Any, pk: str) -> Response:
        """Have it committed, in one transaction. Poll the import for progress and result."""
        return self._start(pk, services.request_commit)

    @extend_schema(responses=serializers.ImportDetailSerializer, request=None)
    def cancel(self, request: Any, pk: str) -> Response:
        """Stop it; nothing of it is written."""
        run = self._run(pk)
        try:
            services.cancel_import(run=run)
        except ImportFailure as failure:
            raise Conflict(str(failure)) from failure
        return Response(serializers.ImportDetailSerializer(self._run(pk)).data)

    def _start(self, pk: str, request_work: Callable[..., Any]) -> Response:
        run = self._run(pk)
        try:
            request_work(run=run, trigger=JobTrigger.API)
        except ImportFailure as failure:
            raise Conflict(str(failure)) from failure
        return Response(serializers.ImportDetailSerializer(self._run(pk)).data, status=202)

    def _run(self, pk: str) -> ImportRun:
        run_id = read_id(pk)
        run: ImportRun | None = None if run_id is None else self.get_queryset().filter(pk=run_id).first()
        if run is None:
            raise NotThere("There is no such import.")
        return run


class Uploads(Imports):
    """Imports, and the upload that begins one."""

    parser_classes = (WholeMultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": serializers.NewImportSerializer},
        responses={200: serializers.ImportDetailSerializer, 201: serializers.ImportDetailSerializer},
    )
    def create(self, request: Any) -> Response:
        """Upload files for one import; nothing is read yet.

        201 with a new import; 200 with the earlier one when the very same files came before, with the same mapping and
        mode.
        """
        told = serializers.NewImportSerializer(data=self._body(request))
        told.is_valid(raise_exception=True)
        given = told.validated_data
        try:
            name = given.get("mapping", "mapping")
            text = shipped_text(name) if "mapping" in given else given["mapping_text"]
            read_mapping(text, name=name)
        except ImportFailure as failure:
            field = "mapping" if "mapping" in given else "mapping_text"
            raise InvalidParameter(field, message=str(failure)) from failure
        try:
            received = services.receive_files(
                organization=self.organization,
                mapping=name,
                mapping_text=text,
                uploads=given["files"],
                mode=given["mode"],
                trigger=JobTrigger.API,
                created_by=request.user,
            )
        except ImportFailure as failure:
            raise InvalidParameter("files", message=str(failure)) from failure
        shown = serializers.ImportDetailSerializer(received.run).data
        return Response(shown, status=200 if received.repeated else 201)

    def _body(self, request: Any) -> Any:
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.IMPORT_MAX_FILE_BYTES
        if not length.isdigit() or int(length) > limit + OTHER_FIELDS:
            raise PayloadTooLarge(f"The upload is larger than {limit:,} bytes.", limit=limit)
        try:
            return request.data
        except UnsupportedMediaType as error:
            raise NotAnUpload("Send the files as multipart/form-data, in the field “files”.") from error


class RejectedRows(Imports):
    """The rows that an import refused."""

    orderings = ("id", "-id")
    serializer_class = serializers.RejectedRowSerializer

    @extend_schema(responses=serializers.RejectedRowsSerializer, parameters=_PAGING)
    def rejected_rows(self, request: Any, pk: str) -> Response:
        """List why rows were refused, page by page."""
        page = self.paginate_queryset(RejectedRow.objects.filter(run=self._run(pk)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def rejected_file(self, request: Any, pk: str) -> StreamingHttpResponse:
        """Download the refused rows as CSV: why, then the row as it came. Corrected, it can be imported."""
        run = self._run(pk)
        # Read inside this request's organization: a stream would outlive it.
        lines = iter(list(rejected_csv(run.pk)))
        return as_download(StreamingHttpResponse(lines, content_type=CONTENT_TYPES["csv"]), f"rejected-{run.pk}.csv")


class Mappings(OrganizationEndpoint, GenericViewSet[Any]):
    """What can be imported, and empty files for it."""

    read_role = Role.ANALYST
    serializer_class = serializers.MappingSerializer

    @extend_schema(responses=serializers.MappingsSerializer)
    def mappings(self, request: Any) -> Response:
        """List the shipped mappings."""
        found = [
            {
                "name": mapping.name,
                "title": mapping.title,
                "about": mapping.about.strip(),
                "files": {
                    role: [column.headers[0] for column in spec.columns.values()]
                    for role, spec in mapping.files.items()
                },
            }
            for mapping in shipped_mappings().values()
        ]
        return Response({"results": found})

    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, CONTENT_TYPES["xlsx"]): OpenApiTypes.BINARY},
        parameters=[_TEMPLATE],
    )
    def template(self, request: Any, file: str) -> HttpResponse:
        """Download one of Bellwether's templates, such as orders.csv or orders.xlsx."""
        role, _, suffix = file.rpartition(".")
        spec = shipped_mappings()["bellwether"].files.get(role)
        if spec is None or suffix not in ("csv", "xlsx"):
            raise NotThere("There is no such template.")
        content = blank_csv(spec) if suffix == "csv" else blank_xlsx(spec)
        return as_download(HttpResponse(content, content_type=CONTENT_TYPES[suffix]), file)
