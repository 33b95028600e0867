"""What was exported for whom, how far it is, and who took it."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, tenant_key, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.models import JobTrigger, TenantModel


class ExportFormat(models.TextChoices):
    """What an export can be written as."""

    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel")
    JSON = "json", _("JSON")
    PDF = "pdf", _("PDF")


class ExportStatus(models.TextChoices):
    """How far an export has come. The file of an expired one is gone."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


FINISHED_STATUSES: tuple[str, ...] = (
    ExportStatus.SUCCEEDED,
    ExportStatus.FAILED,
    ExportStatus.CANCELLED,
    ExportStatus.EXPIRED,
)


class DataExport(TenantModel):
    """One file of a dataset, or of the answer to a question to the metrics.

    `filters` are what was asked for, for people; `conditions` are what that means, for the database; `question` is what
    the metrics are asked. `has_contact_details` says that the file tells how customers can be reached: it is not for
    viewers. `stored_name` is known before the file is written, and empty once it was removed.
    """

    dataset = models.CharField(_("dataset"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    format = models.CharField(_("format"), max_length=10, choices=ExportFormat.choices)
    filters = models.JSONField(_("filters"), default=dict)
    conditions = models.JSONField(_("conditions"), default=list, editable=False)
    question = models.JSONField(_("question"), default=dict, editable=False)
    columns = models.JSONField(_("columns"), default=list)
    has_byte_order_mark = models.BooleanField(
        _("for Excel"), default=False, help_text=_("A CSV file begins with a byte order mark.")
    )
    has_contact_details = models.BooleanField(_("with contact details"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=ExportStatus.choices, default=ExportStatus.QUEUED)
    trigger = models.CharField(_("started by"), max_length=10, choices=JobTrigger.choices)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    name = models.CharField(_("file name"), max_length=255, blank=True)
    stored_name = models.CharField(_("stored as"), max_length=120, blank=True, editable=False)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    manifest = models.JSONField(_("manifest"), null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-created_at", "-id")
        constraints = [
            *tenant_key("data_export"),
            models.CheckConstraint(condition=models.Q(format__in=ExportFormat.values), name="data_export_format"),
            models.CheckConstraint(condition=models.Q(status__in=ExportStatus.values), name="data_export_status"),
            models.CheckConstraint(condition=models.Q(trigger__in=JobTrigger.values), name="data_export_trigger"),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="data_export_created_at"),
            models.Index(fields=["organization", "created_by", "-created_at"], name="data_export_created_by"),
            models.Index(fields=["organization", "status", "expires_at"], name="data_export_expires_at"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will be written."""
        return self.status in FINISHED_STATUSES

    def is_expired(self, now: datetime.datetime) -> bool:
        """Whether the file is not given any more, removed or not."""
        return self.status == ExportStatus.EXPIRED or (
            self.status == ExportStatus.SUCCEEDED and self.expires_at is not None and self.expires_at <= now
        )


class ExportAction(models.TextChoices):
    """What somebody did."""

    REQUESTED = "requested", _("Requested")
    DOWNLOADED = "downloaded", _("Downloaded")
    CANCELLED = "cancelled", _("Cancelled")


class ExportEvent(TenantModel):
    """Who asked for an export or took it, when, how many rows, and from where."""

    export = TenantForeignKey(DataExport, verbose_name=_("export"), on_delete=models.CASCADE, related_name="events")
    action = models.CharField(_("action"), max_length=10, choices=ExportAction.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    happened_at = models.DateTimeField(_("happened at"), auto_now_add=True)

    class Meta:
        verbose_name = _("event of an export")
        verbose_name_plural = _("events of exports")
        ordering: ClassVar[tuple[str, ...]] = ("-happened_at", "-id")
        constraints = [
            tenant_leaf("export_event"),
            TenantReference(field="export", name="export_event_export_ref"),
            models.CheckConstraint(condition=models.Q(action__in=ExportAction.values), name="export_event_action"),
        ]
        indexes = [models.Index(fields=["organization", "export", "-happened_at"], name="export_event_export")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.happened_at:%Y-%m-%d %H:%M}"
