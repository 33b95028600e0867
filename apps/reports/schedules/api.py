"""Schedules over HTTP."""

import functools
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.accounts.endpoints import OrganizationEndpoint
from apps.accounts.facts import as_response
from apps.accounts.idempotency import Answer, answer_request
from apps.core.models import JobTrigger
from apps.core.rest.errors import InvalidParameter, NotThere
from apps.core.rest.fields import read_id
from apps.core.rest.paging import PARAMETERS, CursorPages
from apps.core.rest.rendering import to_json
from apps.reports.errors import ReportRefused
from apps.reports.models import AnalyticsReport, ReportSchedule
from apps.reports.schedules import changing, running
from apps.reports.schedules.permission import MAY_SCHEDULE
from apps.reports.schedules.serializers import (
    ScheduledRunSerializer,
    ScheduleSerializer,
    SlotsSerializer,
    slots_json,
)
from apps.reports.serializers import refuse_other_fields


class Schedules(OrganizationEndpoint, GenericViewSet[Any]):
    """Schedules of reports, by name."""

    write_role = MAY_SCHEDULE
    orderings: tuple[str, ...] = ("name", "-name", "next_run_at", "id", "-id")
    pagination_class = CursorPages
    serializer_class: Any = ScheduleSerializer
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> Any:
        """Return the schedules of the request's organization."""
        return ReportSchedule.objects.select_related("organization", "created_by")

    def query_parameters(self) -> frozenset[str]:
        """Return the names of paging for lists, none elsewhere."""
        return PARAMETERS if self.action in {"list", "runs"} else frozenset()

    def list(self, request: Any) -> Response:
        """List schedules, page by page."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        """Show a schedule."""
        return Response(self._shown(pk))

    def partial_update(self, request: Any, pk: str) -> Response:
        """Change some fields. Where that moves its slots, it runs from the next one on."""
        schedule = self._schedule(pk)
        refuse_other_fields(request.data, ScheduleSerializer)
        given = ScheduleSerializer(schedule, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        _kept(functools.partial(changing.change_schedule, schedule_id=schedule.pk), given.validated_data)
        return Response(self._shown(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Any, pk: str) -> Response:
        """Delete a schedule. The reports it made stay."""
        changing.delete_schedule(schedule_id=self._schedule(pk).pk)
        return Response(status=204)

    @extend_schema(request=None)
    def pause(self, request: Any, pk: str) -> Response:
        """Stop it until somebody resumes it; what is due meanwhile is not made up for."""
        changing.pause_schedule(schedule_id=self._schedule(pk).pk, by=request.user)
        return Response(self._shown(pk))

    @extend_schema(request=None)
    def resume(self, request: Any, pk: str) -> Response:
        """Let it run again, from its next slot on."""
        changing.resume_schedule(schedule_id=self._schedule(pk).pk, by=request.user)
        return Response(self._shown(pk))

    @extend_schema(request=None, responses={202: ScheduledRunSerializer})
    def run(self, request: Any, pk: str) -> Response:
        """Have its report made now and sent to all recipients. Poll the report by its id."""
        run_now = functools.partial(running.run_now, self._schedule(pk), by=request.user)
        return _accepted(run_now)

    @extend_schema(request=None, responses={202: ScheduledRunSerializer})
    def preview(self, request: Any, pk: str) -> Response:
        """Have its report made now and sent to the caller alone. Poll the report by its id."""
        return _accepted(functools.partial(running.preview, self._schedule(pk), by=self.access))

    @extend_schema(responses=SlotsSerializer)
    def next(self, request: Any, pk: str) -> Response:
        """List its next ten slots, as if it were active."""
        return Response(slots_json(self._schedule(pk), after=timezone.now()))

    def _shown(self, pk: str) -> Any:
        return self.get_serializer(self._schedule(pk)).data

    def _schedule(self, pk: str) -> ReportSchedule:
        schedule_id = read_id(pk)
        schedules = ReportSchedule.objects.select_related("organization", "created_by")
        schedule: ReportSchedule | None = schedules.filter(pk=schedule_id).first() if schedule_id else None
        if schedule is None:
            raise NotThere("There is no such schedule.")
        return schedule


class NewSchedules(Schedules):
    """Schedules, and making one."""

    idempotent_by_key = True

    @extend_schema(responses={201: ScheduleSerializer})
    def create(self, request: Any) -> Response:
        """Make a schedule. It runs from its next slot on, in the name of the caller.

        With the header Idempotency-Key a repeated request gets the same answer.
        """
        make = functools.partial(self._made, request)
        return as_response(answer_request(request, organization_id=self.organization.pk, produce=make))

    def _made(self, request: Any) -> Answer:
        refuse_other_fields(request.data, ScheduleSerializer)
        given = ScheduleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        make = functools.partial(changing.create_schedule, organization=self.organization, created_by=request.user)
        schedule = _kept(make, given.validated_data)
        return Answer(status=201, body=to_json(self._shown(str(schedule.pk))))


class ScheduledRuns(Schedules):
    """What became of a schedule's slots, the newest first."""

    orderings = ("-created_at", "created_at")
    serializer_class = ScheduledRunSerializer

    def get_queryset(self) -> Any:
        """Return the runs of the request's organization."""
        return AnalyticsReport.objects.all()

    def runs(self, request: Any, pk: str) -> Response:
        """List its runs, page by page: missed ones, previews and those by hand too."""
        page = self.paginate_queryset(self.get_queryset().filter(schedule=self._schedule(pk)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _kept(write: Any, fields: dict[str, Any]) -> ReportSchedule:
    try:
        schedule: ReportSchedule = write(fields=fields)
    except ReportRefused as refused:
        raise InvalidParameter(refused.field, message=refused.message) from refused
    return schedule


def _accepted(ask: Any) -> Response:
    try:
        report = ask(trigger=JobTrigger.API)
    except ReportRefused as refused:
        raise InvalidParameter(refused.field, message=refused.message) from refused
    return Response(ScheduledRunSerializer(report).data, status=202)
