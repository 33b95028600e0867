"""Addresses of schedules, below /api/."""

from apps.core.rest.routing import address
from apps.reports.schedules import api

ONE = "reports/schedules/(?P<pk>[^/]+)"
_list = api.NewSchedules.as_view({"get": "list", "post": "create"})
_detail = api.Schedules.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"})

urlpatterns = [
    address("reports/schedules", _list, "report-schedule-list"),
    address(ONE, _detail, "report-schedule-detail"),
    *(
        address(f"{ONE}/{verb}", api.Schedules.as_view({"post": verb}), f"report-schedule-{verb}")
        for verb in ("pause", "resume", "run", "preview")
    ),
    address(f"{ONE}/runs", api.ScheduledRuns.as_view({"get": "runs"}), "report-schedule-runs"),
    address(f"{ONE}/next", api.Schedules.as_view({"get": "next"}), "report-schedule-next"),
]
