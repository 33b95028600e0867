"""Rollups in the admin, to look at. What they hold follows from facts: those are changed, these are not."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from apps.accounts.administration import KnownChoiceFilter, TenantModelAdmin, TenantRecordAdmin
from apps.accounts.models import Role
from apps.analytics.admin.columns import number, percent
from apps.analytics.models import (
    CustomerAnalytics,
    CustomerSegment,
    CustomerThresholds,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    Revision,
    Verification,
)

FILLED = _("They are filled from orders, payments and refunds within a minute.")
SEGMENT_COLOURS = {
    CustomerSegment.NEW.label: "info",
    CustomerSegment.REGULAR.label: "success",
    CustomerSegment.VIP.label: "warning",
    CustomerSegment.CHURNED.label: "danger",
}


@admin.register(DailyRevenueSummary)
class DailyRevenueSummaryAdmin(TenantRecordAdmin):
    """Business days, the newest first."""

    list_display = (
        "date", "total_revenue", "order_count", "shown_completion_rate", "shown_cancellation_rate", "refund_amount",
        "new_customers", "returning_customers",
    )  # fmt: skip
    ordering = ("-date",)
    sortable_fields: ClassVar[tuple[str, ...]] = ("date",)
    empty_text = FILLED
    fieldsets = (
        (None, {"fields": ("date",)}),
        (
            _("Revenue"),
            {
                "fields": (
                    ("total_revenue", "gross_sales"), ("discount_amount", "tax_amount"),
                    ("delivery_fee_amount", "tip_amount"),
                )
            },
        ),
        (
            _("Revenue by payment method"),
            {"fields": (("cash_revenue", "card_revenue"), ("wallet_revenue", "online_revenue"), "unpaid_revenue")},
        ),
        (
            _("Orders by status"),
            {
                "fields": (
                    ("order_count", "counted_orders"), ("pending_orders", "accepted_orders"),
                    ("in_progress_orders", "ready_orders"), ("completed_orders", "cancelled_orders"),
                    ("rejected_orders", "no_show_orders"),
                )
            },
        ),
        (_("Customers"), {"fields": (("new_customers", "returning_customers"),)}),
        (
            _("Refunds"),
            {"fields": (("refund_amount", "refund_count"), ("order_day_refund_amount", "uncounted_refund_amount"))},
        ),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )  # fmt: skip

    @display(description=_("Completion rate"))
    def shown_completion_rate(self, day: DailyRevenueSummary) -> str:
        """Return the completion rate."""
        return percent(day.completion_rate)

    @display(description=_("Cancellation rate"))
    def shown_cancellation_rate(self, day: DailyRevenueSummary) -> str:
        """Return the cancellation rate."""
        return percent(day.cancellation_rate)


@admin.register(PartnerPerformanceMetric)
class PartnerPerformanceMetricAdmin(TenantRecordAdmin):
    """Partners' business days, the newest first."""

    list_display = (
        "date", "shown_partner", "orders_received", "orders_completed", "total_revenue", "shown_acceptance_rate",
        "shown_completion_rate", "shown_rating", "issues_reported",
    )  # fmt: skip
    list_select_related = ("partner",)
    list_filter = (("partner", AutocompleteSelectFilter),)
    ordering = ("-date", "partner_id")
    sortable_fields: ClassVar[tuple[str, ...]] = ("date",)
    empty_text = FILLED
    fieldsets = (
        (None, {"fields": (("date", "shown_partner"),)}),
        (
            _("Orders"),
            {
                "fields": (
                    ("orders_received", "orders_accepted"), ("orders_rejected", "orders_completed"),
                    ("orders_cancelled", "counted_orders"),
                )
            },
        ),
        (
            _("Revenue"),
            {"fields": (("total_revenue", "refund_amount"), ("refund_count", "order_day_refund_amount"))},
        ),
        (
            _("Mean minutes"),
            {"fields": ("shown_acceptance", "shown_pickup", "shown_processing", "shown_delivery", "shown_total")},
        ),
        (_("Quality"), {"fields": (("shown_rating", "rating_count"),)}),
        (_("Issues"), {"fields": (("issues_reported", "items_late"), ("items_damaged", "items_lost"))}),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )  # fmt: skip
    readonly_fields = (
        "shown_partner", "shown_rating", "shown_acceptance", "shown_pickup", "shown_processing", "shown_delivery",
        "shown_total",
    )  # fmt: skip

    @display(description=_("Partner"))
    def shown_partner(self, row: PartnerPerformanceMetric) -> str:
        """Return the partner's name."""
        return str(row.partner) if row.partner_id and row.partner else str(_("No partner"))

    @display(description=_("Acceptance rate"))
    def shown_acceptance_rate(self, row: PartnerPerformanceMetric) -> str:
        """Return the acceptance rate."""
        return percent(row.acceptance_rate)

    @display(description=_("Completion rate"))
    def shown_completion_rate(self, row: PartnerPerformanceMetric) -> str:
        """Return the completion rate."""
        return percent(row.completion_rate)

    @display(description=_("Rating"))
    def shown_rating(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean rating."""
        return number(row.average_rating)

    @display(description=_("Placed to accepted"))
    def shown_acceptance(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean minutes."""
        return number(row.average_acceptance_minutes)

    @display(description=_("Accepted to picked up"))
    def shown_pickup(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean minutes."""
        return number(row.average_pickup_minutes)

    @display(description=_("Picked up to processed"))
    def shown_processing(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean minutes."""
        return number(row.average_processing_minutes)

    @display(description=_("Processed to delivered"))
    def shown_delivery(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean minutes."""
        return number(row.average_delivery_minutes)

    @display(description=_("Placed to completed"))
    def shown_total(self, row: PartnerPerformanceMetric) -> str:
        """Return the mean minutes."""
        return number(row.average_total_minutes)


@admin.register(CustomerAnalytics)
class CustomerAnalyticsAdmin(TenantRecordAdmin):
    """Customers by lifetime value."""

    list_display = (
        "customer", "segment_label", "total_orders", "lifetime_value", "last_order_date", "churn_risk_score",
        "is_at_churn_risk",
    )  # fmt: skip
    list_select_related = ("customer",)
    list_filter = (("segment", KnownChoiceFilter), ("customer", AutocompleteSelectFilter))
    ordering = ("-lifetime_value", "id")
    sortable_fields: ClassVar[tuple[str, ...]] = ("lifetime_value", "last_order_date")
    empty_text = FILLED
    fieldsets = (
        (None, {"fields": (("customer", "segment"),)}),
        (_("Orders"), {"fields": (("total_orders", "counted_orders"), ("completed_orders", "cancelled_orders"))}),
        (_("Money"), {"fields": (("total_spent", "refund_amount"), "lifetime_value")}),
        (
            _("Engagement"),
            {"fields": (("first_order_at", "last_order_at"), ("shown_frequency", "recent_orders"))},
        ),
        (_("Preferences"), {"fields": (("favorite_category", "preferred_payment_method"),)}),
        (_("Quality"), {"fields": (("shown_rating", "rating_count"),)}),
        (_("Churn"), {"fields": (("churn_risk_score", "is_at_churn_risk"),)}),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )
    readonly_fields = ("shown_frequency", "shown_rating")

    @display(description=_("Segment"), label=SEGMENT_COLOURS)
    def segment_label(self, row: CustomerAnalytics) -> str:
        """Return the segment for a badge."""
        return str(CustomerSegment(row.segment).label) if row.segment else "–"

    @display(description=_("Mean days between orders"))
    def shown_frequency(self, row: CustomerAnalytics) -> str:
        """Return the mean gap."""
        return number(row.order_frequency)

    @display(description=_("Mean rating given"))
    def shown_rating(self, row: CustomerAnalytics) -> str:
        """Return the mean rating."""
        return number(row.average_rating)


@admin.register(CustomerThresholds)
class CustomerThresholdsAdmin(TenantModelAdmin):
    """From when on a customer is what; owners decide."""

    change_role = Role.OWNER
    list_display = ("shown_name", "churned_after_days", "regular_orders", "vip_orders", "vip_share")
    ordering = ("id",)
    empty_text = _("Without them, the defaults of the glossary hold.")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "new_within_days", ("regular_orders", "regular_within_days"), ("vip_orders", "vip_share"),
                    "churned_after_days", "at_risk_score",
                )
            },
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow one row an organization."""
        if not super().has_add_permission(request, obj):
            return False
        # Every page asks this of every model: only pages of this one look whether the row is there.
        match = request.resolver_match
        here = match is not None and (match.url_name or "").startswith("analytics_customerthresholds")
        return not (here and CustomerThresholds.objects.exists())

    @display(description=_("Thresholds"))
    def shown_name(self, row: CustomerThresholds) -> str:
        """Return what leads to the form."""
        return str(row)


@admin.register(Revision)
class RevisionAdmin(TenantRecordAdmin):
    """What published days said, and say: the newest change first."""

    list_display = ("revised_at", "shown_rollup", "date", "changed", "facts_changed")
    ordering = ("-revised_at", "-id")
    empty_text = _("Nothing that was published has changed.")
    fieldsets = (
        (None, {"fields": (("shown_rollup", "date"), ("revised_at", "facts_changed"), "changed")}),
        (_("Record"), {"fields": ("row_id", "old", "new"), "classes": ("collapse",)}),
    )
    readonly_fields = ("shown_rollup", "changed")

    @display(description=_("Rollup"))
    def shown_rollup(self, revision: Revision) -> str:
        """Return its name in words."""
        return revision.rollup.replace("_", " ")

    @display(description=_("Changes"))
    def changed(self, revision: Revision) -> str:
        """Return the columns that differ, with what they said and say."""
        if revision.old is None:
            return str(_("The day had no row before."))
        if revision.new is None:
            return str(_("The day has no row any more."))
        pairs = ((name, revision.old.get(name), value) for name, value in revision.new.items())
        return "; ".join(f"{name.replace('_', ' ')}: {old} → {new}" for name, old, new in pairs if old != new)


@admin.register(Verification)
class VerificationAdmin(TenantRecordAdmin):
    """Comparisons with the facts, the newest first."""

    list_display = ("started_at", "rows_compared", "differences", "repaired", "finished_at")
    ordering = ("-started_at", "-id")
    empty_text = _("Every night the rollups are compared with the facts.")
    fieldsets = (
        (None, {"fields": (("started_at", "finished_at"), ("first_date", "last_date"), "rows_compared")}),
        (_("Result"), {"fields": (("differences", "repaired"), "details")}),
    )

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Verification]":
        """Return the comparisons without what only their own page shows."""
        found: models.QuerySet[Verification] = super().get_queryset(request)
        return (
            found if request.resolver_match and "object_id" in request.resolver_match.kwargs else found.defer("details")
        )
