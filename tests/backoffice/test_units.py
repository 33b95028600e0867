"""Amounts, instants and windows in the units of the organization."""

import datetime
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.accounts.money import plain_price
from apps.accounts.notation import Notation
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.backoffice.test_tenancy_of_pages import order_form
from tests.builders import make_order, make_product, make_refund

ORDERS = "/admin/marketplace/order/"


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("0", "EUR", "0.00"),
        ("1234.5", "EUR", "1,234.50"),
        ("-1234567.891", "USD", "-1,234,567.89"),
        ("0.005", "USD", "0.01"),
        ("-0.001", "USD", "0.00"),
        ("12340", "TWD", "12,340"),
        ("12340.50", "TWD", "12,341"),
        ("999999999999.99", "JPY", "1,000,000,000,000"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(amount, currency, shown):
    assert Notation("en", currency, "UTC").amount(Decimal(amount), currency) == shown


def test_money_carries_its_code():
    assert Notation("en", "AUD", "UTC").money(Decimal("12.3")) == "AUD\N{NO-BREAK SPACE}12.30"


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [("1.2000", "EUR", "1.20"), ("0.0125", "EUR", "0.0125"), ("14.8350", "USD", "14.835"), ("35.5", "TWD", "35.5")],
)
def test_a_price_per_unit_keeps_what_is_finer_than_the_currency(price, currency, shown):
    assert plain_price(Decimal(price), currency) == shown
    assert Notation("en", currency, "UTC").price(Decimal(price), currency) == shown


@pytest.mark.django_db
class TestPages:
    def test_amounts_name_their_currency_in_the_header(self, staff_cast, laundry, wholesaler, sign_in):
        make_order(laundry, total=Decimal("1234.50"))
        make_order(wholesaler, total=Decimal("12340"))
        client = sign_in(staff_cast.superuser, laundry)
        page = client.get(ORDERS).content.decode()
        assert "Total (USD)" in page
        assert ">1,234.50<" in page
        page = sign_in(staff_cast.superuser, wholesaler).get(ORDERS).content.decode()
        assert "Total (TWD)" in page
        assert ">12,340<" in page

    def test_amounts_in_forms_have_the_digits_of_the_currency_and_change_nothing(
        self, staff_cast, laundry, wholesaler, sign_in
    ):
        for organization, total, written in ((wholesaler, "5760", "5760"), (laundry, "1234.5", "1234.50")):
            order = make_order(organization, total=Decimal(total))
            page = reverse("admin:marketplace_order_change", args=[order.pk])
            form = sign_in(staff_cast.superuser, organization).get(page).context["adminform"].form
            assert form["total"].value() == written
            assert form.fields["total"].has_changed(form.initial["total"], written) is False

    def test_who_may_only_look_sees_the_same_units(self, staff_cast, laundry, sign_in):
        order = make_order(laundry, total=Decimal("1234.50"))
        make_refund(laundry, order=order, amount=Decimal("1000"))
        make_product(laundry, price=Decimal("0.0125"))
        client = sign_in(staff_cast.viewer, laundry)
        page = client.get(reverse("admin:marketplace_order_change", args=[order.pk])).content.decode()
        assert "Total (USD)" in page
        assert "1,234.50" in page
        assert "1,000.00" in page
        assert ">0.0125<" in client.get("/admin/marketplace/product/").content.decode()

    def test_instants_are_shown_and_read_in_the_organizations_zone(self, staff_cast, wholesaler, sign_in):
        client = sign_in(staff_cast.superuser, wholesaler)
        client.post(f"{ORDERS}add/", order_form(placed_at_0="2026-03-10", placed_at_1="00:30:00"))
        with organization_context(wholesaler.pk):
            order = Order.objects.get()
        # Taipei is eight hours ahead of UTC all year.
        assert order.placed_at == datetime.datetime(2026, 3, 9, 16, 30, tzinfo=datetime.UTC)
        assert "10 Mar 2026, 00:30" in client.get(ORDERS).content.decode()
        assert "Asia/Taipei" in client.get(ORDERS).content.decode()

    def test_a_list_of_business_days_begins_when_the_business_day_does(self, staff_cast, wholesaler, sign_in):
        # The wholesaler's day starts at 04:00 in Taipei, 20:00 UTC of the day before.
        edge = datetime.datetime(2026, 3, 9, 20, 0, tzinfo=datetime.UTC)
        second = datetime.timedelta(seconds=1)
        day = datetime.timedelta(days=1)
        for number, placed_at in (
            ("before", edge - second),
            ("first", edge),
            ("last", edge + day - second),
            ("after", edge + day),
        ):
            make_order(wholesaler, number=number, placed_at=placed_at)
        page = sign_in(staff_cast.superuser, wholesaler).get(
            f"{ORDERS}?placed_at_from=2026-03-10&placed_at_to=2026-03-10"
        )
        assert [order.number for order in page.context["cl"].result_list] == ["last", "first"]

    def test_saving_a_page_leaves_untouched_instants_as_they_are(self, staff_cast, laundry, sign_in):
        # New York, 1 November 2026: 05:30 and 06:30 UTC are both 01:30; microseconds have no place in the form.
        instants = [datetime.datetime(2026, 11, 1, hour, 30, 0, 123456, tzinfo=datetime.UTC) for hour in (5, 6)]
        client = sign_in(staff_cast.owner, laundry)
        for placed_at in instants:
            order = make_order(laundry, status="pending", placed_at=placed_at)
            form = order_form(number="renamed", placed_at_0="2026-11-01", placed_at_1="01:30:00", total="10.00")
            answer = client.post(reverse("admin:marketplace_order_change", args=[order.pk]), form)
            assert answer.status_code == 302
            order.refresh_from_db()
            assert (order.number, order.placed_at) == ("renamed", placed_at)

    def test_an_instant_that_the_clock_skipped_is_refused_by_name(self, staff_cast, laundry, sign_in):
        # New York, 8 March 2026: there is no 02:30.
        form = order_form(placed_at_0="2026-03-08", placed_at_1="02:30:00")
        answer = sign_in(staff_cast.owner, laundry).post(f"{ORDERS}add/", form)
        assert "placed_at" in answer.context["adminform"].form.errors

    def test_an_instant_is_required_where_the_fact_needs_one(self, staff_cast, laundry, sign_in):
        answer = sign_in(staff_cast.owner, laundry).post(f"{ORDERS}add/", order_form(placed_at_0="", placed_at_1=""))
        assert "placed_at" in answer.context["adminform"].form.errors


@pytest.mark.django_db
class TestConstraints:
    def test_what_the_database_would_refuse_is_said_at_the_form(self, staff_cast, laundry, sign_in):
        make_order(laundry, external_id="A-1")
        client = sign_in(staff_cast.owner, laundry)
        for fields in ({"external_id": "A-1"}, {"completed_at_0": "2026-03-10", "completed_at_1": "13:00:00"}):
            answer = client.post(f"{ORDERS}add/", order_form(**fields))
            assert answer.status_code == 200
            assert answer.context["adminform"].form.errors
        with organization_context(laundry.pk):
            assert Order.objects.count() == 1

    def test_the_same_external_id_in_two_organizations_is_no_conflict(self, staff_cast, laundry, clinic, sign_in):
        make_order(clinic, external_id="A-1")
        answer = sign_in(staff_cast.owner, laundry).post(f"{ORDERS}add/", order_form(external_id="A-1"))
        assert answer.status_code == 302

    def test_an_absent_id_leads_home(self, staff_cast, laundry, sign_in):
        for key in (uuid.uuid4(), "not-an-id", "1"):
            answer = sign_in(staff_cast.owner, laundry).get(f"{ORDERS}{key}/change/")
            assert (answer.status_code, answer["Location"]) == (302, "/admin/")
