"""Pages over what runs in the background, for superusers and the curious."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import display

from apps.accounts.administration import GlobalModelAdmin, KnownChoiceFilter, access_of, is_platform_request
from apps.accounts.administration.figures import percent
from apps.core.models import JobRun, JobStatus

for unused in (ClockedSchedule, SolarSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask):
    admin.site.unregister(unused)

STATUS_COLOURS = {
    JobStatus.QUEUED.label: "warning",
    JobStatus.RUNNING.label: "info",
    JobStatus.SUCCEEDED.label: "success",
    JobStatus.FAILED.label: "danger",
}


@admin.register(JobRun)
class JobRunAdmin(GlobalModelAdmin):
    """What ran for the current organization; superusers see the platform's jobs too. Nobody changes the ledger."""

    list_display = ("kind", "status_label", "trigger", "shown_progress", "rows", "queued_at", "finished_at")
    list_filter = (("status", KnownChoiceFilter),)
    ordering = ("-queued_at", "-id")
    sortable_by: ClassVar[tuple[str, ...]] = ("queued_at",)
    search_fields = ("kind__exact",)
    search_help_text = _("The whole kind, such as import_commit")
    empty_text = _("Imports, rebuilds and verifications are listed here while they work and afterwards.")
    fieldsets = (
        (None, {"fields": (("kind", "status"), ("progress", "stage"), ("rows", "trigger"), "error")}),
        (_("Time"), {"fields": (("queued_at", "started_at"), ("heartbeat_at", "finished_at"))}),
        (_("Record"), {"fields": ("id", "subject_id"), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[JobRun]":
        """Return the jobs of the current organization, and to superusers those of none."""
        jobs: models.QuerySet[JobRun] = super().get_queryset(request)
        access = access_of(request)
        mine = models.Q(organization_id=access.organization.pk) if access else models.Q(pk__in=[])
        return jobs.filter(mine | models.Q(organization=None) if is_platform_request(request) else mine)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let members look."""
        return is_platform_request(request) or access_of(request) is not None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: jobs are started where their work is."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the ledger says what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the ledger says what happened."""
        return False

    @display(description=_("Status"), label=STATUS_COLOURS)
    def status_label(self, job: JobRun) -> str:
        """Return the status for a badge."""
        return str(JobStatus(job.status).label)

    @display(description=_("Progress"))
    def shown_progress(self, job: JobRun) -> str:
        """Return how far it is, with its unit."""
        return percent(Decimal(job.progress) / 100, digits=0)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(GlobalModelAdmin, BeatPeriodicTaskAdmin):
    """What beat starts. Entries that the code declares come back when they are deleted."""

    search_fields = ("name__istartswith", "task__exact")
    date_hierarchy = None
    list_filter = ()


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(GlobalModelAdmin):
    """Every so often."""

    list_display = ("__str__", "every", "period")


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(GlobalModelAdmin):
    """At these times, in this zone."""

    list_display = ("human_readable", "minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")
    readonly_fields = ("human_readable",)
