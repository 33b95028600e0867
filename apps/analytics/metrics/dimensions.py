"""What values can be divided by."""

from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from apps.analytics.metrics.declarations import Dimension
from apps.analytics.models import CustomerSegment, Stage
from apps.marketplace.models import Channel, OrderStatus, PartnerStatus, PaymentMethod, ProductKind

WEEKDAYS = {
    "1": _("Monday"),
    "2": _("Tuesday"),
    "3": _("Wednesday"),
    "4": _("Thursday"),
    "5": _("Friday"),
    "6": _("Saturday"),
    "7": _("Sunday"),
}
# By the seconds at which each begins: `duration_band` in sql/bands.sql.
DURATIONS = {
    "0": _("under 1 min"),
    "60": _("1–2 min"),
    "120": _("2–5 min"),
    "300": _("5–10 min"),
    "600": _("10–20 min"),
    "1200": _("20–60 min"),
    "3600": _("1–2 h"),
    "7200": _("2–5 h"),
    "18000": _("5–10 h"),
    "36000": _("10–24 h"),
    "86400": _("1–2 days"),
    "172800": _("2–5 days"),
    "432000": _("5–10 days"),
    "864000": _("over 10 days"),
}
# The amounts at which each begins: `lifetime_value_band` in sql/bands.sql.
LIFETIME_VALUES_FROM = (0, *(digit * 10**power for power in range(10) for digit in (1, 2, 5)))
LIFETIME_VALUES = {
    "below_zero": "< 0",
    **{str(low): f"{low:,} – {high:,}" for low, high in pairwise(LIFETIME_VALUES_FROM)},
    str(LIFETIME_VALUES_FROM[-1]): f"≥ {LIFETIME_VALUES_FROM[-1]:,}",
}
_DATED = (
    "daily_revenue",
    "payment_methods",
    "statuses",
    "partners",
    "products",
    "channels",
    "hours",
    "processing_times",
    "customers",
    "engagement",
)


def _of_partner(column: str) -> dict[str, tuple[str, str]]:
    return {"partners": (f"partner.{column}", "partner"), "partner_base": (f"source.{column}", "")}


def _of_customer(column: str) -> dict[str, tuple[str, str]]:
    return {"customers": (f"customer.{column}", "customer"), "customer_base": (f"customer.{column}", "customer")}


DIMENSIONS = {
    dimension.key: dimension
    for dimension in (
        Dimension(
            key="weekday",
            label="Day of the week",
            description="1 is Monday, 7 is Sunday, by the business day.",
            columns=dict.fromkeys(_DATED, ("extract(isodow FROM source.date)::int::text", "")),
            fact="weekday",
            choices=WEEKDAYS,
        ),
        Dimension(
            key="hour",
            label="Hour",
            description="The hour at which orders were placed, 0 to 23, on the organization’s clock.",
            columns={"hours": ("source.hour::text", "")},
            fact="hour",
            choices={str(hour): f"{hour:02d}:00" for hour in range(24)},
        ),
        Dimension(
            key="channel",
            label="Channel",
            description="How orders came in. Refunds that name no order have none.",
            columns={"channels": ("source.channel", "")},
            fact="channel",
            none_label="No order",
            choices=dict(Channel.choices),
        ),
        Dimension(
            key="status",
            label="Order status",
            description="How far orders have come by now.",
            columns={"statuses": ("split.name", "")},
            fact="status",
            choices=dict(OrderStatus.choices),
        ),
        Dimension(
            key="payment_method",
            label="Payment method",
            description=(
                "How counted orders were paid; “unpaid” is what captured payments leave, below zero where more was"
                " paid."
            ),
            columns={"payment_methods": ("split.name", "")},
            fact="payment_method",
            choices={**dict(PaymentMethod.choices), "unpaid": _("Unpaid")},
        ),
        Dimension(
            key="stage",
            label="Stage",
            description="A stretch of an order’s way, from one instant to another.",
            columns={"processing_times": ("source.stage", "")},
            fact="stage",
            choices=dict(Stage.choices),
        ),
        Dimension(
            key="duration",
            label="Duration",
            description="How long a stage took.",
            columns={"processing_times": ("duration_band(source.from_seconds)::text", "")},
            fact="duration",
            choices=DURATIONS,
        ),
        Dimension(
            key="partner",
            label="Partner",
            description="Who fulfils orders, by id.",
            columns={"partners": ("source.partner_id", ""), "partner_base": ("source.id", "")},
            fact="partner_id",
            none_label="No partner",
            lookup="marketplace_partner",
        ),
        Dimension(
            key="partner_city",
            label="Partner’s city",
            description="The city of the partner, as of now.",
            columns=_of_partner("city"),
            fact="partner_city",
            none_label="No city",
            is_of_now=True,
        ),
        Dimension(
            key="partner_region",
            label="Partner’s region",
            description="The region of the partner, as of now.",
            columns=_of_partner("region"),
            fact="partner_region",
            none_label="No region",
            is_of_now=True,
        ),
        Dimension(
            key="partner_status",
            label="Partner’s status",
            description="The status of the partner, as of now.",
            columns=_of_partner("status"),
            fact="partner_status",
            none_label="No partner",
            choices=dict(PartnerStatus.choices),
            is_of_now=True,
        ),
        Dimension(
            key="product",
            label="Product",
            description="What was ordered, by id. Orders without lines and lines without a product have none.",
            columns={"products": ("source.product_id", ""), "stock": ("source.id", "")},
            fact="product_id",
            none_label="No product",
            lookup="marketplace_product",
        ),
        Dimension(
            key="category",
            label="Category",
            description="The category of the product, by id, as of now.",
            columns={"products": ("product.category_id", "product"), "stock": ("source.category_id", "")},
            fact="category_id",
            none_label="No category",
            lookup="marketplace_category",
            is_of_now=True,
        ),
        Dimension(
            key="product_kind",
            label="Product kind",
            description="Services or goods.",
            columns={"products": ("product.kind", "product"), "stock": ("source.kind", "")},
            fact="product_kind",
            none_label="No product",
            choices=dict(ProductKind.choices),
            is_of_now=True,
        ),
        Dimension(
            key="customer",
            label="Customer",
            description="Who ordered, by id.",
            columns={
                "customers": ("source.customer_id", ""),
                "customer_base": ("source.customer_id", ""),
            },
            fact="customer_id",
            none_label="No customer",
            lookup="marketplace_customer",
        ),
        Dimension(
            key="city",
            label="Customer’s city",
            description="The city of the customer, as of now.",
            columns=_of_customer("city"),
            fact="city",
            none_label="No city",
            is_of_now=True,
        ),
        Dimension(
            key="region",
            label="Customer’s region",
            description="The region of the customer, as of now.",
            columns=_of_customer("region"),
            fact="region",
            none_label="No region",
            is_of_now=True,
        ),
        Dimension(
            key="business_type",
            label="Customer’s business type",
            description="What kind of business the customer is, as of now.",
            columns=_of_customer("business_type"),
            fact="business_type",
            none_label="No business type",
            is_of_now=True,
        ),
        Dimension(
            key="acquisition_channel",
            label="Acquisition channel",
            description="How the customer was won.",
            columns=_of_customer("acquisition_channel"),
            fact="acquisition_channel",
            none_label="Unknown",
            is_of_now=True,
        ),
        Dimension(
            key="entity",
            label="Account",
            description=(
                "The group, company or location that the customer is linked to, by id; without what lies above it."
            ),
            columns=_of_customer("entity_id"),
            fact="entity_id",
            none_label="No account",
            lookup="hierarchy_entity",
            is_of_now=True,
        ),
        Dimension(
            key="segment",
            label="Customer segment",
            description="Where the customer stands as of now, whatever the period.",
            columns={
                "customers": ("standing.segment", "standing"),
                "customer_base": ("source.segment", ""),
            },
            fact="segment",
            none_label="No counted order",
            choices=dict(CustomerSegment.choices),
            is_of_now=True,
        ),
        Dimension(
            key="churn_risk",
            label="Churn risk",
            description="Whether the customer may be lost: the risk has reached the organization’s threshold by now.",
            columns={"customer_base": ("source.is_at_churn_risk::text", "")},
            fact="churn_risk",
            choices={"true": _("At risk"), "false": _("Not at risk")},
            is_of_now=True,
        ),
        Dimension(
            key="cohort",
            label="Cohort",
            description="The month of the customer’s first counted order, as 2026-03.",
            columns={
                "customers": ("to_char(standing.first_order_date, 'YYYY-MM')", "standing"),
                "customer_base": ("to_char(source.first_order_date, 'YYYY-MM')", ""),
            },
            fact="cohort",
            none_label="No counted order",
        ),
        Dimension(
            key="lifetime_value_band",
            label="Lifetime value",
            description="What the customer has spent so far less refunds, in bands by the amount at which each begins.",
            columns={"customer_base": ("lifetime_value_band(source.lifetime_value)", "")},
            fact="lifetime_value_band",
            choices=LIFETIME_VALUES,
        ),
    )
}
