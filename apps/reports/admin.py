"""Reports in the admin: past runs, asking for one, and the page of a run from its queue to its files."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, RecentChoicesFilter, TenantModelAdmin
from apps.accounts.notation import current_notation
from apps.reports.administration import views
from apps.reports.administration.presentation import STATUS_COLOURS, TYPE_COLOURS
from apps.reports.models import AnalyticsReport, Format, ReportStatus, ReportType
from apps.reports.schedules.administration import ReportScheduleAdmin

__all__ = ["AnalyticsReportAdmin", "ReportScheduleAdmin"]


@admin.register(AnalyticsReport)
class AnalyticsReportAdmin(TenantModelAdmin):
    """Runs of the current organization, the newest first: viewers look and download, analysts ask."""

    list_display = (
        "shown_period",
        "type_label",
        "status_label",
        "shown_formats",
        "schedule",
        "created_by",
        "created_at",
    )
    list_select_related = ("created_by", "schedule")
    list_filter = (
        ("created_at", BusinessDaysFilter),
        ("status", RecentChoicesFilter),
        ("report_type", RecentChoicesFilter),
    )
    recent_by = "created_at"
    actions = ()
    keeps_history = False
    sortable_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    ordering = ("-created_at", "-id")
    add_label = _("New report")
    empty_text = _("A report is a PDF or a workbook of the figures that matter, made now or by a schedule.")

    def get_urls(self) -> list[URLPattern]:
        """Put the pages of a run before the ones every model has."""
        name = "reports_analyticsreport"
        file, link = "<uuid:report_id>/files/<uuid:file_id>", "<uuid:report_id>/links/<uuid:link_id>"
        pages = [
            path("<uuid:report_id>/progress/", self.own_page(views.progress), name=f"{name}_progress"),
            path("<uuid:report_id>/cancel/", self.own_page(views.cancel), name=f"{name}_cancel"),
            path(f"{file}/", self.own_page(views.download), name="reports_file"),
            path(f"{file}/link/", self.own_page(views.make_link), name="reports_make_link"),
            path(f"{link}/", self.own_page(views.revoke_link), name="reports_revoke_link"),
        ]
        return [*pages, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Ask for a report."""
        return views.ask(self, request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show one run."""
        return views.show(self, request, object_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a run says what was sent to whom."""
        return False

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[AnalyticsReport]":
        """Return the runs without what only their own page shows."""
        runs: models.QuerySet[AnalyticsReport] = super().get_queryset(request)
        return runs.defer("summary", "parameters", "error")

    @display(description=_("Period"))
    def shown_period(self, report: AnalyticsReport) -> str:
        """Return the days, as the organization writes them."""
        return current_notation().days(report.start_date, report.end_date)

    @display(description=_("Report"), label={ReportType(key).label: colour for key, colour in TYPE_COLOURS.items()})
    def type_label(self, report: AnalyticsReport) -> str:
        """Return the type for a badge."""
        return str(ReportType(report.report_type).label)

    @display(
        description=_("Status"),
        label={ReportStatus(status).label: colour for status, colour in STATUS_COLOURS.items()},
    )
    def status_label(self, report: AnalyticsReport) -> str:
        """Return the status for a badge."""
        return str(ReportStatus(report.status).label)

    @display(description=_("Files"))
    def shown_formats(self, report: AnalyticsReport) -> str:
        """Return as what it is written."""
        return ", ".join(str(Format(one).label) for one in report.formats)
