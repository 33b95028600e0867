"""Imports in the admin: past runs, taking files in, and the page of one run from preview to result."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, RecentChoicesFilter, TenantModelAdmin
from apps.accounts.administration.figures import whole
from apps.imports.administration import views
from apps.imports.administration.presentation import STATUS_COLOURS, mapping_title
from apps.imports.models import ImportRun, ImportStatus


@admin.register(ImportRun)
class ImportRunAdmin(TenantModelAdmin):
    """Runs of the current organization, the newest first: viewers look, analysts import."""

    list_display = ("source", "status_label", "shown_files", "shown_read", "shown_rejected", "created_by", "created_at")
    list_select_related = ("created_by",)
    list_filter = (("created_at", BusinessDaysFilter), ("status", RecentChoicesFilter))
    recent_by = "created_at"
    actions = ()
    keeps_history = False
    sortable_fields: ClassVar[tuple[str, ...]] = ("created_at",)
    ordering = ("-created_at", "-id")
    add_label = _("Import files")
    empty_text = _("An import brings orders, customers, payments and more in from CSV or Excel files.")

    def get_urls(self) -> list[URLPattern]:
        """Put the pages of a run before the ones every model has."""
        pages = [
            path("mappings/<slug:name>.yaml", self.own_page(views.mapping_file), name="imports_mapping"),
            path(
                "templates/<slug:name>/<slug:role>.<slug:kind>",
                self.own_page(views.template_file),
                name="imports_template",
            ),
            path("<uuid:run_id>/progress/", self.own_page(views.progress), name="imports_importrun_progress"),
            path("<uuid:run_id>/rejected.csv", self.own_page(views.rejected_rows), name="imports_importrun_rejected"),
            path("<uuid:run_id>/commit/", self.own_page(views.commit), name="imports_importrun_commit"),
            path("<uuid:run_id>/cancel/", self.own_page(views.cancel), name="imports_importrun_cancel"),
        ]
        return [*pages, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Take files in."""
        return views.upload(self, request)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show one run."""
        return views.show(self, request, object_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a run says where facts came from."""
        return False

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[ImportRun]":
        """Return the runs without what only their own page shows."""
        runs: models.QuerySet[ImportRun] = super().get_queryset(request)
        return runs.defer("mapping_text", "result").prefetch_related("files")

    @display(description=_("From"))
    def source(self, run: ImportRun) -> str:
        """Return what the files come from."""
        return mapping_title(run.mapping)

    @display(
        description=_("Status"),
        label={ImportStatus(status).label: colour for status, colour in STATUS_COLOURS.items()},
    )
    def status_label(self, run: ImportRun) -> str:
        """Return the status for a badge."""
        return str(ImportStatus(run.status).label)

    @display(description=_("Rows read"))
    def shown_read(self, run: ImportRun) -> str:
        """Return how many, grouped."""
        return whole(run.rows_read)

    @display(description=_("Invalid rows"))
    def shown_rejected(self, run: ImportRun) -> str:
        """Return how many, grouped."""
        return whole(run.rows_rejected)

    @display(description=_("Files"))
    def shown_files(self, run: ImportRun) -> str:
        """Return the first file's name, and how many more there are."""
        files = list(run.files.all())
        if not files:
            return ""
        first = f"{files[0].name} ({filesizeformat(files[0].size)})"
        more = len(files) - 1
        return str(_("%(name)s and %(count)d more") % {"name": first, "count": more}) if more else first
