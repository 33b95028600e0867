"""What customers say about orders, and what went wrong with them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, instants, tenant_leaf
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel
from apps.marketplace.models.orders import Order


class Review(ImportedModel):
    """A customer's rating of an order, one to five."""

    order = TenantForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(_("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(_("comment"), blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("-reviewed_at", "-id")
        constraints = [
            tenant_leaf("review"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="review_external_id"),
            TenantReference(field="order", name="review_order_ref"),
            models.CheckConstraint(condition=models.Q(rating__gte=1, rating__lte=5), name="review_rating"),
            *instants("review", "reviewed_at"),
        ]
        indexes = [
            models.Index(fields=["organization", "reviewed_at", "id"], name="review_reviewed_at"),
            models.Index(fields=["organization", "order"], name="review_order"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5"


class IssueKind(models.TextChoices):
    """What went wrong."""

    DAMAGED = "damaged", _("Damaged")
    LOST = "lost", _("Lost")
    LATE = "late", _("Late")
    OTHER = "other", _("Other")


class OrderIssue(ImportedModel):
    """Something that went wrong with an order."""

    order = TenantForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="issues")
    kind = models.CharField(_("kind"), max_length=10, choices=IssueKind.choices)
    reported_at = models.DateTimeField(_("reported at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order issue")
        verbose_name_plural = _("order issues")
        ordering = ("-reported_at", "-id")
        constraints = [
            tenant_leaf("order_issue"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="order_issue_external_id"),
            TenantReference(field="order", name="order_issue_order_ref"),
            models.CheckConstraint(condition=models.Q(kind__in=IssueKind.values), name="order_issue_kind"),
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=True) | models.Q(resolved_at__gte=models.F("reported_at")),
                name="order_issue_resolved_after_report",
                violation_error_message=_("An issue is resolved after it was reported."),
            ),
            *instants("order_issue", "reported_at", "resolved_at"),
        ]
        indexes = [
            models.Index(fields=["organization", "reported_at", "id"], name="order_issue_reported_at"),
            models.Index(fields=["organization", "order"], name="order_issue_order"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
