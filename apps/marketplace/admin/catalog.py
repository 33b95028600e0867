"""Partners and products in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import KnownChoiceFilter, ReferenceFilter, TenantModelAdmin
from apps.accounts.administration.figures import linked, list_of
from apps.accounts.notation import NOTHING
from apps.marketplace.admin.source import SOURCE, SOURCE_FIELDS
from apps.marketplace.models import Category, Order, Partner, PartnerStatus, Product
from apps.marketplace.tones import PARTNER_STATUS_TONES, by_label


@admin.register(Partner)
class PartnerAdmin(TenantModelAdmin):
    """Partners, by name."""

    list_display = ("name", "code", "status_label", "city", "region", "daily_capacity", "joined_on")
    list_filter = (("status", KnownChoiceFilter),)
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "code__exact", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole code or external id")
    readonly_fields = ("shown_orders", *SOURCE_FIELDS)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "code"),
                    ("status", "daily_capacity"),
                    ("city", "region"),
                    ("joined_on", "shown_orders"),
                )
            },
        ),
        SOURCE,
    )

    @display(description=_("Orders"))
    def shown_orders(self, partner: Partner) -> SafeString | str:
        """Return the way to the partner's orders."""
        if partner._state.adding:
            return NOTHING
        return linked(_("Show the orders"), list_of(Order, partner__id__exact=partner.pk))

    @display(description=_("Status"), label=by_label(PartnerStatus, PARTNER_STATUS_TONES))
    def status_label(self, partner: Partner) -> str:
        """Return the status for a badge."""
        return str(PartnerStatus(partner.status).label)


@admin.register(Category)
class CategoryAdmin(TenantModelAdmin):
    """Categories, by name."""

    list_display = ("name", "external_id")
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole external id")
    readonly_fields = SOURCE_FIELDS
    fieldsets = ((None, {"fields": ("name",)}), SOURCE)


@admin.register(Product)
class ProductAdmin(TenantModelAdmin):
    """Products, by name."""

    list_display = ("name", "sku", "kind", "category", "price", "cost", "stock_quantity")
    list_select_related = ("category",)
    list_filter = (("category", ReferenceFilter),)
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "sku__exact", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole SKU or external id")
    autocomplete_fields = ("category",)
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (None, {"fields": ("name", ("sku", "category"), ("kind", "stock_quantity"), ("price", "cost"))}),
        SOURCE,
    )
