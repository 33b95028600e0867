"""What values can be divided by."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.metrics.declarations import Dimension
from apps.analytics.models import CustomerSegment
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
_DATED = (
    "daily_revenue",
    "payment_methods",
    "statuses",
    "partners",
    "products",
    "channels",
    "hours",
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
            description="The hour of the wall clock at which orders were placed, 0 to 23.",
            columns={"hours": ("source.hour::text", "")},
            fact="hour",
            choices={str(hour): f"{hour:02d}:00" for hour in range(24)},
        ),
        Dimension(
            key="channel",
            label="Channel",
            description="Where orders were placed.",
            columns={"channels": ("source.channel", "")},
            fact="channel",
            none_label="No order",
            choices=dict(Channel.choices),
        ),
        Dimension(
            key="status",
            label="Status",
            description="How far the orders have come by now.",
            columns={"statuses": ("split.name", "")},
            fact="status",
            choices=dict(OrderStatus.choices),
        ),
        Dimension(
            key="payment_method",
            label="Payment method",
            description="How counted orders were paid; “unpaid” is what captured payments leave.",
            columns={"payment_methods": ("split.name", "")},
            fact="payment_method",
            choices={**dict(PaymentMethod.choices), "unpaid": _("Unpaid")},
        ),
        Dimension(
            key="partner",
            label="Partner",
            description="Who fulfils the orders, by id.",
            columns={"partners": ("source.partner_id", ""), "partner_base": ("source.id", "")},
            fact="partner_id",
            none_label="No partner",
            lookup="marketplace_partner",
        ),
        Dimension(
            key="partner_city",
            label="Partner’s city",
            description="The city of the partner.",
            columns=_of_partner("city"),
            fact="partner_city",
            none_label="No city",
        ),
        Dimension(
            key="partner_region",
            label="Partner’s region",
            description="The region of the partner.",
            columns=_of_partner("region"),
            fact="partner_region",
            none_label="No region",
        ),
        Dimension(
            key="partner_status",
            label="Partner’s status",
            description="Whether the partner takes orders at present.",
            columns=_of_partner("status"),
            fact="partner_status",
            none_label="No partner",
            choices=dict(PartnerStatus.choices),
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
            description="The category of the product, by id.",
            columns={"products": ("product.category_id", "product"), "stock": ("source.category_id", "")},
            fact="category_id",
            none_label="No category",
            lookup="marketplace_category",
        ),
        Dimension(
            key="product_kind",
            label="Kind of product",
            description="Services or goods.",
            columns={"products": ("product.kind", "product"), "stock": ("source.kind", "")},
            fact="product_kind",
            none_label="No product",
            choices=dict(ProductKind.choices),
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
            description="The city of the customer.",
            columns=_of_customer("city"),
            fact="city",
            none_label="No city",
        ),
        Dimension(
            key="region",
            label="Customer’s region",
            description="The region of the customer.",
            columns=_of_customer("region"),
            fact="region",
            none_label="No region",
        ),
        Dimension(
            key="business_type",
            label="Business type",
            description="What kind of business the customer is.",
            columns=_of_customer("business_type"),
            fact="business_type",
            none_label="No business type",
        ),
        Dimension(
            key="acquisition_channel",
            label="Acquisition channel",
            description="How the customer came to us.",
            columns=_of_customer("acquisition_channel"),
            fact="acquisition_channel",
            none_label="Unknown",
        ),
        Dimension(
            key="entity",
            label="Account",
            description="The group, company or location the customer belongs to, by id.",
            columns=_of_customer("entity_id"),
            fact="entity_id",
            none_label="No account",
            lookup="hierarchy_entity",
        ),
        Dimension(
            key="segment",
            label="Segment",
            description="Where the customer stands at present, whatever the period.",
            columns={
                "customers": ("standing.segment", "standing"),
                "customer_base": ("source.segment", ""),
            },
            fact="segment",
            none_label="Never counted",
            choices=dict(CustomerSegment.choices),
        ),
    )
}
