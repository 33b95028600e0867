"""What customers are worth, in the admin, and from when on a customer is what."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.accounts.administration import (
    DatesFilter,
    KnownChoiceFilter,
    ReferenceFilter,
    TenantModelAdmin,
    access_of,
    is_platform_request,
)
from apps.accounts.administration.figures import Level, linked, marked, number, page_of, stars, whole
from apps.accounts.models import Role
from apps.accounts.notation import NOTHING
from apps.accounts.permissions import may_see_contact_details
from apps.analytics.admin.recomputing import RollupAdmin, facts_link
from apps.analytics.models import CustomerAnalytics, CustomerSegment, CustomerThresholds
from apps.analytics.services import recompute_customers
from apps.analytics.tones import SEGMENT_TONES
from apps.marketplace.models import Customer, Order
from apps.marketplace.tones import by_label

MOST_RECOMPUTED = 500
MOST_FOUND = 200


class AtRiskFilter(DropdownFilter):
    """Those who may not order again; an index has just these."""

    title = _("churn risk")
    parameter_name = "at_risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str | Promise]]:
        """Return the one state that is looked for."""
        return [("yes", _("At risk"))]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the customers at risk."""
        return queryset.filter(is_at_churn_risk=True) if self.value() == "yes" else queryset


@admin.register(CustomerAnalytics)
class CustomerAnalyticsAdmin(RollupAdmin):
    """Customers by lifetime value."""

    list_display = (
        "shown_name", "segment_label", "number_orders", "lifetime_value", "average_order_value", "last_order_date",
        "rate_churn_risk",
    )  # fmt: skip
    list_filter = (
        ("segment", KnownChoiceFilter),
        AtRiskFilter,
        ("last_order_date", DatesFilter),
        ("customer", ReferenceFilter),
    )
    ordering = ("-lifetime_value", "id")
    sortable_fields: ClassVar[tuple[str, ...]] = ("lifetime_value", "last_order_date")
    search_fields = ("customer__name__istartswith", "customer__email__exact")
    search_help_text = _("The beginning of the customer's name, or the whole e-mail address")
    rows_called = _("customers")
    actions = ("recompute", "export_selected")
    amount_properties: ClassVar[dict[str, Any]] = {"average_order_value": _("Average order value")}
    export_columns = (
        "customer__name", "customer_id", "segment", "total_orders", "counted_orders", "completed_orders",
        "cancelled_orders", "total_spent", "refund_amount", "lifetime_value", "average_order_value", "first_order_at",
        "last_order_at", "order_frequency", "recent_orders", "favorite_category__name", "preferred_payment_method",
        "average_rating", "rating_count", "churn_risk_score", "is_at_churn_risk", "refreshed_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": (("shown_customer", "segment_label"),)}),
        (_("Orders"), {"fields": (("number_orders", "counted_orders"), ("completed_orders", "cancelled_orders"))}),
        (
            _("Money"),
            {"fields": (("lifetime_value", "average_order_value"), ("total_spent", "refund_amount"))},
        ),
        (
            _("Engagement"),
            {
                "fields": (
                    ("first_order_at", "last_order_at"), ("shown_recency", "shown_frequency"), "recent_orders",
                )
            },
        ),
        (_("Preferences"), {"fields": (("shown_category", "preferred_payment_method"),)}),
        (_("Quality"), {"fields": (("shown_rating", "rating_count"),)}),
        (_("Churn"), {"fields": ("rate_churn_risk",)}),
        (_("Record"), {"fields": ("refreshed_at",)}),
    )  # fmt: skip
    readonly_fields = (
        "shown_customer", "shown_user", "segment_label", "number_orders", "shown_recency", "shown_frequency",
        "shown_category", "shown_rating", "rate_churn_risk",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[CustomerAnalytics]":
        """Return the rows with their customers; a page of one also with what only it shows."""
        rows: models.QuerySet[CustomerAnalytics] = super().get_queryset(request).select_related("customer")
        if request.resolver_match and "object_id" in request.resolver_match.kwargs:
            rows = rows.select_related("customer__user", "favorite_category", "organization")
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Name the user to superusers only: users are of the whole platform."""
        fieldsets: list[Any] = super().get_fieldsets(request, obj)
        if not is_platform_request(request):
            return fieldsets
        (title, options), *others = fieldsets
        return [(title, {**options, "fields": (*options["fields"], "shown_user")}), *others]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Let viewers search by name alone: a whole address that is found is an address that is known."""
        access = access_of(request)
        sees_all = access is not None and may_see_contact_details(access)
        return self.search_fields if sees_all else self.search_fields[:1]

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> tuple["models.QuerySet[Any]", bool]:
        """Find customers first, the first of that name: these rows have their keys."""
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        wanted = Q(name__istartswith=term)
        if len(self.get_search_fields(request)) > 1:
            wanted |= Q(email=term)
        # By the name itself, an index in its order would be read past every customer that does not match.
        found = Customer.objects.filter(wanted).order_by(Upper("name"), "pk").values_list("pk", flat=True)[:MOST_FOUND]
        return queryset.filter(customer_id__in=list(found)), False

    @admin.action(description=_("Recompute the selected customers"), permissions=["recompute"])
    def recompute(self, request: HttpRequest, rows: "models.QuerySet[CustomerAnalytics]") -> None:
        """Compute the customers anew from all their orders."""
        access = access_of(request)
        chosen = list(rows.order_by().values_list("customer_id", flat=True)[: MOST_RECOMPUTED + 1])
        if access is None or not chosen:
            return
        if len(chosen) > MOST_RECOMPUTED:
            told = _now("Nothing was recomputed: more than %(most)s customers are selected.") % {
                "most": whole(MOST_RECOMPUTED)
            }
            self.message_user(request, told, messages.ERROR)
            return
        if not recompute_customers(access.organization.pk, chosen, wait=False):
            told = _now("Nothing was recomputed: the figures are being refreshed right now. Try again in a minute.")
            self.message_user(request, told, messages.WARNING)
            return
        told = ngettext(
            "%(count)s customer was recomputed from all orders, payments, refunds and reviews.",
            "%(count)s customers were recomputed from all their orders, payments, refunds and reviews.",
            len(chosen),
        )
        self.message_user(request, told % {"count": whole(len(chosen))}, messages.SUCCESS)

    @display(description=_("Customer"))
    def shown_name(self, row: CustomerAnalytics) -> str:
        """Return the customer's name, which leads to the figures of this customer."""
        return str(row.customer)

    @display(description=_("Customer"))
    def shown_customer(self, row: CustomerAnalytics) -> SafeString:
        """Return the customer's name, which leads to the customer."""
        return linked(row.customer, page_of(row.customer))

    @display(description=_("User"))
    def shown_user(self, row: CustomerAnalytics) -> SafeString | str:
        """Return who signs in as this customer, which leads to the user."""
        return linked(row.customer.user, page_of(row.customer.user)) if row.customer.user else NOTHING

    @display(description=_("Segment"), label=by_label(CustomerSegment, SEGMENT_TONES))
    def segment_label(self, row: CustomerAnalytics) -> str:
        """Return the segment for a badge."""
        return str(CustomerSegment(row.segment).label) if row.segment else NOTHING

    @display(description=_("Orders"))
    def number_orders(self, row: CustomerAnalytics) -> SafeString | str:
        """Return how many orders there are in any status; the link shows them."""
        return facts_link(row.total_orders, _("orders"), Order, customer__id__exact=row.customer_id)

    @display(description=_("Days since the last order"))
    def shown_recency(self, row: CustomerAnalytics) -> str:
        """Return how long ago the last counted order was, in business days of the organization."""
        days = row.days_since_last_order(row.organization.calendar.business_date(timezone.now()))
        return NOTHING if days is None else whole(days)

    @display(description=_("Mean days between orders"))
    def shown_frequency(self, row: CustomerAnalytics) -> str:
        """Return the mean gap."""
        return number(row.order_frequency)

    @display(description=_("Favorite category"))
    def shown_category(self, row: CustomerAnalytics) -> SafeString | str:
        """Return the category that most was spent on."""
        category = row.favorite_category
        return linked(category, page_of(category)) if category else NOTHING

    @display(description=_("Mean rating given"))
    def shown_rating(self, row: CustomerAnalytics) -> SafeString | str:
        """Return the mean rating as stars."""
        return stars(row.average_rating, row.rating_count)

    @display(description=_("Churn risk (0 to 100)"))
    def rate_churn_risk(self, row: CustomerAnalytics) -> SafeString | str:
        """Return the score, and in words that the customer is at risk."""
        if not row.is_at_churn_risk:
            return f"{row.churn_risk_score}"
        at_risk = _now("At risk")
        return marked(Level.POOR, f"{at_risk} · {row.churn_risk_score}", word=_now("Warning"), title=at_risk)


@admin.register(CustomerThresholds)
class CustomerThresholdsAdmin(TenantModelAdmin):
    """From when on a customer is what; owners decide."""

    change_role = Role.OWNER
    actions = ()
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
