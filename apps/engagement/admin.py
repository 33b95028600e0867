"""Facts of contact in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import BusinessDaysFilter, RecentChoicesFilter, ReferenceFilter, TenantModelAdmin
from apps.accounts.administration.figures import linked, list_of
from apps.engagement.models import Interaction, InteractionStatus, Segment, SegmentMember

SOURCE = (_("Source"), {"fields": ("external_id", "id", "created_at", "updated_at"), "classes": ("collapse",)})
SOURCE_FIELDS = ("id", "created_at", "updated_at")

STATUS_COLOURS = {
    InteractionStatus.PENDING.label: "warning",
    InteractionStatus.IN_PROGRESS.label: "info",
    InteractionStatus.COMPLETED.label: "success",
    InteractionStatus.CANCELLED.label: "danger",
}


@admin.register(Interaction)
class InteractionAdmin(TenantModelAdmin):
    """Contacts, the newest first."""

    list_display = ("subject_or_type", "customer", "type", "status_label", "automated", "successful", "occurred_at")
    list_select_related = ("customer",)
    list_filter = (
        ("occurred_at", BusinessDaysFilter),
        ("type", RecentChoicesFilter),
        ("status", RecentChoicesFilter),
        ("customer", ReferenceFilter),
    )
    recent_by = "occurred_at"
    sortable_fields: ClassVar[tuple[str, ...]] = ("occurred_at",)
    ordering = ("-occurred_at", "-id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("customer",)
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (None, {"fields": ("customer", ("type", "status"), "subject", "occurred_at", "automated", "successful")}),
        SOURCE,
    )

    @display(description=_("Subject"))
    def subject_or_type(self, interaction: Interaction) -> str:
        """Return what it was about."""
        return str(interaction)

    @display(description=_("Status"), label=STATUS_COLOURS)
    def status_label(self, interaction: Interaction) -> str:
        """Return the status for a badge."""
        return str(InteractionStatus(interaction.status).label)


@admin.register(Segment)
class SegmentAdmin(TenantModelAdmin):
    """Segments, by name."""

    list_display = ("name", "description", "is_ruled", "shown_members")
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole external id")
    readonly_fields = SOURCE_FIELDS
    fieldsets = ((None, {"fields": ("name", "description", "rule")}), SOURCE)

    @display(description=_("Members"))
    def shown_members(self, segment: Segment) -> SafeString:
        """Return the way to the members."""
        return linked(_("Show the members"), list_of(SegmentMember, segment__id__exact=segment.pk))

    @display(description=_("By rule"), boolean=True)
    def is_ruled(self, segment: Segment) -> bool:
        """Tell whether a rule sets the members."""
        return segment.rule is not None


@admin.register(SegmentMember)
class SegmentMemberAdmin(TenantModelAdmin):
    """Who is in which segment."""

    list_display = ("customer", "segment", "is_active", "value", "assigned_at")
    list_select_related = ("customer", "segment")
    list_filter = (("segment", ReferenceFilter), ("customer", ReferenceFilter))
    ordering = ("segment_id", "customer_id", "id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("segment", "customer")
    readonly_fields = SOURCE_FIELDS
    fieldsets = ((None, {"fields": (("segment", "customer"), "value", "assigned_at", "is_active")}), SOURCE)
