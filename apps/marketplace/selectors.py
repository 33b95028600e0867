"""Reads of facts of trade, inside the context of an organization."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Count, Prefetch, Q, Sum

from apps.marketplace.models import Order, OrderLine, Partner, Payment, Refund
from apps.marketplace.querysets import UNCOUNTED_STATUSES


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """How many orders, how many of them count, and what these brought."""

    orders: int
    counted_orders: int
    total_revenue: Decimal


@dataclass(frozen=True, slots=True)
class RefundTotals:
    """How many refunds, and what they come to."""

    refunds: int
    refund_amount: Decimal


def order_totals(orders: models.QuerySet[Order]) -> OrderTotals:
    """Return what orders add up to, by the definitions that the rollups use; reads each of them."""
    counted = ~Q(status__in=UNCOUNTED_STATUSES)
    found = orders.aggregate(
        orders=Count("pk"), counted=Count("pk", filter=counted), total=Sum("total", filter=counted)
    )
    return OrderTotals(found["orders"], found["counted"], found["total"] or Decimal(0))


def refund_totals(refunds: models.QuerySet[Refund]) -> RefundTotals:
    """Return what refunds add up to; reads each of them."""
    found = refunds.aggregate(refunds=Count("pk"), amount=Sum("amount"))
    return RefundTotals(found["refunds"], found["amount"] or Decimal(0))


def refunded_of(order: Order, *, except_for: Collection[uuid.UUID] = ()) -> Decimal:
    """Return what of an order was given back, leaving some refunds out; one query."""
    found = Refund.objects.filter(order=order).exclude(pk__in=except_for).aggregate(amount=Sum("amount"))
    return found["amount"] or Decimal(0)


def with_details(orders: models.QuerySet[Order]) -> models.QuerySet[Order]:
    """Return orders with their lines, payments and refunds, oldest first: three queries more, however many orders."""
    return orders.prefetch_related(
        Prefetch("lines", OrderLine.objects.order_by("pk")),
        Prefetch("payments", Payment.objects.order_by("pk")),
        Prefetch("refunds", Refund.objects.order_by("pk")),
    )


def partner_names(partner_ids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    """Return the names of partners by their ids, without those that are gone; no query for none."""
    return dict(Partner.objects.filter(pk__in=partner_ids).values_list("pk", "name")) if partner_ids else {}
