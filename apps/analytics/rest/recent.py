"""Facts that an answer shows beside its figures: the latest orders, and how customers are reached."""

import datetime
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.analytics.metrics.doubts import note_facts
from apps.analytics.metrics.questions import InvalidQuestion
from apps.analytics.metrics.scope import Scope
from apps.analytics.models import CustomerAnalytics
from apps.analytics.past import customers_as_of_query, past_parameters
from apps.analytics.rest.presentation import Json, object_schema
from apps.analytics.rest.sections import Asking
from apps.core.composing import sql
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.marketplace.contact import masked_email
from apps.marketplace.models import Customer, Order

RECENT = 10
_FILTERS = {"partner": "partner_id", "customer": "customer_id", "channel": "channel", "status": "status"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentOrders(Asking):
    """The latest orders, whatever the period."""

    def compute(self, scope: Scope, given: Mapping[str, Any]) -> list[Json]:
        """Return them, the latest first; one query.

        Raises:
            InvalidQuestion: orders are not kept by what is filtered by.

        """
        filters = self.options(scope, given).filters
        for key in filters:
            if key not in _FILTERS:
                raise InvalidQuestion("filters", f"Orders can be filtered by {', '.join(_FILTERS)}.")
        note_facts(scope, "The latest orders of the days that were over", "recent_orders")
        with organization_context(scope.organization.pk):
            found = Order.objects.filter(placed_at__lte=scope.now).select_related("customer", "partner")
            for key, values in filters.items():
                found = found.filter(_one_of(_FILTERS[key], values))
            return [
                {
                    "id": order.pk,
                    "number": order.number,
                    "status": order.status,
                    "placed_at": order.placed_at,
                    "customer": str(order.customer) if order.customer else None,
                    "partner": str(order.partner) if order.partner else None,
                    "total": order.total,
                }
                for order in found.order_by("-placed_at", "-id")[:RECENT]
            ]

    def schema(self) -> Json:
        """Return a list of orders."""
        text, optional = {"type": "string"}, {"type": ["string", "null"]}
        order: dict[str, Json] = {
            "id": {**text, "format": "uuid"},
            "number": text,
            "status": text,
            "placed_at": {**text, "format": "date-time"},
            "customer": optional,
            "partner": optional,
            "total": {"type": "number"},
        }
        return {"type": "array", "items": object_schema(order)}


def _one_of(field: str, values: Collection[str]) -> Q:
    """Return the condition that a field has one of the values; the empty text stands for none."""
    chosen = Q(**{f"{field}__in": [value for value in values if value]})
    return chosen | Q(**{f"{field}__isnull": True}) if "" in values else chosen


def with_contacts(scope: Scope, table: Json) -> Json:
    """Add to the rows of customers how they are reached, as far as the asker may see it; one query."""
    note_facts(scope, "How customers are reached", "customer_email")
    ids = [uuid.UUID(row["customer"]) for row in table["rows"] if row["customer"]]
    with organization_context(scope.organization.pk):
        emails = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "email"))
    for row in table["rows"]:
        email = emails.get(uuid.UUID(row["customer"]), "") if row["customer"] else ""
        row["customer_email"] = email if scope.shows_contact_details else masked_email(email)
    return table


def _last_order_dates(scope: Scope, ids: list[uuid.UUID]) -> list[tuple[uuid.UUID, datetime.date]]:
    with organization_context(scope.organization.pk), tenant_cursor() as cursor:
        if scope.as_of is None:
            return list(CustomerAnalytics.objects.filter(customer__in=ids).values_list("customer", "last_order_date"))
        query = sql.SQL("SELECT customer_id, last_order_date FROM ({}) AS past WHERE customer_id = ANY (%(ids)s)")
        parameters = {"organization": scope.organization.pk, "ids": ids}
        cursor.execute(query.format(customers_as_of_query()), parameters | past_parameters(scope.as_of, scope.last_day))
        return list(cursor.fetchall())


def with_last_orders(scope: Scope, table: Json) -> Json:
    """Add to the rows of customers how they are reached and when they last ordered; two queries."""
    ids = [uuid.UUID(row["customer"]) for row in table["rows"] if row["customer"]]
    days = {str(customer): day for customer, day in _last_order_dates(scope, ids)}
    for row in table["rows"]:
        row["last_order_date"] = days.get(row["customer"])
    return with_contacts(scope, table)
