"""Partners' business days in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.administration import DatesFilter, ReferenceFilter
from apps.accounts.administration.figures import (
    ACCEPTANCE,
    COMPLETION,
    linked,
    number,
    page_of,
    percent,
    rate,
    stars,
    warning,
    whole,
)
from apps.accounts.administration.filters import read_day
from apps.accounts.notation import NOTHING
from apps.analytics.admin.recomputing import RollupAdmin, facts_link
from apps.analytics.models import PartnerPerformanceMetric
from apps.marketplace.models import Order, Partner

# Each partner found brings its days, which are sorted: a few partners have some thousands.
MOST_PARTNERS_FOUND = 20


@admin.register(PartnerPerformanceMetric)
class PartnerPerformanceMetricAdmin(RollupAdmin):
    """Partners' business days, the newest first."""

    list_display = (
        "date", "shown_partner", "number_orders", "orders_completed", "total_revenue", "rate_acceptance",
        "rate_completion", "shown_rating", "shown_issues",
    )  # fmt: skip
    list_select_related = ("partner",)
    list_filter = (("date", DatesFilter), ("partner", ReferenceFilter))
    ordering = ("-date", "-partner_id")
    sortable_fields: ClassVar[tuple[str, ...]] = ("date",)
    search_fields = ("partner__name__istartswith", "partner__code__exact", "date")
    search_help_text = _("The beginning of the partner's name, its whole code, or a day such as 2026-03-10")
    rows_called = _("partners' business days")
    actions = ("recompute", "export_selected")
    amount_properties: ClassVar[dict[str, Any]] = {"net_revenue": _("Net revenue")}
    export_columns = (
        "date", "partner__name", "partner_id", "orders_received", "orders_accepted", "orders_rejected",
        "orders_completed", "orders_cancelled", "counted_orders", "acceptance_rate", "completion_rate",
        "rejection_rate", "total_revenue", "net_revenue", "refund_amount", "refund_count", "order_day_refund_amount",
        "average_acceptance_minutes", "average_pickup_minutes", "average_processing_minutes",
        "average_delivery_minutes", "average_total_minutes", "overlong_stages", "average_rating", "rating_count",
        "issues_reported", "items_damaged", "items_lost", "items_late", "capacity_utilization", "refreshed_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("date", "shown_partner"),)}),
        (
            _("Orders"),
            {
                "fields": (
                    ("number_orders", "counted_orders"), ("orders_accepted", "orders_rejected"),
                    ("orders_completed", "orders_cancelled"), ("rate_acceptance", "rate_completion"),
                    "rate_rejection",
                )
            },
        ),
        (
            _("Revenue"),
            {
                "fields": (
                    ("total_revenue", "net_revenue"), ("refund_amount", "refund_count"), "order_day_refund_amount",
                )
            },
        ),
        (
            _("Mean minutes"),
            {
                "fields": (
                    ("shown_acceptance", "shown_pickup"), ("shown_processing", "shown_delivery"),
                    ("shown_total", "overlong_stages"),
                )
            },
        ),
        (_("Quality"), {"fields": (("shown_rating", "rating_count"),)}),
        (_("Issues"), {"fields": (("shown_issues", "items_late"), ("items_damaged", "items_lost"))}),
        (_("Capacity"), {"fields": (("shown_capacity", "shown_utilization"),)}),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )  # fmt: skip
    readonly_fields = (
        "shown_partner", "number_orders", "rate_acceptance", "rate_completion", "rate_rejection", "shown_rating",
        "shown_issues", "shown_acceptance", "shown_pickup", "shown_processing", "shown_delivery", "shown_total",
        "shown_capacity", "shown_utilization",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PartnerPerformanceMetric]":
        """Return the rows with their partners."""
        rows: models.QuerySet[PartnerPerformanceMetric] = super().get_queryset(request)
        return rows.select_related("partner")

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> tuple["models.QuerySet[Any]", bool]:
        """Find rows by their day, or by partners, which are looked up first: the index has their keys."""
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        day = read_day(term)
        if day is not None:
            return queryset.filter(date=day), False
        partners = Partner.objects.filter(Q(name__istartswith=term) | Q(code=term)).order_by("name", "pk")
        return queryset.filter(partner_id__in=list(partners.values_list("pk", flat=True)[:MOST_PARTNERS_FOUND])), False

    @admin.action(description=_("Recompute the days of the selected rows"), permissions=["recompute"])
    def recompute(self, request: HttpRequest, rows: "models.QuerySet[PartnerPerformanceMetric]") -> None:
        """Rebuild the days of these rows from facts, with all their partners."""
        self.recompute_days_of(request, rows.values_list("date", flat=True))

    @display(description=_("Partner"))
    def shown_partner(self, row: PartnerPerformanceMetric) -> SafeString | str:
        """Return the partner's name, which leads to the partner."""
        return linked(row.partner, page_of(row.partner)) if row.partner else str(_("No partner"))

    @display(description=_("Received"))
    def number_orders(self, row: PartnerPerformanceMetric) -> SafeString | str:
        """Return how many orders were placed with the partner; the link shows them."""
        partner: dict[str, Any] = (
            {"partner__id__exact": row.partner_id} if row.partner_id else {"partner__isnull": "True"}
        )
        return facts_link(
            row.orders_received, _("orders"), Order, placed_at_from=row.date, placed_at_to=row.date, **partner
        )

    @display(description=_("Acceptance rate"))
    def rate_acceptance(self, row: PartnerPerformanceMetric) -> SafeString | str:
        """Return the acceptance rate with how good it is."""
        return rate(row.acceptance_rate, ACCEPTANCE)

    @display(description=_("Fulfilment rate"))
    def rate_completion(self, row: PartnerPerformanceMetric) -> SafeString | str:
        """Return the part of accepted orders that were completed with how good it is."""
        return rate(row.completion_rate, COMPLETION, at_best=row.completion_rate_at_best)

    @display(description=_("Rejection rate"))
    def rate_rejection(self, row: PartnerPerformanceMetric) -> str:
        """Return the rejection rate."""
        return percent(row.rejection_rate)

    @display(description=_("Rating"))
    def shown_rating(self, row: PartnerPerformanceMetric) -> SafeString | str:
        """Return the mean rating as stars."""
        return stars(row.average_rating, row.rating_count)

    @display(description=_("Issues"))
    def shown_issues(self, row: PartnerPerformanceMetric) -> SafeString:
        """Return how many there were and what; what is damaged or lost is serious."""
        parts = {
            str(_("lost")): row.items_lost,
            str(_("damaged")): row.items_damaged,
            str(_("late")): row.items_late,
        }
        return warning(row.issues_reported, parts, is_serious=bool(row.items_lost or row.items_damaged))

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

    @display(description=_("Daily capacity"))
    def shown_capacity(self, row: PartnerPerformanceMetric) -> str:
        """Return how many orders the partner takes in a day, as it is now."""
        capacity = row.partner.daily_capacity if row.partner else None
        return NOTHING if capacity is None else whole(capacity)

    @display(description=_("Capacity utilization"))
    def shown_utilization(self, row: PartnerPerformanceMetric) -> str:
        """Return counted orders by the daily capacity."""
        return percent(row.capacity_utilization)
