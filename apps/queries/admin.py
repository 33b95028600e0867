"""Exports in the admin: what was exported, asking for more, and the page of one from request to file."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, RecentChoicesFilter, TenantModelAdmin
from apps.accounts.models import Role
from apps.accounts.notation import current_notation
from apps.queries.administration import views
from apps.queries.administration.presentation import STATUS_COLOURS, status_label
from apps.queries.models import DataExport, ExportStatus


@admin.register(DataExport)
class DataExportAdmin(TenantModelAdmin):
    """Exports of the current organization, the newest first: every member exports what they may see."""

    change_role = Role.VIEWER
    list_display = ("title", "status_label", "format", "shown_rows", "shown_size", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = (("created_at", BusinessDaysFilter), ("status", RecentChoicesFilter))
    recent_by = "created_at"
    actions = ()
    keeps_history = False
    sortable_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    ordering = ("-created_at", "-id")
    add_label = _("Export")
    empty_text = _("An export is a file of records or figures: from here, or from the list that shows what you want.")

    def get_urls(self) -> list[URLPattern]:
        """Put the pages of an export before the ones every model has."""
        names = {"progress": views.progress, "cancel": views.cancel, "file": views.file, "manifest": views.manifest}
        pages = [
            path(f"<uuid:export_id>/{name}/", self.own_page(view), name=f"queries_dataexport_{name}")
            for name, view in names.items()
        ]
        return [*pages, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Ask what is wanted."""
        return views.ask(self, request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show one export."""
        return views.show(self, request, object_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an export says who took what."""
        return False

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[DataExport]":
        """Return the exports without what only their own page shows."""
        exports: models.QuerySet[DataExport] = super().get_queryset(request)
        return exports.defer("conditions", "question", "manifest", "filters", "columns")

    @display(
        description=_("Status"),
        label={ExportStatus(status).label: colour for status, colour in STATUS_COLOURS.items()},
    )
    def status_label(self, export: DataExport) -> str:
        """Return the status for a badge."""
        return status_label(export, timezone.now())

    @display(description=_("Rows"))
    def shown_rows(self, export: DataExport) -> str:
        """Return how many, grouped."""
        return current_notation().number(export.rows) if export.sha256 else ""

    @display(description=_("Size"))
    def shown_size(self, export: DataExport) -> str:
        """Return the size of the file."""
        return filesizeformat(export.size) if export.sha256 else ""
