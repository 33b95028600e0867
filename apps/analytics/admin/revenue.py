"""Business days in the admin. What they hold follows from facts: those are changed, these are not."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import DatesFilter
from apps.accounts.administration.figures import CANCELLATION, COMPLETION, rate, whole
from apps.accounts.administration.filters import read_day
from apps.analytics.admin.recomputing import RollupAdmin, facts_link
from apps.analytics.models import DailyRevenueSummary
from apps.marketplace.models import Order, Refund


@admin.register(DailyRevenueSummary)
class DailyRevenueSummaryAdmin(RollupAdmin):
    """Business days, the newest first."""

    list_display = (
        "date", "total_revenue", "number_orders", "average_order_value", "rate_completion", "rate_cancellation",
        "refund_amount", "new_customers", "returning_customers",
    )  # fmt: skip
    list_filter = (("date", DatesFilter),)
    ordering = ("-date",)
    sortable_fields: ClassVar[tuple[str, ...]] = ("date",)
    search_fields = ("date",)
    search_help_text = _("A day, such as 2026-03-10")
    rows_called = _("business days")
    actions = ("recompute", "export_selected")
    amount_properties: ClassVar[dict[str, Any]] = {
        "net_revenue": _("Net revenue"),
        "average_order_value": _("Average order value"),
    }
    export_columns = (
        "date", "total_revenue", "net_revenue", "gross_sales", "discount_amount", "tax_amount", "delivery_fee_amount",
        "tip_amount", "cash_revenue", "card_revenue", "wallet_revenue", "online_revenue", "unpaid_revenue",
        "order_count", "counted_orders", "average_order_value", "pending_orders", "accepted_orders", "rejected_orders",
        "in_progress_orders", "ready_orders", "completed_orders", "cancelled_orders", "no_show_orders",
        "completion_rate", "cancellation_rate", "refund_amount", "refund_count", "order_day_refund_amount",
        "uncounted_refund_amount", "new_customers", "returning_customers", "refreshed_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("date", "number_orders"),)}),
        (
            _("Revenue"),
            {
                "fields": (
                    ("total_revenue", "net_revenue"), ("average_order_value", "gross_sales"),
                    ("discount_amount", "tax_amount"), ("delivery_fee_amount", "tip_amount"),
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
                    ("rate_completion", "rate_cancellation"), ("counted_orders", "open_orders"),
                    ("pending_orders", "accepted_orders"), ("in_progress_orders", "ready_orders"),
                    ("completed_orders", "cancelled_orders"), ("rejected_orders", "no_show_orders"),
                )
            },
        ),
        (_("Customers"), {"fields": (("new_customers", "returning_customers"),)}),
        (
            _("Refunds"),
            {
                "fields": (
                    ("refund_amount", "number_refunds"), ("order_day_refund_amount", "uncounted_refund_amount"),
                )
            },
        ),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )  # fmt: skip
    readonly_fields = ("number_orders", "number_refunds", "rate_completion", "rate_cancellation", "open_orders")

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> tuple["models.QuerySet[Any]", bool]:
        """Find a day by its date; what is none finds nothing."""
        term = search_term.strip()
        return (queryset.filter(date=read_day(term)) if term else queryset), False

    @admin.action(description=_("Recompute the selected days"), permissions=["recompute"])
    def recompute(self, request: HttpRequest, days: "models.QuerySet[DailyRevenueSummary]") -> None:
        """Rebuild the days from facts."""
        self.recompute_days_of(request, days.values_list("date", flat=True))

    @display(description=_("Orders"))
    def number_orders(self, day: DailyRevenueSummary) -> SafeString | str:
        """Return how many orders were placed; the link shows them."""
        return facts_link(day.order_count, _("orders"), Order, placed_at_from=day.date, placed_at_to=day.date)

    @display(description=_("Number of refunds"))
    def number_refunds(self, day: DailyRevenueSummary) -> SafeString | str:
        """Return how many refunds were booked that lower revenue; the link shows them."""
        days = {"refunded_at_from": day.date, "refunded_at_to": day.date}
        return facts_link(day.refund_count, _("refunds"), Refund, **days, counted="yes")

    @display(description=_("Still open"))
    def open_orders(self, day: DailyRevenueSummary) -> str:
        """Return how many orders are neither completed nor fell through."""
        return whole(day.open_orders)

    @display(description=_("Completion rate"))
    def rate_completion(self, day: DailyRevenueSummary) -> SafeString | str:
        """Return the completion rate with how good it is."""
        return rate(day.completion_rate, COMPLETION, at_best=day.completion_rate_at_best)

    @display(description=_("Cancellation rate"))
    def rate_cancellation(self, day: DailyRevenueSummary) -> SafeString | str:
        """Return the cancellation rate with how good it is."""
        return rate(day.cancellation_rate, CANCELLATION)
