"""Facts of contact.

Customers live in the marketplace, which this app does not import: the references are by name.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, instants, numbers, tenant_key, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel


class InteractionType(models.TextChoices):
    """How a customer was in contact."""

    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")
    SUPPORT_TICKET = "support_ticket", _("Support ticket")
    COMPLAINT = "complaint", _("Complaint")
    FEEDBACK = "feedback", _("Feedback")


class InteractionStatus(models.TextChoices):
    """How far a contact has come."""

    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class Interaction(ImportedModel):
    """One contact with a customer."""

    customer = TenantForeignKey(
        "marketplace.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="interactions"
    )
    type = models.CharField(_("type"), max_length=16, choices=InteractionType.choices)
    status = models.CharField(
        _("status"), max_length=12, choices=InteractionStatus.choices, default=InteractionStatus.COMPLETED
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    automated = models.BooleanField(_("automated"), default=False)
    successful = models.BooleanField(
        _("successful"), null=True, blank=True, help_text=_("Empty while the outcome is unknown.")
    )

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        ordering = ("-occurred_at", "-id")
        constraints = [
            tenant_leaf("interaction"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="interaction_external_id"),
            TenantReference(field="customer", name="interaction_customer_ref"),
            models.CheckConstraint(condition=models.Q(type__in=InteractionType.values), name="interaction_type"),
            models.CheckConstraint(condition=models.Q(status__in=InteractionStatus.values), name="interaction_status"),
            *instants("interaction", "occurred_at"),
        ]
        indexes = [
            models.Index(fields=["organization", "occurred_at", "id"], name="interaction_occurred_at"),
            models.Index(fields=["organization", "customer", "occurred_at"], name="interaction_customer"),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_type_display()


class Segment(ImportedModel):
    """A named set of customers."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    rule = models.JSONField(_("rule"), null=True, blank=True, help_text=_("Empty where members are set by hand."))

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("segment"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="segment_external_id"),
            models.UniqueConstraint(fields=["organization", "name"], name="segment_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentMember(ImportedModel):
    """A customer's place in a segment."""

    segment = TenantForeignKey(Segment, verbose_name=_("segment"), on_delete=models.CASCADE, related_name="members")
    customer = TenantForeignKey(
        "marketplace.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="segment_memberships"
    )
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=2, null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned at"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("segment member")
        verbose_name_plural = _("segment members")
        ordering = ("-assigned_at", "-id")
        constraints = [
            tenant_leaf("segment_member"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="segment_member_external_id"),
            models.UniqueConstraint(fields=["organization", "segment", "customer"], name="segment_member_once"),
            TenantReference(field="segment", name="segment_member_segment_ref"),
            TenantReference(field="customer", name="segment_member_customer_ref"),
            *numbers("segment_member", "value"),
            *instants("segment_member", "assigned_at"),
        ]
        indexes = [
            models.Index(fields=["organization", "customer"], name="segment_member_customer"),
            models.Index(fields=["organization", "assigned_at"], name="segment_member_assigned_at"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}: {self.customer}"
