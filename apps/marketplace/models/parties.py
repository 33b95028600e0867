"""Who trades: partners who deliver, customers who order."""

from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, dates, instants, tenant_key
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel


class PartnerStatus(models.TextChoices):
    """Whether a partner takes orders."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class Partner(ImportedModel):
    """A business that fulfils orders: a laundry, a supplier, a practitioner, a vendor."""

    name = models.CharField(_("name"), max_length=200)
    code = models.CharField(_("code"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=PartnerStatus.choices, default=PartnerStatus.ACTIVE)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    daily_capacity = models.PositiveIntegerField(
        _("daily capacity"), null=True, blank=True, help_text=_("Orders it can take in a day.")
    )
    joined_on = models.DateField(_("joined on"), null=True, blank=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("partner"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="partner_external_id"),
            models.CheckConstraint(condition=models.Q(status__in=PartnerStatus.values), name="partner_status"),
            models.CheckConstraint(
                condition=models.Q(daily_capacity__isnull=True) | models.Q(daily_capacity__gt=0),
                name="partner_daily_capacity",
            ),
            *dates("partner", "joined_on"),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="partner_name")]

    def __str__(self) -> str:
        return self.name


class Customer(ImportedModel):
    """A person or business that orders."""

    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    business_type = models.CharField(_("business type"), max_length=120, blank=True)
    acquisition_channel = models.CharField(_("acquisition channel"), max_length=60, blank=True)
    joined_at = models.DateTimeField(_("joined at"), null=True, blank=True)
    entity = TenantForeignKey(
        "hierarchy.Entity",
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("customer"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="customer_external_id"),
            models.UniqueConstraint(
                fields=["organization", "user"],
                name="customer_user_once",
                violation_error_message=_("This user is another customer of the organization already."),
            ),
            TenantReference(field="entity", name="customer_entity_ref"),
            *instants("customer", "joined_at"),
        ]
        indexes = [
            models.Index(fields=["organization", "name", "id"], name="customer_name"),
            models.Index(fields=["organization", "email"], name="customer_email"),
            models.Index(fields=["organization", "entity"], name="customer_entity"),
            models.Index(
                F("organization"), OpClass(Upper("name"), name="text_pattern_ops"), name="customer_name_prefix"
            ),
        ]

    def __str__(self) -> str:
        # An external id that is an e-mail address is not shown to everyone who sees a name.
        told = "" if "@" in (self.external_id or "") else self.external_id
        return self.name or told or str(self.pk)
