"""Facts of trade in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from apps.accounts.administration import (
    BusinessDaysFilter,
    KnownChoiceFilter,
    RecentChoicesFilter,
    TenantModelAdmin,
    TenantTabularInline,
)
from apps.marketplace.admin.source import SOURCE, SOURCE_FIELDS
from apps.marketplace.models import (
    Category,
    IssueKind,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    OrderStatus,
    Partner,
    PartnerStatus,
    Payment,
    PaymentStatus,
    Product,
    Refund,
    Review,
)

ORDER_STATUS_COLOURS = {
    OrderStatus.PENDING.label: "warning",
    OrderStatus.ACCEPTED.label: "info",
    OrderStatus.IN_PROGRESS.label: "info",
    OrderStatus.READY.label: "info",
    OrderStatus.COMPLETED.label: "success",
    OrderStatus.CANCELLED.label: "danger",
    OrderStatus.REJECTED.label: "danger",
    OrderStatus.NO_SHOW.label: "danger",
}
PAYMENT_STATUS_COLOURS = {
    PaymentStatus.CAPTURED.label: "success",
    PaymentStatus.PENDING.label: "warning",
    PaymentStatus.AUTHORIZED.label: "info",
    PaymentStatus.FAILED.label: "danger",
}
PARTNER_STATUS_COLOURS = {PartnerStatus.ACTIVE.label: "success", PartnerStatus.PAUSED.label: "warning"}


class OrderLineInline(TenantTabularInline):
    """What was ordered."""

    model = OrderLine
    fields = ("product", "description", "quantity", "unit_price", "total")
    autocomplete_fields = ("product",)
    verbose_name_plural = _("Lines")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[OrderLine]":
        """Fetch the products along."""
        lines: models.QuerySet[OrderLine] = super().get_queryset(request).select_related("product")
        return lines


class PaymentInline(TenantTabularInline):
    """What was paid."""

    model = Payment
    fields = ("method", "status", "amount", "paid_at")
    verbose_name_plural = _("Payments")


class RefundInline(TenantTabularInline):
    """What was given back."""

    model = Refund
    fields = ("amount", "reason", "refunded_at")
    verbose_name_plural = _("Refunds")


class ReviewInline(TenantTabularInline):
    """What the customer says."""

    model = Review
    fields = ("rating", "comment", "reviewed_at")
    verbose_name_plural = _("Reviews")


class OrderIssueInline(TenantTabularInline):
    """What went wrong."""

    model = OrderIssue
    fields = ("kind", "reported_at", "resolved_at")
    verbose_name_plural = _("Issues")


@admin.register(Order)
class OrderAdmin(TenantModelAdmin):
    """Orders, the newest first."""

    list_display = ("number", "status_label", "customer", "partner", "channel", "placed_at", "total")
    list_select_related = ("customer", "partner")
    list_filter = (
        ("placed_at", BusinessDaysFilter),
        ("status", KnownChoiceFilter),
        ("channel", RecentChoicesFilter),
        ("customer", AutocompleteSelectFilter),
        ("partner", AutocompleteSelectFilter),
    )
    recent_by = "placed_at"
    sortable_fields: ClassVar[tuple[str, ...]] = ("placed_at",)
    ordering = ("-placed_at", "-id")
    search_fields = ("number__exact", "external_id__exact", "basket_reference__exact")
    search_help_text = _("The whole order number, external id or basket")
    autocomplete_fields = ("customer", "partner")
    inlines = (OrderLineInline, PaymentInline, RefundInline, ReviewInline, OrderIssueInline)
    readonly_fields = ("source_status", *SOURCE_FIELDS)
    fieldsets = (
        (None, {"fields": (("number", "status"), ("customer", "partner"), "channel", "basket_reference")}),
        (
            _("Amounts"),
            {"fields": (("subtotal", "discount", "tax"), ("delivery_fee", "tip", "total"))},
        ),
        (
            _("Progress"),
            {
                "fields": (
                    "placed_at",
                    "scheduled_for",
                    "accepted_at",
                    "picked_up_at",
                    "processed_at",
                    "delivered_at",
                    "completed_at",
                    "cancelled_at",
                )
            },
        ),
        (
            _("Source"),
            {
                "fields": ("external_id", "source_status", "id", "created_at", "updated_at"),
                "classes": ("collapse",),
            },
        ),
    )

    @display(description=_("Status"), label=ORDER_STATUS_COLOURS)
    def status_label(self, order: Order) -> str:
        """Return the status for a badge."""
        return str(OrderStatus(order.status).label)


@admin.register(Payment)
class PaymentAdmin(TenantModelAdmin):
    """Payments, the newest first."""

    list_display = ("order", "method", "status_label", "paid_at", "amount")
    list_select_related = ("order",)
    list_filter = (
        ("paid_at", BusinessDaysFilter),
        ("method", RecentChoicesFilter),
        ("status", RecentChoicesFilter),
        ("order", AutocompleteSelectFilter),
    )
    recent_by = "paid_at"
    sortable_fields: ClassVar[tuple[str, ...]] = ("paid_at",)
    ordering = ("-paid_at", "-id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("order",)
    readonly_fields = ("source_method", *SOURCE_FIELDS)
    fieldsets = (
        (None, {"fields": ("order", ("method", "status"), "amount", "paid_at")}),
        (
            _("Source"),
            {
                "fields": ("external_id", "source_method", "id", "created_at", "updated_at"),
                "classes": ("collapse",),
            },
        ),
    )

    @display(description=_("Status"), label=PAYMENT_STATUS_COLOURS)
    def status_label(self, payment: Payment) -> str:
        """Return the status for a badge."""
        return str(PaymentStatus(payment.status).label)


@admin.register(Refund)
class RefundAdmin(TenantModelAdmin):
    """Refunds, the newest first."""

    list_display = ("shown", "customer", "reason", "refunded_at", "amount")
    list_select_related = ("order", "customer")
    list_filter = (
        ("refunded_at", BusinessDaysFilter),
        ("order", AutocompleteSelectFilter),
        ("customer", AutocompleteSelectFilter),
    )
    sortable_fields: ClassVar[tuple[str, ...]] = ("refunded_at",)
    ordering = ("-refunded_at", "-id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("order", "customer")
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (None, {"fields": ("order", "customer", "amount", "refunded_at", "reason")}),
        SOURCE,
    )

    @display(description=_("Order"))
    def shown(self, refund: Refund) -> str:
        """Return the order, or that there is none: some returns name no order."""
        return str(refund.order) if refund.order else str(_("No order"))


@admin.register(Review)
class ReviewAdmin(TenantModelAdmin):
    """Reviews, the newest first."""

    list_display = ("order", "rating", "comment_start", "reviewed_at")
    list_select_related = ("order",)
    list_filter = (
        ("reviewed_at", BusinessDaysFilter),
        ("order", AutocompleteSelectFilter),
    )
    sortable_fields: ClassVar[tuple[str, ...]] = ("reviewed_at",)
    ordering = ("-reviewed_at", "-id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("order",)
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (None, {"fields": ("order", "rating", "reviewed_at", "comment")}),
        SOURCE,
    )

    @display(description=_("Comment"))
    def comment_start(self, review: Review) -> str:
        """Return as much as a row shows."""
        return review.comment if len(review.comment) <= 80 else f"{review.comment[:79]}…"


@admin.register(OrderIssue)
class OrderIssueAdmin(TenantModelAdmin):
    """Issues, the newest first."""

    list_display = ("order", "kind_label", "reported_at", "resolved_at")
    list_select_related = ("order",)
    list_filter = (
        ("reported_at", BusinessDaysFilter),
        ("kind", RecentChoicesFilter),
        ("order", AutocompleteSelectFilter),
    )
    recent_by = "reported_at"
    sortable_fields: ClassVar[tuple[str, ...]] = ("reported_at",)
    ordering = ("-reported_at", "-id")
    search_fields = ("external_id__exact",)
    search_help_text = _("The whole external id")
    autocomplete_fields = ("order",)
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (None, {"fields": (("order", "kind"), "reported_at", "resolved_at")}),
        SOURCE,
    )

    @display(description=_("Kind"), label=True)
    def kind_label(self, issue: OrderIssue) -> str:
        """Return the kind for a badge."""
        return str(IssueKind(issue.kind).label)


@admin.register(Partner)
class PartnerAdmin(TenantModelAdmin):
    """Partners, by name."""

    list_display = ("name", "code", "status_label", "city", "region", "daily_capacity", "joined_on")
    list_filter = (("status", KnownChoiceFilter),)
    sortable_fields: ClassVar[tuple[str, ...]] = ("name",)
    ordering = ("name", "id")
    search_fields = ("name__istartswith", "code__exact", "external_id__exact")
    search_help_text = _("The beginning of the name, or the whole code or external id")
    readonly_fields = SOURCE_FIELDS
    fieldsets = (
        (
            None,
            {"fields": (("name", "code"), ("status", "daily_capacity"), ("city", "region"), "joined_on")},
        ),
        SOURCE,
    )

    @display(description=_("Status"), label=PARTNER_STATUS_COLOURS)
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
    list_filter = (("category", AutocompleteSelectFilter),)
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


@admin.register(OperatingCost)
class OperatingCostAdmin(TenantModelAdmin):
    """Operating costs, the latest month first."""

    list_display = ("shown_month", "kind", "amount")
    ordering = ("-month", "kind", "-id")
    readonly_fields = SOURCE_FIELDS
    fieldsets = ((None, {"fields": (("month", "kind"), "amount")}), SOURCE)

    @display(description=_("Month"))
    def shown_month(self, cost: OperatingCost) -> str:
        """Return year and month."""
        return f"{cost.month:%Y-%m}"
