"""The tree of accounts."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from apps.core.constraints import TenantReference, tenant_key
from apps.core.fields import TenantForeignKey
from apps.core.models import ImportedModel


class EntityKind(models.TextChoices):
    """Levels of the tree, from the top."""

    GROUP = "group", _("Group")
    COMPANY = "company", _("Company")
    LOCATION = "location", _("Location")


_KIND_ABOVE = {EntityKind.COMPANY: EntityKind.GROUP, EntityKind.LOCATION: EntityKind.COMPANY}


class Entity(ImportedModel):
    """A group, a company of it, or a location of that company.

    A parent is of the kind just above, which the database holds by referring to the parent's kind too: no cycle can
    be built, and an entity that has children keeps its kind.
    """

    parent = TenantForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntityKind.choices)
    name = models.CharField(_("name"), max_length=200)
    parent_kind: Any = models.GeneratedField(
        expression=Case(*(When(kind=kind, then=Value(above)) for kind, above in _KIND_ABOVE.items())),
        output_field=models.CharField(max_length=10),
        db_persist=True,
    )
    region = models.CharField(_("region"), max_length=120, blank=True)
    business_type = models.CharField(_("business type"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("entity")
        verbose_name_plural = _("entities")
        ordering = ("name", "id")
        constraints = [
            *tenant_key("entity"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="entity_external_id"),
            models.UniqueConstraint(fields=["organization", "id", "kind"], name="entity_kind_key"),
            TenantReference(field="parent", name="entity_parent_kind_ref", also={"parent_kind": "kind"}),
            models.CheckConstraint(condition=models.Q(kind__in=EntityKind.values), name="entity_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind=EntityKind.GROUP) | models.Q(parent__isnull=True),
                name="entity_group_is_a_root",
                violation_error_message=_("A group is part of nothing."),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "parent"], name="entity_parent"),
            models.Index(fields=["organization", "name", "id"], name="entity_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Tell forms which parent fits.

        Raises:
            ValidationError: the parent is not of the kind just above.

        """
        super().clean()
        above = _KIND_ABOVE.get(EntityKind(self.kind)) if self.kind in EntityKind.values else None
        if self.parent_id is None or above is None:
            return
        parents = Entity._base_manager.filter(organization_id=self.organization_id, pk=self.parent_id)
        if parents.exclude(kind=above).exists():
            raise ValidationError(
                {"parent": _("A company is part of a group, and a location of a company.")}, code="wrong_kind"
            )
