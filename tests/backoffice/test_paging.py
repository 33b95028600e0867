"""Pages of a list by key: each row once, both ways, whatever the list is ordered by."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.administration.paging import keys_of
from apps.analytics.models import CustomerAnalytics, PartnerPerformanceMetric
from apps.core.context import organization_context
from apps.core.cursors import write_cursor
from apps.core.identifiers import new_id
from apps.marketplace.models import Order, Payment
from tests.builders import NOON, make_customer, make_member, make_order, make_partner, make_payment

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
SOME_ID = "0198c2f4-0000-7000-8000-000000000001"


@pytest.fixture
def two_a_page(monkeypatch):
    for model in (Order, Payment, PartnerPerformanceMetric, CustomerAnalytics):
        monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", 2)


@pytest.fixture
def client(staff_cast, laundry, sign_in):
    return sign_in(staff_cast.viewer, laundry)


def pages(client: Any, address: str, direction: str) -> tuple[list[list[Any]], str]:
    """Return the rows of one page after the other, as far as the links lead, and the address of the last."""
    found: list[list[Any]] = []
    while len(found) < 20:
        shown = client.get(address).context["cl"]
        found.append([row.pk for row in shown.result_list])
        following = getattr(shown, f"{direction}_url")
        if not following:
            return found, address
        address = address.partition("?")[0] + following
    raise AssertionError(f"{address} leads on and on")


def both_ways(client: Any, address: str) -> tuple[list[Any], list[Any]]:
    forward, last = pages(client, address, "next")
    backward, _first = pages(client, last, "previous")
    return [pk for page in forward for pk in page], [pk for page in reversed(backward) for pk in page]


def whole(rows: Any, organization: Any) -> list[Any]:
    with organization_context(organization.pk):
        return list(rows.values_list("pk", flat=True))


def test_orders_of_the_same_instant_come_once_each(two_a_page, client, laundry):
    for number in range(5):
        make_order(laundry, placed_at=NOON + DAY * (number // 3))
    with organization_context(laundry.pk):
        expected = whole(Order.objects.order_by("-placed_at", "-id"), laundry)
    assert both_ways(client, "/admin/marketplace/order/") == (expected, expected)
    turned = expected[::-1]
    assert both_ways(client, "/admin/marketplace/order/?o=6") == (turned, turned)


def test_payments_without_an_instant_come_once_each(two_a_page, client, laundry):
    order = make_order(laundry)
    for number in range(3):
        make_payment(order, status="pending", paid_at=None)
        make_payment(order, paid_at=NOON + DAY * number)
    with organization_context(laundry.pk):
        expected = whole(Payment.objects.order_by("-paid_at", "-id"), laundry)
        ascending = whole(Payment.objects.order_by("paid_at", "id"), laundry)
    assert both_ways(client, "/admin/marketplace/payment/") == (expected, expected)
    assert both_ways(client, "/admin/marketplace/payment/?o=4") == (ascending, ascending)


def test_days_without_a_partner_come_once_each(two_a_page, client, laundry):
    partners = [None, make_partner(laundry), make_partner(laundry)]
    with organization_context(laundry.pk):
        for number, partner in enumerate(partners * 3):
            PartnerPerformanceMetric.objects.create(
                id=new_id(), organization=laundry, partner=partner, date=(NOON + DAY * (number // 3)).date(),
                refreshed_at=NOON,
            )  # fmt: skip
        expected = whole(PartnerPerformanceMetric.objects.order_by("-date", "-partner_id"), laundry)
    assert both_ways(client, "/admin/analytics/partnerperformancemetric/") == (expected, expected)


def test_customers_of_the_same_value_come_once_each(two_a_page, client, laundry):
    with organization_context(laundry.pk):
        for number in range(5):
            CustomerAnalytics.objects.create(
                id=new_id(), organization=laundry, customer=make_customer(laundry), refreshed_at=NOON,
                lifetime_value=Decimal(number // 2), last_order_date=NOON.date() if number % 2 else None,
            )  # fmt: skip
        expected = whole(CustomerAnalytics.objects.order_by("-lifetime_value", "id"), laundry)
        by_date = whole(CustomerAnalytics.objects.order_by("-last_order_date", "-id"), laundry)
    address = "/admin/analytics/customeranalytics/"
    assert both_ways(client, address) == (expected, expected)
    assert both_ways(client, f"{address}?o=-6") == (by_date, by_date)


def test_a_filter_stays_from_page_to_page(two_a_page, client, laundry):
    for number in range(6):
        make_order(laundry, placed_at=NOON + DAY * number, status="accepted" if number % 2 else "completed")
    found, _last = pages(client, "/admin/marketplace/order/?status__exact=accepted", "next")
    assert [len(page) for page in found] == [2, 1]


@pytest.mark.parametrize(
    "cursor",
    [
        "2", "nonsense", "e30", write_cursor([]), write_cursor(["after"]), write_cursor(["after", None, None]),
        write_cursor(["after", "2026-03-10", "x"]), write_cursor(["sideways", NOON.isoformat(), SOME_ID]),
        write_cursor(["after", "2026-03-10T12:00:00", SOME_ID]),
        write_cursor(["after", "\x00", SOME_ID]), "WyJhZnRlciIsIlx1ZDgwMCIsIngiXQ",
        write_cursor(["after", "9999-12-31T23:59:59-12:00", SOME_ID]),
    ],
)  # fmt: skip
def test_a_cursor_made_up_by_hand_is_the_first_page(cursor, two_a_page, client, laundry):
    for number in range(3):
        make_order(laundry, placed_at=NOON + DAY * number)
    shown = client.get("/admin/marketplace/order/", {"p": cursor})
    assert shown.status_code == 200
    assert (len(shown.context["cl"].result_list), shown.context["cl"].previous_url) == (2, "")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "9" * 400, True, [], {}])
def test_an_amount_that_no_column_holds_is_the_first_page(value, two_a_page, client):
    cursor = write_cursor(["after", value, str(new_id())])
    assert client.get("/admin/analytics/customeranalytics/", {"p": cursor}).status_code == 200


def test_a_page_deep_in_a_list_is_found_by_an_index_and_skips_nothing(two_a_page, client, laundry):
    for number in range(5):
        make_order(laundry, placed_at=NOON + DAY * number)
    second = client.get("/admin/marketplace/order/").context["cl"].next_url
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/admin/marketplace/order/{second}")
    (rows,) = [q["sql"] for q in captured if 'ORDER BY "marketplace_order"' in q["sql"]]
    assert "OFFSET" not in rows
    with connection.cursor() as cursor:
        for kind in ("sort", "seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute(f"EXPLAIN {rows}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Backward using order_placed_at" in plan, plan
    assert "ROW(" in next(line for line in plan.splitlines() if "Index Cond" in line), plan


def test_every_list_is_ordered_by_columns(laundry):
    make_member(laundry)
    with organization_context(laundry.pk):
        for model, page in admin.site._registry.items():
            rows = model._default_manager.order_by(*(page.ordering or model._meta.ordering or ["pk"]), "-pk")
            assert keys_of(rows)[-1].field.primary_key, model


def test_the_page_after_rows_that_are_gone_is_the_first(two_a_page, client, laundry):
    for number in range(3):
        make_order(laundry, placed_at=NOON + DAY * number)
    second = client.get("/admin/marketplace/order/").context["cl"].next_url
    with organization_context(laundry.pk):
        Order.objects.filter(placed_at=NOON).delete()
    shown = client.get(f"/admin/marketplace/order/{second}").context["cl"]
    assert (len(shown.result_list), shown.result_count) == (2, 2)


@pytest.mark.parametrize("order", ["1.-2", "-1", "99", "x"])
def test_an_order_that_no_index_has_is_the_usual_one(order, client, laundry):
    make_payment(make_order(laundry))
    assert client.get(f"/admin/marketplace/payment/?o={order}").status_code == 200
