"""Runs of imports, their files, and the rows that were refused."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, tenant_key
from apps.core.fields import TenantForeignKey
from apps.core.models import JobTrigger, TenantModel


class ImportMode(models.TextChoices):
    """What happens when some rows are refused."""

    ALL_OR_NOTHING = "all_or_nothing", _("All rows or none")
    VALID_ROWS = "valid_rows", _("The valid rows, and a file of the rest")


class ImportStatus(models.TextChoices):
    """How far a run has come. Only `committed` has written facts."""

    RECEIVED = "received", _("Received")
    PREVIEWING = "previewing", _("Being previewed")
    PREVIEWED = "previewed", _("Previewed")
    COMMITTING = "committing", _("Being committed")
    COMMITTED = "committed", _("Committed")
    REFUSED = "refused", _("Refused: rows are invalid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ImportRun(TenantModel):
    """One set of files, read with one mapping.

    `result` holds what preview or commit found: see `apps.imports.results.ImportResult.as_json`.
    """

    mapping = models.CharField(_("mapping"), max_length=100)
    mapping_text = models.TextField(_("mapping as it was used"), editable=False)
    mode = models.CharField(_("mode"), max_length=16, choices=ImportMode.choices, default=ImportMode.ALL_OR_NOTHING)
    status = models.CharField(_("status"), max_length=12, choices=ImportStatus.choices, default=ImportStatus.RECEIVED)
    trigger = models.CharField(_("started by"), max_length=10, choices=JobTrigger.choices)
    checksum = models.CharField(
        _("checksum"), max_length=64, help_text=_("SHA-256 over the mapping and the files: the same twice is the same.")
    )
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_rejected = models.BigIntegerField(_("rows rejected"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-created_at", "-id")
        constraints = [
            *tenant_key("import_run"),
            models.CheckConstraint(condition=models.Q(mode__in=ImportMode.values), name="import_run_mode"),
            models.CheckConstraint(condition=models.Q(status__in=ImportStatus.values), name="import_run_status"),
            models.CheckConstraint(condition=models.Q(trigger__in=JobTrigger.values), name="import_run_trigger"),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at"], name="import_run_created_at"),
            models.Index(fields=["organization", "checksum"], name="import_run_checksum"),
        ]

    def __str__(self) -> str:
        return f"{self.mapping} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINISHED_STATUSES


FINISHED_STATUSES: tuple[str, ...] = (
    ImportStatus.COMMITTED,
    ImportStatus.REFUSED,
    ImportStatus.FAILED,
    ImportStatus.CANCELLED,
)


class ImportFile(TenantModel):
    """One file of a run. The name it came with is only shown; it is stored under a name that cannot be guessed."""

    run = TenantForeignKey(ImportRun, verbose_name=_("import"), on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=255)
    stored_name = models.CharField(_("stored as"), max_length=120, blank=True, editable=False)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("import file")
        verbose_name_plural = _("import files")
        ordering: ClassVar[tuple[str, ...]] = ("run", "position")
        constraints = [
            *tenant_key("import_file"),
            TenantReference(field="run", name="import_file_run_ref"),
            models.UniqueConstraint(fields=["organization", "run", "position"], name="import_file_position"),
        ]

    def __str__(self) -> str:
        return self.name


class RejectedRow(TenantModel):
    """One reason why one source row was refused. A row with two bad cells has two of these."""

    run = TenantForeignKey(ImportRun, verbose_name=_("import"), on_delete=models.CASCADE, related_name="rejected_rows")
    file = models.CharField(_("file"), max_length=255)
    line = models.BigIntegerField(_("line"), help_text=_("The physical line of the file, counted from 1."))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=500, blank=True)
    reason = models.TextField(_("reason"))
    record = models.JSONField(_("the whole row"), default=list, help_text=_("Pairs of column and value."))

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ("file", "line", "id")
        constraints = [*tenant_key("rejected_row"), TenantReference(field="run", name="rejected_row_run_ref")]
        indexes = [models.Index(fields=["organization", "run", "file", "line", "id"], name="rejected_row_place")]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.column}: {self.reason}"
