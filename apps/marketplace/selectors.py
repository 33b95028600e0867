"""Reads of facts of trade, inside the context of an organization."""

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Prefetch

from apps.marketplace.models import Order, OrderLine, Partner, Payment, Refund


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
