"""Facts of trade over HTTP."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts.facts import FactEndpoint, RecordedFactEndpoint
from apps.accounts.permissions import may_see_contact_details
from apps.core.recording import Recorded
from apps.core.rest.errors import Forbidden
from apps.marketplace import filters, serializers, services
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
from apps.marketplace.selectors import with_details

BY_NAME = ("name", "-name", "id", "-id")


class Partners(RecordedFactEndpoint):
    """Businesses that fulfil orders."""

    model = Partner
    serializer_class = serializers.PartnerSerializer
    filterset_class = filters.PartnerFilters
    orderings = BY_NAME
    record = services.record_partner


class Categories(RecordedFactEndpoint):
    """Groups of products."""

    model = Category
    serializer_class = serializers.CategorySerializer
    filterset_class = filters.CategoryFilters
    orderings = BY_NAME
    record = services.record_category


class Products(RecordedFactEndpoint):
    """Goods and services."""

    model = Product
    serializer_class = serializers.ProductSerializer
    filterset_class = filters.ProductFilters
    orderings = BY_NAME
    record = services.record_product


class Customers(RecordedFactEndpoint):
    """Who orders."""

    model = Customer
    serializer_class = serializers.CustomerSerializer
    filterset_class = filters.CustomerFilters
    orderings = BY_NAME
    record = services.record_customer

    def filter_queryset(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Keep those who see masked addresses from finding them out by asking.

        Raises:
            Forbidden: the caller filters by an address it may not see.

        """
        asked = self.request.query_params
        by_address = "email" in asked or "@" in asked.get("external_id", "")
        if by_address and not may_see_contact_details(self.access):
            raise Forbidden("Filtering by e-mail address takes a role that sees it.")
        return super().filter_queryset(queryset)


class Orders(RecordedFactEndpoint):
    """Orders; a single one comes with its lines, payments and refunds."""

    model = Order
    serializer_class = serializers.OrderDetailSerializer
    new_serializer_class = serializers.NewOrderSerializer
    filterset_class = filters.OrderFilters
    orderings = ("-placed_at", "placed_at", "-id", "id")

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return orders, with details where one is shown."""
        orders = super().get_queryset()
        return with_details(orders) if self.action == "retrieve" else orders

    def get_serializer_class(self) -> Any:
        """Leave details out of lists."""
        return serializers.OrderSerializer if self.action == "list" else self.serializer_class

    def record_fields(self, fields: Mapping[str, Any]) -> Recorded[Order]:
        """Record the order with its lines."""
        own = {name: value for name, value in fields.items() if name != "lines"}
        return services.record_order(organization_id=self.organization.pk, fields=own, lines=fields.get("lines"))

    @extend_schema(request=serializers.OrderProgressSerializer, responses=serializers.OrderDetailSerializer)
    def partial_update(self, request: Any, pk: str) -> Response:
        """Move an order on: its status and its instants; whatever else is sent is left as it is.

        `completed` and `cancelled` take the present instant where none is given.
        """
        order = self.get_row(pk)
        given = serializers.OrderProgressSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        order = services.change_order(order_id=order.pk, changes=given.validated_data)
        return Response(self.get_serializer(order).data)


class OrderLines(FactEndpoint):
    """Lines of orders."""

    model = OrderLine
    serializer_class = serializers.OrderLineSerializer
    filterset_class = filters.OrderLineFilters
    orderings = ("id", "-id")


class Payments(RecordedFactEndpoint):
    """Payments of orders."""

    model = Payment
    serializer_class = serializers.PaymentSerializer
    filterset_class = filters.PaymentFilters
    orderings = ("-paid_at", "paid_at")
    record = services.record_payment


class Refunds(RecordedFactEndpoint):
    """Money given back."""

    model = Refund
    serializer_class = serializers.RefundSerializer
    filterset_class = filters.RefundFilters
    orderings = ("-refunded_at", "refunded_at")
    record = services.record_refund


class Reviews(RecordedFactEndpoint):
    """Ratings of orders."""

    model = Review
    serializer_class = serializers.ReviewSerializer
    filterset_class = filters.ReviewFilters
    orderings = ("-reviewed_at", "reviewed_at")
    record = services.record_review


class OrderIssues(RecordedFactEndpoint):
    """What went wrong with orders."""

    model = OrderIssue
    serializer_class = serializers.OrderIssueSerializer
    filterset_class = filters.OrderIssueFilters
    orderings = ("-reported_at", "reported_at")
    record = services.record_issue


class OperatingCosts(FactEndpoint):
    """What running the business costs."""

    model = OperatingCost
    serializer_class = serializers.OperatingCostSerializer
    filterset_class = filters.OperatingCostFilters
    orderings = ("-month", "month")
