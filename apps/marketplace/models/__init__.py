"""Facts of trade."""

from apps.marketplace.models.catalog import Category, Product, ProductKind
from apps.marketplace.models.money import (
    CostKind,
    OperatingCost,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
)
from apps.marketplace.models.orders import Channel, Order, OrderLine, OrderStatus
from apps.marketplace.models.parties import Customer, Partner, PartnerStatus
from apps.marketplace.models.quality import IssueKind, OrderIssue, Review

__all__ = [
    "Category",
    "Channel",
    "CostKind",
    "Customer",
    "IssueKind",
    "OperatingCost",
    "Order",
    "OrderIssue",
    "OrderLine",
    "OrderStatus",
    "Partner",
    "PartnerStatus",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "Product",
    "ProductKind",
    "Refund",
    "Review",
]
