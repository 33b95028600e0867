"""A count that leads to a list leads to just the facts that it counts."""

import datetime
import re
from collections import defaultdict
from html import unescape

import pytest
from django.urls import reverse

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.models import CustomerAnalytics, DailyRevenueSummary, PartnerPerformanceMetric
from apps.core.context import organization_context
from apps.marketplace.models import OrderStatus
from tests.analytics.records import DAY, HOUR, refresh
from tests.builders import make_customer, make_order, make_partner, make_refund

OF_ORDERS = [
    key
    for key, metric in METRICS.items()
    if any(MEASURES[one].facts.relation == "orders" for one in metric.expression.measures() if one in MEASURES)
]
LINK = re.compile(r'class="bw-link" href="(/admin/marketplace/[^"]+/\?[^"]+)"[^>]*>([\d,]+)<')
FOUR = datetime.datetime(2026, 3, 9, 20, tzinfo=datetime.UTC)  # where 10 March begins in Taipei, at four
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def traded(wholesaler):
    """Two orders of each status at both ends of a day and on the next, of somebody and nobody, and refunds of all."""
    partner, customer = make_partner(wholesaler), make_customer(wholesaler)
    for number, status in enumerate(OrderStatus.values):
        mine = {"partner": partner, "customer": customer} if number % 2 else {}
        for placed_at in (FOUR, FOUR + DAY - MINUTE, FOUR + DAY):
            order = make_order(wholesaler, status=status, placed_at=placed_at, **_instants(status, placed_at), **mine)
            for refunded_at in (placed_at + MINUTE, placed_at + DAY):
                make_refund(wholesaler, order=order, amount=1, refunded_at=refunded_at)
    for refunded_at in (FOUR - MINUTE, FOUR, FOUR + 20 * HOUR):
        make_refund(wholesaler, order=None, amount=1, refunded_at=refunded_at)
    refresh(wholesaler)
    return wholesaler


def _instants(status, placed_at):
    return {} if status != OrderStatus.COMPLETED else {"completed_at": placed_at + HOUR}


def length_of(client, address):
    return client.get(address).context["cl"].result_count


@pytest.mark.parametrize("model", [DailyRevenueSummary, PartnerPerformanceMetric, CustomerAnalytics])
def test_counts_of_rollups_lead_to_what_they_count(model, traded, staff_cast, sign_in):
    client = sign_in(staff_cast.superuser, traded)
    name = f"admin:analytics_{model._meta.model_name}_change"
    with organization_context(traded.pk):
        pages = [
            reverse(f"{name}list"),
            *(reverse(name, args=[key]) for key in model.objects.values_list("pk", flat=True)),
        ]
    counts = {
        unescape(address): int(count.replace(",", ""))
        for page in pages
        for address, count in LINK.findall(client.get(page).content.decode())
    }
    assert len(counts) >= 1
    assert {address: length_of(client, address) for address in counts} == counts


def test_the_orders_of_an_explanation_are_the_rows_that_it_counts(traded, staff_cast, sign_in):
    client, rows = sign_in(staff_cast.superuser, traded), defaultdict(set)
    questions = [*((key, "") for key in OF_ORDERS), ("order_count", "&status=cancelled")]
    for key, query in questions:
        address = reverse("admin:metric", args=[key])
        answer = client.get(f"{address}?start_date=2026-03-10&end_date=2026-03-10{query}")
        for part in answer.context["parts"]:
            shown = answer.context if part["is_shown"] else client.get(address + part["href"]).context
            rows[shown["orders"]].add((key, int(shown["rows_in_all"])))
    nowhere = {key for key, _rows in rows.pop("")}
    assert {address: {count for _key, count in held} for address, held in rows.items()} == {
        address: {length_of(client, address)} for address in rows
    }
    led = {key for held in rows.values() for key, _rows in held}
    assert {"total_revenue", "order_count", "cancelled_orders", "average_order_value", "completion_rate"} <= led
    assert {"customers", "new_customers", "acceptance_rate"} <= nowhere  # no list is of just those
