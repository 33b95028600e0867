"""The tree of accounts in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import KnownChoiceFilter, ReferenceFilter, TenantModelAdmin
from apps.hierarchy.models import Entity, EntityKind

KIND_COLOURS = {EntityKind.GROUP.label: "primary", EntityKind.COMPANY.label: "info"}


@admin.register(Entity)
class EntityAdmin(TenantModelAdmin):
    """Groups, companies and locations, by name."""

    list_display = ("name", "kind_label", "parent", "region", "business_type")
    list_select_related = ("parent",)
    list_filter = (("kind", KnownChoiceFilter), ("parent", ReferenceFilter))
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole external id")
    autocomplete_fields = ("parent",)
    readonly_fields = ("id", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "parent"), ("region", "business_type"))}),
        (_("Source"), {"fields": ("external_id", "id", "created_at", "updated_at"), "classes": ("collapse",)}),
    )

    @display(description=_("Kind"), label=KIND_COLOURS)
    def kind_label(self, entity: Entity) -> str:
        """Return the kind for a badge."""
        return str(EntityKind(entity.kind).label)
