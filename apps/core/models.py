"""Abstract models and the job ledger."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.db.models.query import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core.context import refuse_other_organization
from apps.core.identifiers import new_id
from apps.core.managers import TenantManager


class GlobalModel(models.Model):
    """A row of the platform, not of one organization: users, organizations, queues."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class TenantModel(models.Model):
    """A row of one organization.

    `apps.core.checks` enforces the rules that keep the way to a distributed database open: the organization leads every
    unique constraint, references are `TenantForeignKey` with a `TenantReference`, keys are UUIDv7 made here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check every constraint; a form that does not show the organization still checks what is unique in it."""
        unchecked = set(exclude or ())
        if self.organization_id is not None:
            unchecked.discard("organization")
        super().validate_constraints(exclude=unchecked)

    def refresh_from_db(
        self, using: str | None = None, fields: Any = None, from_queryset: QuerySet[Any] | None = None
    ) -> None:
        """Read the row again, by organization too, unless that field itself is what is missing."""
        rows = type(self)._base_manager.all() if from_queryset is None else from_queryset
        if "organization_id" in self.__dict__:
            rows = rows.filter(organization_id=self.organization_id)
        super().refresh_from_db(using=using, fields=fields, from_queryset=rows)

    def _do_insert(self, manager: Any, using: str | None, fields: Any, returning_fields: Any, raw: bool) -> Any:
        """Insert the row, unless the running code works for another organization."""
        refuse_other_organization(self.organization_id)
        return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]

    def _do_update(
        self,
        base_qs: QuerySet[Any],
        using: str | None,
        pk_val: Any,
        values: Any,
        update_fields: Any,
        forced_update: bool,
    ) -> bool:
        """Find the row to update by organization too, as a distributed database needs it."""
        refuse_other_organization(self.organization_id)
        scoped = base_qs.filter(organization_id=self.organization_id)
        return super()._do_update(scoped, using, pk_val, values, update_fields, forced_update)


class DerivedModel(TenantModel):
    """A row computed from facts: it is replaced, never edited, and nothing refers to it.

    Its key follows from its grain. Its references are not constrained in the database: the facts that it comes from
    are, a rebuild of millions of rows would check each again, and a computed row must not keep a fact from deletion.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        abstract = True


class ImportedModel(TenantModel):
    """A fact that came from elsewhere, or may one day: the source's own id is unique within the organization."""

    external_id = models.CharField(  # noqa: DJ001 - absent ids must not collide in the unique constraint
        _("external id"), max_length=200, null=True, blank=True, default=None
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True


class JobStatus(models.TextChoices):
    """How far a job has come."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class JobTrigger(models.TextChoices):
    """What started a job."""

    COMMAND = "command", _("Command line")
    API = "api", _("API")
    ADMIN = "admin", _("Admin")
    SCHEDULE = "schedule", _("Schedule")


class JobRun(GlobalModel):
    """What one long job did. The ledger is of the platform: no transaction of a tenant's rows touches it."""

    kind = models.CharField(_("kind"), max_length=60)
    organization = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    subject_id = models.UUIDField(_("subject"), null=True, blank=True, help_text=_("The row the job works on."))
    trigger = models.CharField(_("started by"), max_length=10, choices=JobTrigger.choices)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, help_text=_("Percent."))
    stage = models.CharField(_("stage"), max_length=120, blank=True)
    rows = models.BigIntegerField(_("rows"), default=0)
    total = models.BigIntegerField(_("of"), default=0, help_text=_("What there is to do, where that is known."))
    error = models.TextField(_("error"), blank=True)
    queued_at = models.DateTimeField(_("queued at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ("-queued_at",)
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=JobStatus.values), name="job_run_status"),
            models.CheckConstraint(condition=models.Q(trigger__in=JobTrigger.values), name="job_run_trigger"),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="job_run_progress"),
        ]
        indexes = [
            models.Index(fields=["organization", "-queued_at"], name="job_run_organization"),
            models.Index(fields=["kind", "-queued_at"], name="job_run_kind"),
            models.Index(fields=["subject_id"], name="job_run_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_status_display()}"
