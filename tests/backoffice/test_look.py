"""What pages have in common: titles that tell tabs apart, and badges that look the same for the same state."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.analytics.models import CustomerSegment
from apps.analytics.tones import SEGMENT_TONES
from apps.marketplace.models import OrderStatus
from apps.marketplace.tones import ORDER_STATUS_TONES
from tests.analytics.records import refresh
from tests.builders import make_customer, make_order

BADGE = re.compile(r'<span class="bw-badge bw-badge-(\w+)">\s*([^<]+?)\s*</span>')


def title_of(page):
    return re.search(r"<title>\s*(.*?)\s*</title>", page.content.decode(), re.DOTALL)[1]


@pytest.mark.parametrize(
    ("route", "title"),
    [
        ("marketplace_order_changelist", "All orders · Laundry · Bellwether"),
        ("marketplace_order_add", "Add order · Laundry · Bellwether"),
        ("dashboard_revenue", "Revenue · Laundry · Bellwether"),
        ("metrics", "Metrics · Laundry · Bellwether"),
        ("data", "Data · Laundry · Bellwether"),
    ],
)
def test_a_title_says_what_the_page_is_and_whose(route, title, staff_cast, laundry, sign_in):
    make_order(laundry)
    refresh(laundry)
    assert title_of(sign_in(staff_cast.owner, laundry).get(reverse(f"admin:{route}"))) == title


def test_titles_of_one_row_name_it(staff_cast, laundry, sign_in):
    order = make_order(laundry, number="A-17")
    client = sign_in(staff_cast.owner, laundry)
    titles = [
        title_of(client.get(reverse(f"admin:marketplace_order_{name}", args=[order.pk])))
        for name in ("change", "history", "delete")
    ]
    assert all("Django" not in title and title.endswith(" · Laundry · Bellwether") for title in titles)
    assert titles[0].startswith("A-17 · ")


def test_the_page_to_sign_in_names_the_product(db, client):
    assert title_of(client.get(reverse("admin:login"))) == "Log in · Bellwether"
    assert "Django" not in client.get("/nothing/").content.decode()


def test_every_state_has_one_tone():
    assert set(ORDER_STATUS_TONES) == set(OrderStatus)
    assert set(SEGMENT_TONES) == set(CustomerSegment)


def test_a_state_has_the_same_badge_in_lists_and_on_dashboards(staff_cast, laundry, sign_in):
    customer = make_customer(laundry)
    for status in OrderStatus:
        make_order(laundry, status=status, customer=customer, placed_at=timezone.now())
    refresh(laundry)
    client = sign_in(staff_cast.owner, laundry)

    def badges(route):
        return set(BADGE.findall(client.get(reverse(f"admin:{route}")).content.decode()))

    expected = {(ORDER_STATUS_TONES[status], str(OrderStatus(status).label)) for status in OrderStatus}
    assert badges("marketplace_order_changelist") == expected
    assert badges("dashboard_orders") == expected
    segments = badges("analytics_customeranalytics_changelist")
    assert segments
    assert segments <= badges("dashboard_customers")
