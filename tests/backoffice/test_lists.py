"""Lists stay cheap: no query a row, no count of everything, nothing sorted without an index."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.administration import paging
from apps.core.context import organization_context
from apps.marketplace.models import OperatingCost, Order, Partner
from tests.backoffice.rows import make_platform_rows, make_rows
from tests.builders import make_line, make_order, make_partner, make_product

pytestmark = pytest.mark.django_db

OF_THE_SIDEBAR = 1  # what its badges count
# User, current organization, rows, organizations to switch to; more than one page is counted, up to the cap.
QUERIES = {
    "accounts.apitoken": 4,
    "accounts.membership": 4,
    "accounts.organization": 4,
    "accounts.user": 4,
    "analytics.analyticscache": 4,
    "analytics.answercount": 5,  # and the endpoints to choose from
    "analytics.customeranalytics": 4,
    "analytics.customerthresholds": 7,  # and whether there is one already, asked thrice
    "analytics.dailyrevenuesummary": 4,
    "analytics.partnerperformancemetric": 4,
    "analytics.revision": 4,
    "analytics.verification": 4,
    "core.jobrun": 4,
    "django_celery_beat.crontabschedule": 4,
    "django_celery_beat.intervalschedule": 4,
    "django_celery_beat.periodictask": 4,
    "engagement.interaction": 4,
    "engagement.segment": 4,
    "engagement.segmentmember": 4,
    "hierarchy.entity": 4,
    "imports.importrun": 5,  # and the files of all runs
    "marketplace.category": 4,
    "marketplace.customer": 4,
    "marketplace.operatingcost": 4,
    "marketplace.order": 4,
    "marketplace.orderissue": 4,
    "marketplace.partner": 4,
    "marketplace.payment": 4,
    "marketplace.product": 4,
    "marketplace.refund": 4,
    "marketplace.review": 4,
    "queries.dataexport": 4,
    "notifications.delivery": 4,
    "notifications.mailmessage": 4,
    "reports.analyticsreport": 4,
    "reports.reportschedule": 5,  # and who made one
}


def queries(client: Any, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


def test_every_list_costs_the_queries_of_its_baseline_whatever_it_holds(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.superuser, laundry)
    make_platform_rows()
    addresses = {label: reverse(f"admin:{label.replace('.', '_')}_changelist") for label in QUERIES}
    for mark, user in (("a", staff_cast.owner), ("b", staff_cast.analyst), ("c", staff_cast.viewer)):
        with organization_context(laundry.pk):
            OperatingCost.objects.all().delete()  # there is one a month and kind
        make_rows(laundry, user, mark=mark)

    costs = {label: len(queries(client, address)) - OF_THE_SIDEBAR for label, address in addresses.items()}
    assert costs == QUERIES


def test_every_list_has_a_baseline() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(QUERIES)


def test_an_order_page_costs_a_bounded_number_of_queries(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.viewer, laundry)

    def page_of(lines: int) -> int:
        order = make_order(laundry)
        for _ in range(lines):
            make_line(order, product=make_product(laundry))
        return len(queries(client, reverse("admin:marketplace_order_change", args=[order.pk])))

    page_of(1)  # content types are remembered from here on
    assert page_of(1) == page_of(12)


def test_no_list_counts_further_than_the_cap(staff_cast, laundry, sign_in, monkeypatch):
    monkeypatch.setattr(paging, "MOST_ROWS_COUNTED", 30)
    for number in range(32):
        make_partner(laundry, name=f"Partner {number:02}")
    client = sign_in(staff_cast.owner, laundry)

    page = client.get("/admin/marketplace/partner/")

    assert "more than 30 partners" in page.content.decode()
    assert page.context["cl"].paginator.num_pages == 2
    counting = [sql for sql in queries(client, "/admin/marketplace/partner/") if "COUNT(" in sql and "partner" in sql]
    assert len(counting) == 1
    assert "LIMIT 31" in counting[0]


@pytest.mark.parametrize(
    ("model", "index"),
    [("order", "placed_at"), ("payment", "paid_at"), ("refund", "refunded_at"), ("review", "reviewed_at")],
)
def test_the_first_page_reads_an_index_backwards_and_sorts_nothing(model, index, staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    rows = [sql for sql in queries(client, f"/admin/marketplace/{model}/") if f'ORDER BY "marketplace_{model}"' in sql]
    assert len(rows) == 1
    with connection.cursor() as cursor:
        # Without a sort to fall back on, the plan shows whether the index gives the order.
        for kind in ("sort", "seqscan", "bitmapscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute(f"EXPLAIN {rows[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort" not in plan, plan
    assert f"Backward using {model}_{index}" in plan, plan


@pytest.mark.parametrize("column", range(8))
def test_only_indexed_columns_sort(column, staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.owner, laundry).get("/admin/marketplace/order/")
    with organization_context(laundry.pk):
        headers = page.context["cl"].sortable_by
    assert headers == ["placed_at"]
    assert f"?o={column}" not in page.content.decode() or column == 6


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("N-100", ["N-100"]),
        ("N-10", []),
        ("EXT-7", ["N-200"]),
        ("basket 9", ["N-200"]),
        ("n-100", []),
        (" N-100 ", ["N-100"]),
    ],
)
def test_orders_are_found_by_their_whole_number_or_id(term, found, staff_cast, laundry, sign_in):
    make_order(laundry, number="N-100")
    make_order(laundry, number="N-200", external_id="EXT-7", basket_reference="basket 9")
    page = sign_in(staff_cast.owner, laundry).get("/admin/marketplace/order/", {"q": term})
    assert [order.number for order in page.context["cl"].result_list] == found


def test_partners_are_found_by_the_beginning_of_their_whole_name(staff_cast, laundry, sign_in):
    for name in ("Anna Schmidt", "Anna Schulz", "Hanna Schmidt"):
        make_partner(laundry, name=name)
    page = sign_in(staff_cast.owner, laundry).get("/admin/marketplace/partner/", {"q": "anna sch"})
    assert [partner.name for partner in page.context["cl"].result_list] == ["Anna Schmidt", "Anna Schulz"]


def test_a_deletion_that_rows_forbid_says_how_many_and_changes_nothing(staff_cast, laundry, sign_in):
    partner = make_partner(laundry, name="Anchor Wash")
    for _ in range(3):
        make_order(laundry, partner=partner)
    client = sign_in(staff_cast.owner, laundry)
    address = reverse("admin:marketplace_partner_delete", args=[partner.pk])

    for answer in (client.get(address), client.post(address, {"post": "yes"})):
        page = answer.content.decode()
        assert "Anchor Wash cannot be deleted" in page
        assert "3 orders" in page
        assert "Order N" not in page
    selected = {"action": "delete_selected", "_selected_action": str(partner.pk), "post": "yes"}
    assert "3 orders" in client.post("/admin/marketplace/partner/", selected).content.decode()
    with organization_context(laundry.pk):
        assert Partner.objects.count() == 1


def test_a_deletion_says_what_goes_along_and_takes_just_that(staff_cast, laundry, clinic, sign_in):
    rows = make_rows(laundry, staff_cast.owner, mark="mine")
    other = make_rows(clinic, staff_cast.stranger, mark="theirs")
    client = sign_in(staff_cast.owner, laundry)
    address = reverse("admin:marketplace_order_delete", args=[rows["marketplace.order"].pk])

    page = client.get(address)
    counts: dict[str, Any] = dict(page.context["model_count"])
    assert counts == dict.fromkeys(("orders", "order lines", "payments", "refunds", "reviews", "order issues"), "1")
    client.post(address, {"post": "yes"})

    with organization_context(laundry.pk):
        assert not Order.objects.exists()
    with organization_context(clinic.pk):
        assert list(Order.objects.all()) == [other["marketplace.order"]]


def test_no_page_asks_another_host(staff_cast, laundry, sign_in, check_hosts: Callable[[str], None]):
    make_rows(laundry, staff_cast.owner)
    client = sign_in(staff_cast.superuser, laundry)
    for address in (
        "/admin/",
        "/admin/marketplace/order/",
        "/admin/marketplace/order/add/",
        "/admin/accounts/user/add/",
    ):
        check_hosts(client.get(address).content.decode())
    check_hosts(sign_in(None).get("/admin/login/").content.decode())


@pytest.fixture
def check_hosts() -> Callable[[str], None]:
    import re

    def check(page: str) -> None:
        # A reference is what a browser fetches: not a link that a reader may click.
        fetched = re.findall(r'<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"', page)
        assert fetched
        assert [address for address in fetched if not address.startswith("/")] == []
        assert re.findall(r"url\(['\"]?(?:https?:)?//", page) == []

    return check
