"""How facts of trade are narrowed down; each filter rides an index, or needs one beside it that does."""

from apps.core.rest.filters import (
    ChoiceFilter,
    DayFilter,
    FactFilterSet,
    IdFilter,
    InstantFilter,
    PrefixFilter,
    TextFilter,
)
from apps.marketplace.models import (
    Channel,
    CostKind,
    IssueKind,
    OrderStatus,
    PartnerStatus,
    PaymentMethod,
    PaymentStatus,
    ProductKind,
)


class PartnerFilters(FactFilterSet):
    """Partners."""

    status = ChoiceFilter(choices=PartnerStatus.choices)
    code = TextFilter("code")
    search = PrefixFilter(label="Beginning of the name")


class CategoryFilters(FactFilterSet):
    """Categories."""

    search = PrefixFilter(label="Beginning of the name")


class ProductFilters(FactFilterSet):
    """Products."""

    kind = ChoiceFilter(choices=ProductKind.choices)
    category = IdFilter("category_id")
    sku = TextFilter("sku")
    search = PrefixFilter(label="Beginning of the name")


class CustomerFilters(FactFilterSet):
    """Customers."""

    email = TextFilter("email", label="The whole e-mail address; not for viewers")
    entity = IdFilter("entity_id")
    search = PrefixFilter(label="Beginning of the name")


class OrderFilters(FactFilterSet):
    """Orders."""

    unindexed = ("channel",)
    bounds = (
        "status",
        "placed_from",
        "scheduled_from",
        "partner",
        "customer",
        "number",
        "basket_reference",
        "external_id",
    )

    placed_from = InstantFilter("placed_at", lookup_expr="gte", label="Placed at or after this instant")
    placed_before = InstantFilter("placed_at", lookup_expr="lt", label="Placed before this instant")
    scheduled_from = InstantFilter("scheduled_for", lookup_expr="gte", label="Scheduled for this instant or later")
    scheduled_before = InstantFilter("scheduled_for", lookup_expr="lt", label="Scheduled before this instant")
    status = ChoiceFilter(choices=OrderStatus.choices)
    channel = ChoiceFilter(choices=Channel.choices)
    partner = IdFilter("partner_id")
    customer = IdFilter("customer_id")
    number = TextFilter("number")
    basket_reference = TextFilter("basket_reference")


class OrderLineFilters(FactFilterSet):
    """Lines of orders."""

    order = IdFilter("order_id")
    product = IdFilter("product_id")


class PaymentFilters(FactFilterSet):
    """Payments."""

    unindexed = ("method", "status")
    bounds = ("paid_from", "order", "external_id")

    paid_from = InstantFilter("paid_at", lookup_expr="gte", label="Paid at or after this instant")
    paid_before = InstantFilter("paid_at", lookup_expr="lt", label="Paid before this instant")
    order = IdFilter("order_id")
    method = ChoiceFilter(choices=PaymentMethod.choices)
    status = ChoiceFilter(choices=PaymentStatus.choices)


class RefundFilters(FactFilterSet):
    """Refunds."""

    refunded_from = InstantFilter("refunded_at", lookup_expr="gte", label="Refunded at or after this instant")
    refunded_before = InstantFilter("refunded_at", lookup_expr="lt", label="Refunded before this instant")
    order = IdFilter("order_id")
    customer = IdFilter("customer_id", label="Customer of a refund that names no order")


class ReviewFilters(FactFilterSet):
    """Reviews."""

    unindexed = ("rating",)
    bounds = ("reviewed_from", "order", "external_id")

    reviewed_from = InstantFilter("reviewed_at", lookup_expr="gte", label="Reviewed at or after this instant")
    reviewed_before = InstantFilter("reviewed_at", lookup_expr="lt", label="Reviewed before this instant")
    order = IdFilter("order_id")
    rating = ChoiceFilter(choices=[(n, str(n)) for n in range(1, 6)])


class OrderIssueFilters(FactFilterSet):
    """Issues."""

    unindexed = ("kind",)
    bounds = ("reported_from", "order", "external_id")

    reported_from = InstantFilter("reported_at", lookup_expr="gte", label="Reported at or after this instant")
    reported_before = InstantFilter("reported_at", lookup_expr="lt", label="Reported before this instant")
    order = IdFilter("order_id")
    kind = ChoiceFilter(choices=IssueKind.choices)


class OperatingCostFilters(FactFilterSet):
    """Operating costs."""

    month_from = DayFilter("month", lookup_expr="gte", label="Of this month or a later one")
    month_before = DayFilter("month", lookup_expr="lt", label="Of a month before this one")
    kind = ChoiceFilter(choices=CostKind.choices)
