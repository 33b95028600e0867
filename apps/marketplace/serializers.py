"""Facts of trade in JSON."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.permissions import may_see_contact_details
from apps.core.rest.fields import ExactDecimalField
from apps.core.rest.serializers import FactSerializer
from apps.marketplace.contact import masked_email, masked_external_id, masked_phone
from apps.marketplace.models import (
    Category,
    Customer,
    OperatingCost,
    Order,
    OrderIssue,
    OrderLine,
    Partner,
    Payment,
    Product,
    Refund,
    Review,
)

MOST_LINES = 500


class PartnerSerializer(FactSerializer[Partner]):
    """A business that fulfils orders."""

    class Meta:
        model = Partner
        fields = (
            "id",
            "external_id",
            "name",
            "code",
            "status",
            "city",
            "region",
            "daily_capacity",
            "joined_on",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"daily_capacity": {"min_value": 1}}


class CategorySerializer(FactSerializer[Category]):
    """A group of products."""

    class Meta:
        model = Category
        fields = ("id", "external_id", "name", "created_at", "updated_at")


class ProductSerializer(FactSerializer[Product]):
    """A good or service."""

    class Meta:
        model = Product
        fields = (
            "id",
            "external_id",
            "kind",
            "sku",
            "name",
            "category",
            "price",
            "cost",
            "stock_quantity",
            "created_at",
            "updated_at",
        )


@extend_schema_field({"type": "string", "maxLength": 254})
class AddressField(serializers.EmailField):
    """An e-mail address that is checked when it is told, and shown as it was imported, or masked."""


class CustomerSerializer(FactSerializer[Customer]):
    """Who orders. Viewers get the e-mail address and the phone number masked."""

    email = AddressField(required=False, allow_blank=True, max_length=254)

    class Meta:
        model = Customer
        fields = (
            "id",
            "external_id",
            "name",
            "email",
            "phone",
            "city",
            "region",
            "business_type",
            "acquisition_channel",
            "joined_at",
            "entity",
            "created_at",
            "updated_at",
        )

    def to_representation(self, instance: Customer) -> dict[str, Any]:
        """Show a customer as the caller's role may see it."""
        shown = super().to_representation(instance)
        if not may_see_contact_details(self.context["view"].access):
            shown["email"] = masked_email(shown["email"])
            shown["phone"] = masked_phone(shown["phone"])
            shown["external_id"] = masked_external_id(instance)
        return shown


class OrderLineSerializer(FactSerializer[OrderLine]):
    """A product, how many, at what price."""

    class Meta:
        model = OrderLine
        fields = ("id", "external_id", "order", "product", "description", "quantity", "unit_price", "total")
        read_only_fields = fields


class NewLineSerializer(FactSerializer[OrderLine]):
    """A line of a new order. Its total is quantity x unit price, rounded to the cent."""

    total = ExactDecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), required=False, coerce_to_string=False
    )

    class Meta:
        model = OrderLine
        fields = ("external_id", "product", "description", "quantity", "unit_price", "total")
        extra_kwargs = {"unit_price": {"required": True}}


class PaymentSerializer(FactSerializer[Payment]):
    """Money for an order."""

    class Meta:
        model = Payment
        fields = (
            "id",
            "external_id",
            "order",
            "method",
            "source_method",
            "status",
            "amount",
            "paid_at",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"amount": {"required": True}}


class RefundSerializer(FactSerializer[Refund]):
    """Money given back."""

    class Meta:
        model = Refund
        fields = (
            "id",
            "external_id",
            "order",
            "customer",
            "amount",
            "reason",
            "refunded_at",
            "created_at",
            "updated_at",
        )
        extra_kwargs = {"amount": {"required": True}}


class ReviewSerializer(FactSerializer[Review]):
    """A rating of an order."""

    class Meta:
        model = Review
        fields = ("id", "external_id", "order", "rating", "comment", "reviewed_at", "created_at", "updated_at")
        extra_kwargs = {"comment": {"max_length": 10_000}}


class OrderIssueSerializer(FactSerializer[OrderIssue]):
    """Something that went wrong with an order."""

    class Meta:
        model = OrderIssue
        fields = ("id", "external_id", "order", "kind", "reported_at", "resolved_at", "created_at", "updated_at")


class OperatingCostSerializer(FactSerializer[OperatingCost]):
    """What one kind of cost came to in one month."""

    class Meta:
        model = OperatingCost
        fields = ("id", "external_id", "month", "kind", "amount", "created_at", "updated_at")
        read_only_fields = fields


class OrderSerializer(FactSerializer[Order]):
    """An order without its lines, payments and refunds."""

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            "id",
            "external_id",
            "number",
            "customer",
            "partner",
            "basket_reference",
            "channel",
            "status",
            "source_status",
            "placed_at",
            "scheduled_for",
            "accepted_at",
            "picked_up_at",
            "processed_at",
            "delivered_at",
            "completed_at",
            "cancelled_at",
            "subtotal",
            "discount",
            "tax",
            "delivery_fee",
            "tip",
            "total",
            "created_at",
            "updated_at",
        )


class OrderDetailSerializer(OrderSerializer):
    """An order with its lines, payments and refunds."""

    lines = OrderLineSerializer(many=True, read_only=True)
    payments = PaymentSerializer(many=True, read_only=True)
    refunds = RefundSerializer(many=True, read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = (*OrderSerializer.Meta.fields, "lines", "payments", "refunds")


class NewOrderSerializer(OrderSerializer):
    """A new order. What is left out of `subtotal` and `total` is worked out; what is given has to add up."""

    lines = NewLineSerializer(many=True, required=False, max_length=MOST_LINES)  # type: ignore[call-arg]

    class Meta(OrderSerializer.Meta):
        fields = (
            *(name for name in OrderSerializer.Meta.fields if name not in {"id", "created_at", "updated_at"}),
            "lines",
        )
        extra_kwargs = {"subtotal": {"required": False}, "total": {"required": False}}


class OrderProgressSerializer(FactSerializer[Order]):
    """What can change about an order: how far it has come, and when."""

    class Meta:
        model = Order
        fields = (
            "status",
            "scheduled_for",
            "accepted_at",
            "picked_up_at",
            "processed_at",
            "delivered_at",
            "completed_at",
            "cancelled_at",
        )
