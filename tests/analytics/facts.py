"""All facts of one organization, and rows of rollups in the making; the ground of `recomputation`."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from apps.accounts.models import Organization
from apps.analytics.models import (
    CustomerAnalytics,
    CustomerThresholds,
    DailyChannelSales,
    DailyCustomerActivity,
    DailyEngagement,
    DailyProductSales,
    DailyRevenueSummary,
    HourlyOrderVolume,
    PartnerPerformanceMetric,
    ProcessingTimes,
)
from apps.core.context import organization_context
from apps.core.models import DerivedModel
from apps.engagement.models import Interaction, SegmentMember
from apps.marketplace.models import Order, OrderIssue, OrderLine, Payment, Product, Refund, Review

Grain = tuple[Any, ...]
Rows = dict[Grain, dict[str, Any]]

GRAINS: dict[type[DerivedModel], tuple[str, ...]] = {
    DailyRevenueSummary: ("date",),
    DailyProductSales: ("date", "product_id"),
    DailyChannelSales: ("date", "channel"),
    HourlyOrderVolume: ("date", "hour"),
    ProcessingTimes: ("date", "stage", "from_seconds"),
    PartnerPerformanceMetric: ("date", "partner_id"),
    DailyCustomerActivity: ("date", "customer_id"),
    DailyEngagement: ("date",),
    CustomerAnalytics: ("customer_id",),
}
UNCOMPARED = {"id", "organization_id", "refreshed_at"}
UNCOUNTED = {"cancelled", "rejected", "no_show"}


def columns_of(model: type[DerivedModel]) -> list[str]:
    """Return the compared columns: all but the key, the organization and the time of the refresh."""
    return [field.attname for field in model._meta.concrete_fields if field.attname not in UNCOMPARED]


class Facts:
    """All facts of one organization, with the day of each and the order each belongs to."""

    def __init__(self, organization: Organization) -> None:
        # Read again: the calendar may have changed since.
        self.calendar = Organization.objects.get(pk=organization.pk).calendar
        with organization_context(organization.pk):
            self.orders = list(Order.objects.order_by("id"))
            self.lines = _by_order(OrderLine.objects.order_by("id"))
            self.payments = _by_order(Payment.objects.filter(status="captured"))
            self.refunds = list(Refund.objects.all())
            self.reviews = list(Review.objects.all())
            self.issues = list(OrderIssue.objects.all())
            self.interactions = list(Interaction.objects.all())
            self.members = list(SegmentMember.objects.all())
            self.category_of = dict(Product.objects.values_list("id", "category_id"))
            self.thresholds = CustomerThresholds.objects.first() or CustomerThresholds()
        self.order_by_id = {order.pk: order for order in self.orders}
        self.refunded: dict[uuid.UUID, Decimal] = defaultdict(Decimal)
        for refund in self.refunds:
            if refund.order_id:
                self.refunded[refund.order_id] += refund.amount

    def hour(self, instant: datetime.datetime) -> int:
        return instant.astimezone(ZoneInfo(self.calendar.timezone)).hour

    def day(self, instant: datetime.datetime) -> datetime.date:
        return self.calendar.business_date(instant)

    def counted_refunds(self) -> Iterable[tuple[Refund, Order | None]]:
        """The refunds that take back what was counted: of counted orders, or of none."""
        for refund in self.refunds:
            order = self.order_by_id[refund.order_id] if refund.order_id else None
            if order is None or counts(order):
                yield refund, order


def counts(order: Order) -> bool:
    return order.status not in UNCOUNTED


def _by_order(rows: Iterable[Any]) -> dict[uuid.UUID, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


class Table:
    """Rows of one rollup in the making: every column begins at its default."""

    def __init__(self, model: type[DerivedModel]) -> None:
        self._grain = GRAINS[model]
        self._defaults = {
            field.attname: field.get_default()
            for field in model._meta.concrete_fields
            if field.attname not in UNCOMPARED
        }
        self.rows: Rows = {}

    def __getitem__(self, grain: Grain) -> dict[str, Any]:
        if grain not in self.rows:
            self.rows[grain] = {**self._defaults, **dict(zip(self._grain, grain, strict=True))}
        return self.rows[grain]
