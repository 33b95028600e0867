"""Orders, payments, refunds, reviews and issues in the admin."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.accounts.administration import (
    BusinessDaysFilter,
    KnownChoiceFilter,
    RecentChoicesFilter,
    ReferenceFilter,
    TenantModelAdmin,
    TenantTabularInline,
    access_of,
)
from apps.accounts.administration.figures import stars, whole
from apps.accounts.notation import notation_of
from apps.marketplace.admin.forms import OrderForm, RefundForm, RefundFormSet, RefundOfAnOrderForm
from apps.marketplace.admin.source import SOURCE, SOURCE_FIELDS
from apps.marketplace.models import (
    IssueKind,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentStatus,
    Refund,
    Review,
)
from apps.marketplace.querysets import UNCOUNTED_STATUSES
from apps.marketplace.selectors import order_totals, refund_totals
from apps.marketplace.tones import ISSUE_TONES, ORDER_STATUS_TONES, PAYMENT_STATUS_TONES, by_label


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
    form = RefundOfAnOrderForm
    formset = RefundFormSet
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


class CountedFilter(DropdownFilter):
    """Orders that revenue counts, or those that it does not."""

    title = _("counts")
    parameter_name = "counted"
    status: ClassVar[str] = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str | Promise]]:
        """Return both."""
        return [("yes", _("Counted")), ("no", _("Cancelled, rejected or a no-show"))]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the chosen ones; what is neither filters nothing."""
        uncounted = {f"{self.status}__in": UNCOUNTED_STATUSES}
        if self.value() == "yes":
            return queryset.exclude(**uncounted)
        return queryset.filter(**uncounted) if self.value() == "no" else queryset


class CountedRefundFilter(CountedFilter):
    """Refunds that lower revenue, those of no order too, or those of orders that it does not count."""

    status = "order__status"


@admin.register(Order)
class OrderAdmin(TenantModelAdmin):
    """Orders, the newest first."""

    form = OrderForm
    list_display = ("number", "status_label", "customer", "partner", "channel", "placed_at", "total")
    list_select_related = ("customer", "partner")
    list_filter = (
        ("placed_at", BusinessDaysFilter),
        ("status", KnownChoiceFilter),
        CountedFilter,
        ("channel", RecentChoicesFilter),
        ("customer", ReferenceFilter),
        ("partner", ReferenceFilter),
    )
    recent_by = "placed_at"
    totals_by = ("placed_at", "customer", "partner")
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

    def totals_of(self, request: HttpRequest, orders: "models.QuerySet[Order]") -> list[tuple[Any, str]]:
        """Return what the list adds up to."""
        totals = order_totals(orders)
        return [
            (_("Orders"), whole(totals.orders)),
            (_("Counted orders"), whole(totals.counted_orders)),
            (_("Total revenue"), _money(request, totals.total_revenue)),
        ]

    @display(description=_("Status"), label=by_label(OrderStatus, ORDER_STATUS_TONES))
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
        ("order", ReferenceFilter),
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

    @display(description=_("Status"), label=by_label(PaymentStatus, PAYMENT_STATUS_TONES))
    def status_label(self, payment: Payment) -> str:
        """Return the status for a badge."""
        return str(PaymentStatus(payment.status).label)


@admin.register(Refund)
class RefundAdmin(TenantModelAdmin):
    """Refunds, the newest first."""

    form = RefundForm
    list_display = ("shown", "customer", "reason", "refunded_at", "amount")
    totals_by = ("refunded_at", "order", "customer")
    list_select_related = ("order", "customer")
    list_filter = (
        ("refunded_at", BusinessDaysFilter),
        CountedRefundFilter,
        ("order", ReferenceFilter),
        ("customer", ReferenceFilter),
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

    def totals_of(self, request: HttpRequest, refunds: "models.QuerySet[Refund]") -> list[tuple[Any, str]]:
        """Return what the list adds up to."""
        totals = refund_totals(refunds)
        return [(_("Refunds"), whole(totals.refunds)), (_("Refund amount"), _money(request, totals.refund_amount))]

    @display(description=_("Order"))
    def shown(self, refund: Refund) -> str:
        """Return the order, or that there is none: some returns name no order."""
        return str(refund.order) if refund.order else str(_("No order"))


@admin.register(Review)
class ReviewAdmin(TenantModelAdmin):
    """Reviews, the newest first."""

    list_display = ("order", "shown_rating", "comment_start", "reviewed_at")
    list_select_related = ("order",)
    list_filter = (
        ("reviewed_at", BusinessDaysFilter),
        ("order", ReferenceFilter),
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

    @display(description=_("Rating"))
    def shown_rating(self, review: Review) -> SafeString | str:
        """Return the rating as stars."""
        return stars(Decimal(review.rating))

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
        ("order", ReferenceFilter),
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

    @display(description=_("Kind"), label=by_label(IssueKind, ISSUE_TONES))
    def kind_label(self, issue: OrderIssue) -> str:
        """Return the kind for a badge."""
        return str(IssueKind(issue.kind).label)


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


def _money(request: HttpRequest, amount: Decimal) -> str:
    access = access_of(request)
    return f"{amount}" if access is None else notation_of(access.organization).money(amount)
