"""Runs of reports: what was asked, what became of it, its files, and who took them."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, tenant_key, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.models import JobTrigger, TenantModel
from apps.reports.models.choices import Audience, Format, ReportType
from apps.reports.models.schedules import ReportSchedule


class ReportStatus(models.TextChoices):
    """How far a run has come. `skipped` found nothing to report; the time of a `missed` one had passed."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    SKIPPED = "skipped", _("Skipped: nothing to report")
    MISSED = "missed", _("Missed")


FINISHED_STATUSES: tuple[str, ...] = (
    ReportStatus.SUCCEEDED,
    ReportStatus.FAILED,
    ReportStatus.CANCELLED,
    ReportStatus.SKIPPED,
    ReportStatus.MISSED,
)


class AnalyticsReport(TenantModel):
    """One run of a report over a period of business days, both included.

    `parameters` are what the report was asked with, as JSON: compare, refund_basis, filters, as_of. A run of a schedule
    has its slot, the instant it was due; there is one run for each slot. `due_at` is the instant from which it can be
    made: it was asked for, and its period is over. While it waits for something, `waits_for` says in words for what,
    and `retry_at` until when. `summary` has the figures that matter as texts, by audience, as
    `apps.reports.types.summary` makes them.
    """

    report_type = models.CharField(_("report"), max_length=32, choices=ReportType.choices)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=ReportStatus.choices, default=ReportStatus.QUEUED)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    parameters = models.JSONField(_("parameters"), default=dict)
    formats = models.JSONField(_("formats"), default=list)
    audiences = models.JSONField(_("audiences"), default=list, help_text=_("For whom files are written."))
    trigger = models.CharField(_("started by"), max_length=10, choices=JobTrigger.choices)
    schedule = TenantForeignKey(
        ReportSchedule,
        verbose_name=_("schedule"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
    )
    slot = models.DateTimeField(_("due at"), null=True, blank=True)
    due_at = models.DateTimeField(_("can be made from"), null=True, blank=True)
    is_preview = models.BooleanField(_("preview"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("tried again at"), null=True, blank=True)
    waits_for = models.TextField(_("waits for"), blank=True, default="")
    rows = models.BigIntegerField(_("rows"), default=0)
    error = models.TextField(_("error"), blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    summary = models.JSONField(_("summary"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("-created_at", "-id")
        constraints = [
            *tenant_key("analytics_report"),
            TenantReference(field="schedule", name="analytics_report_schedule_ref"),
            models.UniqueConstraint(
                fields=["organization", "schedule", "slot"],
                condition=models.Q(slot__isnull=False),
                name="analytics_report_slot",
            ),
            models.CheckConstraint(
                condition=models.Q(report_type__in=ReportType.values), name="analytics_report_report_type"
            ),
            models.CheckConstraint(condition=models.Q(status__in=ReportStatus.values), name="analytics_report_status"),
            models.CheckConstraint(condition=models.Q(trigger__in=JobTrigger.values), name="analytics_report_trigger"),
            models.CheckConstraint(
                condition=models.Q(end_date__gte=models.F("start_date")), name="analytics_report_days"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="analytics_report_created_at"),
            models.Index(fields=["organization", "schedule", "-slot"], name="analytics_report_schedule"),
            models.Index(fields=["organization", "status", "expires_at"], name="analytics_report_expires_at"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def as_said(self) -> datetime.datetime | None:
        """The aware instant of the past that it was asked about; None for what is known when it is made."""
        text = self.parameters.get("as_of")
        return datetime.datetime.fromisoformat(text) if text else None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINISHED_STATUSES

    @property
    def duration(self) -> float | None:
        """How long the last attempt took, in seconds; None before its end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class ReportFile(TenantModel):
    """One file of a run, for one audience. The stored name is empty once the file was removed."""

    report = TenantForeignKey(AnalyticsReport, verbose_name=_("report"), on_delete=models.CASCADE, related_name="files")
    audience = models.CharField(_("audience"), max_length=10, choices=Audience.choices)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    name = models.CharField(_("name"), max_length=255)
    stored_name = models.CharField(_("stored as"), max_length=120, blank=True, editable=False)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    rows = models.BigIntegerField(_("rows"), default=0)

    class Meta:
        verbose_name = _("report file")
        verbose_name_plural = _("report files")
        ordering: ClassVar[tuple[str, ...]] = ("report", "audience", "format")
        constraints = [
            *tenant_key("report_file"),
            TenantReference(field="report", name="report_file_report_ref"),
            models.UniqueConstraint(fields=["organization", "report", "audience", "format"], name="report_file_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_there(self) -> bool:
        """Whether it can still be had."""
        expires_at = self.report.expires_at
        return bool(self.stored_name) and (expires_at is None or expires_at > timezone.now())


class ReportLink(TenantModel):
    """An address that gives one file to whoever has it, until it expires or is revoked; kept as a digest."""

    file = TenantForeignKey(ReportFile, verbose_name=_("file"), on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    recipient = models.CharField(_("made for"), max_length=254, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("report link")
        verbose_name_plural = _("report links")
        ordering = ("-created_at", "-id")
        constraints = [
            *tenant_key("report_link"),
            TenantReference(field="file", name="report_link_file_ref"),
            models.UniqueConstraint(fields=["organization", "digest"], name="report_link_digest"),
        ]
        indexes = [models.Index(fields=["organization", "file"], name="report_link_file")]

    def __str__(self) -> str:
        return f"{self.recipient or self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the address still gives the file."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.file.is_there


class ReportDownload(TenantModel):
    """Who took a file, when, and by which link."""

    file = TenantForeignKey(ReportFile, verbose_name=_("file"), on_delete=models.CASCADE, related_name="downloads")
    link = TenantForeignKey(
        ReportLink,
        verbose_name=_("link"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="downloads",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    downloaded_at = models.DateTimeField(_("downloaded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("report download")
        verbose_name_plural = _("report downloads")
        ordering = ("-downloaded_at", "-id")
        constraints = [
            tenant_leaf("report_download"),
            TenantReference(field="file", name="report_download_file_ref"),
            TenantReference(field="link", name="report_download_link_ref"),
        ]
        indexes = [models.Index(fields=["organization", "file", "-downloaded_at"], name="report_download_file")]

    def __str__(self) -> str:
        return f"{self.downloaded_at:%Y-%m-%d %H:%M}"
