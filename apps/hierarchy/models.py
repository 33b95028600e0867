"""The tree of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, tenant_key
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel


class EntityKind(models.TextChoices):
    """Levels of the tree, from the top."""

    GROUP = "group", _("Group")
    COMPANY = "company", _("Company")
    LOCATION = "location", _("Location")


class Entity(ImportedModel):
    """A group, a company of it, or a location of that company."""

    parent = TenantForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntityKind.choices)
    name = models.CharField(_("name"), max_length=200)
    region = models.CharField(_("region"), max_length=120, blank=True)
    business_type = models.CharField(_("business type"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("entity"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="entity_external_id"),
            TenantReference(field="parent", name="entity_parent_ref"),
            models.CheckConstraint(condition=models.Q(kind__in=EntityKind.values), name="entity_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind=EntityKind.GROUP) | models.Q(parent__isnull=True),
                name="entity_group_is_a_root",
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="entity_not_its_own_parent",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "parent"], name="entity_parent"),
            models.Index(fields=["organization", "name", "id"], name="entity_name"),
        ]

    def __str__(self) -> str:
        return self.name
