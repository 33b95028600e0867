"""Reports over HTTP: ask, poll, download, and hand out addresses."""

import functools
from typing import Any

import orjson
from django.http import FileResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.facts import as_response
from apps.accounts.idempotency import Answer, answer_request
from apps.accounts.models import Role
from apps.analytics.rest.parameters import read_parameters
from apps.core.downloads import CONTENT_TYPES
from apps.core.models import JobTrigger
from apps.core.rest.errors import Conflict, InvalidParameter, NotThere
from apps.core.rest.fields import read_id
from apps.core.rest.paging import PARAMETERS, CursorPages
from apps.core.rest.rendering import to_json
from apps.core.rest.throttling import address_of
from apps.reports import serializers, services
from apps.reports.downloads import file_response, take_file
from apps.reports.errors import NotDownloadable, ReportEnded, ReportRefused
from apps.reports.filters import ReportFilters
from apps.reports.models import AnalyticsReport, ReportFile
from apps.reports.selectors import audiences_to_write, file_for, links_of, reports_for
from apps.reports.types import REPORTS

POLL_AFTER_SECONDS = 2
_FILES = {(200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in CONTENT_TYPES.values()}


class Reports(OrganizationEndpoint, GenericViewSet[Any]):
    """Runs of reports, the newest first."""

    read_role = Role.VIEWER
    write_role = Role.ANALYST
    orderings: tuple[str, ...] = ("-created_at", "created_at")
    filterset_class = ReportFilters
    filter_backends = (DjangoFilterBackend,)
    pagination_class = CursorPages
    serializer_class: Any = serializers.ReportSerializer
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> Any:
        """Return the runs of the request's organization, with the files the caller may read."""
        return reports_for(self.access) if hasattr(self, "access") else AnalyticsReport.objects.none()

    def query_parameters(self) -> frozenset[str]:
        """Return the names of filters and paging for the list, none elsewhere."""
        return PARAMETERS | frozenset(ReportFilters.base_filters) if self.action == "list" else frozenset()

    def list(self, request: Any) -> Response:
        """List reports, page by page."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=serializers.ReportDetailSerializer)
    def retrieve(self, request: Any, pk: str) -> Response:
        """Show a report: how far it is, its files, and the figures that matter."""
        return self._shown(self.get_report(pk))

    @extend_schema(responses=serializers.ReportDetailSerializer, request=None)
    def cancel(self, request: Any, pk: str) -> Response:
        """Stop a report that is not done yet; no file of it stays."""
        try:
            services.cancel_report(self.get_report(pk))
        except ReportEnded as ended:
            raise Conflict("This report has ended already.") from ended
        return self._shown(self.get_report(pk))

    @extend_schema(responses=serializers.ReportTypesSerializer)
    def types(self, request: Any) -> Response:
        """List the reports that can be asked for."""
        found = [
            {
                "key": report.key,
                "title": report.title,
                "about": str(report.about),
                "figures": list(report.figures),
                "filters": list(report.filters),
            }
            for report in REPORTS.values()
        ]
        return Response({"results": found})

    def get_report(self, pk: str) -> AnalyticsReport:
        """Return one run of the organization.

        Raises:
            NotThere: there is none of this id in it.

        """
        report_id = read_id(pk)
        report: AnalyticsReport | None = None if report_id is None else self.get_queryset().filter(pk=report_id).first()
        if report is None:
            raise NotThere("There is no such report.")
        return report

    def _shown(self, report: AnalyticsReport, *, status: int = 200) -> Response:
        shown = serializers.ReportDetailSerializer(report, context=self.get_serializer_context())
        return Response(shown.data, status=status)


class NewReports(Reports):
    """Asking for a report."""

    idempotent_by_key = True

    @extend_schema(request=serializers.NewReportSerializer, responses={202: serializers.ReportDetailSerializer})
    def generate(self, request: Any) -> Response:
        """Ask for a report. A worker makes it: poll the address in `Location` until its status is final.

        With the header Idempotency-Key a repeated request gets the same answer and no second report.
        """
        serializers.refuse_other_fields(request.data, serializers.NewReportSerializer)
        produce = functools.partial(self._requested, request.data)
        answer = answer_request(request, organization_id=self.organization.pk, produce=produce)
        response = as_response(answer)
        response["Location"] = f"/api/reports/{orjson.loads(answer.body)['id']}"
        response["Retry-After"] = str(POLL_AFTER_SECONDS)
        return response

    def _requested(self, data: Any) -> Answer:
        given = read_parameters(serializers.NewReportSerializer, data, self.organization)
        try:
            report = services.request_report(
                organization=self.organization,
                report_type=given["report_type"],
                period=given["period"],
                parameters={key: given[key] for key in ("compare", "refund_basis", "filters")},
                formats=given["formats"],
                audiences=audiences_to_write(given["report_type"], self.access),
                trigger=JobTrigger.API,
                created_by=self.access.user,
                as_of=given.get("as_of"),
            )
        except ReportRefused as refused:
            raise InvalidParameter(refused.field, message=refused.message) from refused
        shown = serializers.ReportDetailSerializer(
            self.get_report(str(report.pk)), context=self.get_serializer_context()
        )
        return Answer(status=202, body=to_json(shown.data))


class ReportFiles(Reports):
    """Files of a report, and addresses that give one to whoever has it."""

    @extend_schema(responses=_FILES)
    def download(self, request: Any, pk: str, file: str) -> FileResponse:
        """Download a file."""
        found = self.get_file(pk, file)
        try:
            download = take_file(found, user=request.user, address=address_of(request))
        except NotDownloadable as gone:
            raise NotThere("This file has expired. Ask for the report again.") from gone
        return file_response(download)

    @extend_schema(responses=serializers.LinksSerializer)
    def links(self, request: Any, pk: str, file: str) -> Response:
        """List the addresses of a file that were made so far."""
        found = links_of(self.get_file(pk, file))
        return Response({"results": serializers.LinkSerializer(found, many=True).data})

    @extend_schema(request=serializers.NewLinkSerializer, responses={201: serializers.MadeLinkSerializer})
    def make_link(self, request: Any, pk: str, file: str) -> Response:
        """Make an address that gives the file to whoever has it; it is shown this once."""
        found = self.get_file(pk, file)
        if not found.is_there:
            raise Conflict("This file has expired. Ask for the report again.")
        serializers.refuse_other_fields(request.data, serializers.NewLinkSerializer)
        told = serializers.NewLinkSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        try:
            path = services.make_link(found, created_by=request.user, **told.validated_data)
        except ReportRefused as refused:
            raise InvalidParameter(refused.field, message=refused.message) from refused
        return Response({"url": request.build_absolute_uri(path)}, status=201)

    @extend_schema(responses={204: None})
    def revoke_link(self, request: Any, pk: str, file: str, link: str) -> Response:
        """End an address; whoever has it gets nothing from now on."""
        link_id = read_id(link)
        found = None if link_id is None else links_of(self.get_file(pk, file)).filter(pk=link_id).first()
        if found is None:
            raise NotThere("There is no such link.")
        services.revoke_link(found)
        return Response(status=204)

    def get_file(self, pk: str, file: str) -> ReportFile:
        """Return one file that the caller may read.

        Raises:
            NotThere: there is none of this id, or it is for those who see contact details.

        """
        report_id, file_id = read_id(pk), read_id(file)
        found = file_for(self.access, report_id, file_id) if report_id and file_id else None
        if found is None:
            raise NotThere("There is no such file.")
        return found
