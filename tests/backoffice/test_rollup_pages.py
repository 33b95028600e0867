"""Rollups in the admin: recomputed by those who may, and leading to the facts that add up to them."""

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine

from apps.accounts.notation import Notation
from apps.analytics import services
from apps.analytics.admin import customers
from apps.analytics.models import CustomerAnalytics, DailyRevenueSummary, PartnerPerformanceMetric, Revision
from apps.analytics.refresh import refresh_organization
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.marketplace.models import Order, Refund
from tests.backoffice.rows import nothing_changes
from tests.builders import NOON, make_customer, make_issue, make_order, make_partner, make_refund, make_review

pytestmark = pytest.mark.django_db
DOLLARS = Notation("en", "USD", "UTC")
DAYS = "/admin/analytics/dailyrevenuesummary/"
PARTNERS = "/admin/analytics/partnerperformancemetric/"
CUSTOMERS = "/admin/analytics/customeranalytics/"
WRONG = Decimal("999999.00")


@pytest.fixture
def history(laundry):
    """Two orders of a partner and one of none, on one day, with what came of them."""
    with time_machine.travel(NOON, tick=True):
        customer, partner = make_customer(laundry, name="Anna"), make_partner(laundry, name="Anchor Wash")
        order = make_order(
            laundry, customer=customer, partner=partner, status="completed", total=Decimal("1200.50"), placed_at=NOON
        )
        make_order(laundry, customer=customer, partner=partner, status="cancelled", total=Decimal(70), placed_at=NOON)
        make_order(laundry, customer=customer, total=Decimal("9.50"), placed_at=NOON)
        make_refund(laundry, order=order, amount=Decimal("12.25"), refunded_at=NOON)
        make_review(order, rating=4, reviewed_at=NOON)
        make_issue(order, kind="lost", reported_at=NOON)
        refresh_organization(laundry.pk)
        yield laundry


def only(model: Any, organization: Any, **found_by: Any) -> Any:
    with organization_context(organization.pk):
        return model.objects.get(**found_by)


def spoil(model: Any, organization: Any, **fields: Any) -> None:
    with organization_context(organization.pk):
        model.objects.update(**fields)


def act(client: Any, address: str, action: str, *rows: Any, **fields: str) -> list[str]:
    form = {"action": action, "index": "0", "_selected_action": [str(row.pk) for row in rows], **fields}
    answer = client.post(address, form)
    assert answer.status_code in {200, 302, 403}
    page = client.get(address)
    return [str(message) for message in page.context["messages"]] if page.status_code == 200 else []


def test_an_analyst_recomputes_days_and_is_told_what_came_of_it(history, staff_cast, sign_in):
    day = only(DailyRevenueSummary, history)
    spoil(DailyRevenueSummary, history, total_revenue=WRONG)
    told = act(sign_in(staff_cast.analyst, history), DAYS, "recompute", day)
    assert only(DailyRevenueSummary, history).total_revenue == Decimal("1210.00")
    outcome = "1 day was recomputed from its orders, payments, refunds, reviews and issues."
    assert told == [f"{outcome} What was published has not changed."]


def test_recomputing_a_published_day_says_that_it_changed(history, staff_cast, sign_in):
    with time_machine.travel(NOON.replace(day=13), tick=True):
        refresh_organization(history.pk)
        spoil(DailyRevenueSummary, history, total_revenue=WRONG)
        told = act(sign_in(staff_cast.owner, history), DAYS, "recompute", only(DailyRevenueSummary, history))
    assert '<a class="bw-link" href="/admin/analytics/revision/"' in told[0]
    assert "1 published row changed" in told[0]
    assert only(Revision, history).rollup == "daily_revenue"


def test_a_partners_row_recomputes_its_day(history, staff_cast, sign_in):
    spoil(PartnerPerformanceMetric, history, total_revenue=WRONG)
    row = only(PartnerPerformanceMetric, history, partner__isnull=False)
    act(sign_in(staff_cast.analyst, history), PARTNERS, "recompute", row)
    with organization_context(history.pk):
        found = PartnerPerformanceMetric.objects.order_by("total_revenue").values_list("total_revenue", flat=True)
        assert list(found) == [Decimal("9.50"), Decimal("1200.50")]


def test_a_customer_is_recomputed(history, staff_cast, sign_in, monkeypatch):
    row = only(CustomerAnalytics, history)
    spoil(CustomerAnalytics, history, lifetime_value=WRONG)
    client = sign_in(staff_cast.analyst, history)
    told = act(client, CUSTOMERS, "recompute", row)
    assert told == ["1 customer was recomputed from all orders, payments, refunds and reviews."]
    assert only(CustomerAnalytics, history).lifetime_value == Decimal("1197.75")
    monkeypatch.setattr(customers, "MOST_RECOMPUTED", 0)
    assert act(client, CUSTOMERS, "recompute", row) == ["Nothing was recomputed: more than 0 customers are selected."]


def test_days_wait_while_another_refresh_is_at_work(history, staff_cast, sign_in, monkeypatch):
    monkeypatch.setattr(services, "advance", lambda *_arguments, **_options: None)
    day = only(DailyRevenueSummary, history)
    (told,) = act(sign_in(staff_cast.analyst, history), DAYS, "recompute", day)
    assert told.startswith("1 day is marked to be recomputed.")
    with tenant_cursor() as cursor:
        cursor.execute("SELECT cause FROM analytics_changelog WHERE organization_id = %s", [history.pk])
        assert cursor.fetchall() == [("admin",)]


def test_more_days_than_a_step_takes_are_marked_for_a_rebuild(history, staff_cast, sign_in, monkeypatch):
    monkeypatch.setattr(services, "DAYS_AT_ONCE", 0)
    (told,) = act(sign_in(staff_cast.analyst, history), DAYS, "recompute", only(DailyRevenueSummary, history))
    assert told.startswith("1 day is marked to be recomputed.")
    with tenant_cursor() as cursor:
        cursor.execute("SELECT scope FROM analytics_changelog WHERE organization_id = %s ORDER BY 1", [history.pk])
        assert cursor.fetchall() == [("customers",), ("days",)]


def rows_of(organization: Any) -> dict[str, Any]:
    """A row of each rollup by the address of its list."""
    return {
        DAYS: only(DailyRevenueSummary, organization),
        PARTNERS: only(PartnerPerformanceMetric, organization, partner__isnull=False),
        CUSTOMERS: only(CustomerAnalytics, organization),
    }


def press(client: Any, address: str, row: Any, **fields: str) -> Any:
    """Press the button of the row's own page."""
    return client.post(
        f"{address}{row.pk}/change/", {f"{row._meta.label_lower.replace('.', '_')}_recompute_shown": "", **fields}
    )


def test_a_row_is_recomputed_from_its_own_page(history, staff_cast, sign_in):
    rows = rows_of(history)
    spoil(DailyRevenueSummary, history, total_revenue=WRONG)
    spoil(PartnerPerformanceMetric, history, total_revenue=WRONG)
    spoil(CustomerAnalytics, history, lifetime_value=WRONG)
    client = sign_in(staff_cast.analyst, history)
    for address, row in rows.items():
        assert "Recompute</button>" in re.sub(r"\s+<", "<", client.get(f"{address}{row.pk}/change/").content.decode())
        assert press(client, address, row)["Location"] == f"{address}{row.pk}/change/"
    assert only(DailyRevenueSummary, history).total_revenue == Decimal("1210.00")
    assert only(PartnerPerformanceMetric, history, partner__isnull=False).total_revenue == Decimal("1200.50")
    assert only(CustomerAnalytics, history).lifetime_value == Decimal("1197.75")


def test_a_row_that_no_fact_makes_any_more_leads_to_the_list(history, staff_cast, sign_in):
    day = only(DailyRevenueSummary, history)
    with organization_context(history.pk):
        for model in (Refund, Order):
            model.objects.all().delete()
    client = sign_in(staff_cast.analyst, history)
    assert press(client, DAYS, day)["Location"] == DAYS
    with organization_context(history.pk):
        assert not DailyRevenueSummary.objects.exists()
    assert press(client, DAYS, day)["Location"] == DAYS


def test_a_page_of_another_organization_recomputes_nothing(history, staff_cast, clinic, sign_in):
    day = only(DailyRevenueSummary, history)
    spoil(DailyRevenueSummary, history, total_revenue=WRONG)
    client = sign_in(staff_cast.analyst, history)
    with nothing_changes():
        answer = press(client, DAYS, day, _organization=str(clinic.pk))
    told = [str(message) for message in client.get(answer["Location"]).context["messages"]]
    assert told[0].startswith("Nothing was saved: this form was opened for another organization")


@pytest.mark.parametrize("actor", ["anonymous", "viewer", "stranger", "staff", "removed", "disabled"])
def test_who_may_not_recompute_changes_nothing_by_posting(actor, history, staff_cast, sign_in):
    rows = rows_of(history)
    spoil(DailyRevenueSummary, history, total_revenue=WRONG)
    client = sign_in(getattr(staff_cast, actor, None), history)
    with nothing_changes():
        for address, row in rows.items():
            act(client, address, "recompute", row)
            act(client, address, "recompute", row, select_across="1")
            assert press(client, address, row).status_code in {302, 403}


def link(page: str, text: str) -> str:
    found = re.search(rf'class="bw-link" href="([^"]+)"[^>]*>{re.escape(text)}<', page)
    assert found, text
    return unescape(found[1])


def totals(client: Any, address: str) -> list[str]:
    page = client.get(address)
    assert page.status_code == 200
    return [value for _label, value in page.context["cl"].totals]


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        (DAYS, "3", ["3", "2", "1210.00"]),
        (PARTNERS, "2", ["2", "1", "1200.50"]),
        (PARTNERS, "1", ["1", "1", "9.50"]),  # of no partner
        (CUSTOMERS, "3", ["3", "2", "1210.00"]),
    ],
)
def test_a_row_leads_to_the_orders_that_add_up_to_it(address, text, shown, history, staff_cast, sign_in):
    client = sign_in(staff_cast.viewer, history)
    orders = link(client.get(address).content.decode(), text)
    *counts, revenue = shown
    assert totals(client, orders) == [*counts, DOLLARS.money(Decimal(revenue))]


def test_a_day_leads_to_its_refunds(history, staff_cast, sign_in):
    client = sign_in(staff_cast.viewer, history)
    day = only(DailyRevenueSummary, history)
    page = client.get(f"{DAYS}{day.pk}/change/").content.decode()
    assert totals(client, link(page, "1")) == ["1", DOLLARS.money(day.refund_amount)]


def test_a_list_that_nobody_narrowed_adds_nothing_up(history, staff_cast, sign_in):
    page = sign_in(staff_cast.viewer, history).get("/admin/marketplace/order/")
    assert page.context["cl"].totals is None
    assert "bw-totals" not in page.content.decode()


def test_a_page_of_partners_shows_rates_stars_warnings_and_the_way_to_the_partner(history, staff_cast, sign_in):
    row = only(PartnerPerformanceMetric, history, partner__isnull=False)
    page = sign_in(staff_cast.viewer, history).get(PARTNERS).content.decode()
    assert link(page, "Anchor Wash") == f"/admin/marketplace/partner/{row.partner_id}/change/"
    assert "4.0 of 5, 1 rating" in page
    assert ">1 lost<" in page
    assert "Serious issues" in page
    assert "1,200.50" in page


@pytest.mark.parametrize(
    ("address", "term", "count"),
    [
        (DAYS, "2026-03-10", 1), (DAYS, "2026-03-11", 0), (DAYS, "10 March", 0), (PARTNERS, "anch", 1),
        (PARTNERS, "2026-03-10", 2), (PARTNERS, "wash", 0), (CUSTOMERS, "ann", 1), (CUSTOMERS, "\x00", 1),
    ],
)  # fmt: skip
def test_rollups_are_found(address, term, count, history, staff_cast, sign_in):
    page = sign_in(staff_cast.viewer, history).get(address, {"q": term})
    assert len(page.context["cl"].result_list) == count


def test_a_customer_is_found_by_address_only_by_those_who_may_see_it(history, staff_cast, sign_in):
    with organization_context(history.pk):
        only(CustomerAnalytics, history).customer.__class__.objects.update(email="anna@example.com")
    for actor, count in ((staff_cast.viewer, 0), (staff_cast.analyst, 1)):
        page = sign_in(actor, history).get(CUSTOMERS, {"q": "anna@example.com"})
        assert len(page.context["cl"].result_list) == count


def test_the_user_of_a_customer_is_named_to_superusers_only(history, staff_cast, sign_in):
    with organization_context(history.pk):
        row = CustomerAnalytics.objects.select_related("customer").get()
        row.customer.user = staff_cast.stranger
        row.customer.save()
    address = f"{CUSTOMERS}{row.pk}/change/"
    assert staff_cast.stranger.email not in sign_in(staff_cast.owner, history).get(address).content.decode()
    assert staff_cast.stranger.email in sign_in(staff_cast.superuser, history).get(address).content.decode()


def test_a_revision_names_the_partner_and_what_changed(history, staff_cast, sign_in):
    with time_machine.travel(NOON.replace(day=13), tick=True):
        refresh_organization(history.pk)
        with organization_context(history.pk):
            make_issue(
                only(PartnerPerformanceMetric, history, partner__isnull=False).partner.orders.first(),
                kind="late",
                reported_at=NOON,
            )
        refresh_organization(history.pk)
        page = sign_in(staff_cast.viewer, history).get("/admin/analytics/revision/").content.decode()
    assert "Anchor Wash" in page
    assert "Issues: 1 → 2" in page


def test_history_is_offered_where_people_change_rows(history, staff_cast, sign_in):
    client = sign_in(staff_cast.viewer, history)
    row = only(PartnerPerformanceMetric, history, partner__isnull=False)
    assert "/history/" in client.get(f"/admin/marketplace/partner/{row.partner_id}/change/").content.decode()
    assert "/history/" not in client.get(f"{PARTNERS}{row.pk}/change/").content.decode()


def test_a_narrowed_list_says_by_what_and_how_to_get_out(history, staff_cast, sign_in):
    client = sign_in(staff_cast.viewer, history)
    row = only(PartnerPerformanceMetric, history, partner__isnull=False)
    orders = link(client.get(PARTNERS).content.decode(), "2")
    chips = client.get(f"{orders}&status__exact=completed&channel__exact=web").context["cl"].chips
    shown = {chip["title"]: chip["chosen"] for chip in chips}
    assert shown == {
        "placed at": "10 Mar 2026", "status": "Completed", "channel, last 90 days": "Web", "partner": "Anchor Wash",
    }  # fmt: skip
    by_partner = next(chip for chip in chips if chip["title"] == "partner")
    assert str(row.partner_id) not in by_partner["without"]
    assert "placed_at_from=2026-03-10" in by_partner["without"]
    assert client.get("/admin/marketplace/order/?partner__isnull=True").context["cl"].chips[0]["chosen"] == "none"
    made_up = (
        "status__exact=x&channel__exact=x&placed_at_from=x&partner__id__exact=0198f0a0-0000-7000-8000-000000000000"
    )
    assert client.get(f"/admin/marketplace/order/?{made_up}").context["cl"].chips == []
