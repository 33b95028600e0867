"""Pages on a phone, without scripts, and with names and numbers of other languages."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.accounts.notation import Notation
from tests.analytics.records import refresh
from tests.browser.conftest import PHONE
from tests.builders import PASSWORD, make_customer, make_member, make_order, make_organization, make_partner

LONG = "Wäscherei-und-Reinigungsgesellschaft-am-Alexanderplatz-Nummer-Eins"


@pytest.fixture(scope="module")
def abroad(server):
    """Return a laundry whose names are long, or written from right to left."""
    organization = make_organization("abroad")
    lately = timezone.now() - datetime.timedelta(days=2)
    make_order(
        organization,
        customer=make_customer(organization, name="مغسلة 5"),
        partner=make_partner(organization, name="Foam 7"),
        placed_at=lately,
        completed_at=lately,
        status="completed",
        total=20,
    )
    make_partner(organization, name=LONG)
    refresh(organization)
    return organization


@pytest.fixture(scope="module")
def traveller(abroad):
    return make_member(abroad, role=Role.OWNER, is_staff=True)


def test_on_a_phone_the_name_of_a_row_stays_while_the_list_scrolls(visit, abroad, traveller):
    address = reverse("admin:marketplace_partner_changelist")
    page = visit(address, user=traveller, organization=abroad, size=PHONE)
    name, other = page.locator("#result_list tbody th").first, page.locator("#result_list tbody td").last
    before = name.bounding_box(), other.bounding_box()
    page.evaluate(
        """() => {
            const list = document.querySelector("#result_list");
            let box = list.parentElement;
            while (!["scroll", "auto"].includes(getComputedStyle(box).overflowX)) box = box.parentElement;
            box.scrollLeft = 400;
        }"""
    )
    after = name.bounding_box(), other.bounding_box()
    assert after[1]["x"] < before[1]["x"]
    assert 0 <= after[0]["x"] <= before[0]["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for box in (one.bounding_box() for one in page.locator("#result_list tbody th").all()):
        assert box["x"] + box["width"] <= PHONE["width"]


def test_without_scripts_pages_can_be_read(context, server, traveller):
    page = context.browser.new_page(base_url=server, java_script_enabled=False)
    page.goto(reverse("admin:login"))
    page.fill("[name=username]", traveller.email)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.locator("[data-panel=top_partners] tbody").get_by_text("Foam").wait_for()
    page.goto(reverse("admin:marketplace_order_changelist"))
    page.locator("#result_list tbody th a").first.click()
    page.locator("[name=number]").wait_for()
    page.close()


def test_a_name_from_right_to_left_moves_no_number_beside_it(visit, abroad, traveller):
    page = visit(user=traveller, organization=abroad)
    order = page.locator("[data-panel=recent] li").first
    assert order.locator("bdi").all_inner_texts() == ["مغسلة 5", "Foam 7"]
    name, partner = (one.bounding_box() for one in order.locator("bdi").all())
    assert name["x"] + name["width"] <= partner["x"]


def without_widths(text):
    """Return a text whose spaces are all alike: releases of the Unicode CLDR differ in how wide French ones are."""
    return re.sub(r"[\s\u202f\xa0]+", " ", text)


@pytest.mark.parametrize(
    ("locale", "written"),
    [("en", "74.0%"), ("en-US", "74.0%"), ("en-GB", "74.0%"), ("de-DE", "74,0\xa0%"), ("fr-FR", "74,0\xa0%")],
)
def test_percent_is_written_by_the_server_as_the_browser_writes_it(locale, written, context):
    notation = Notation(locale, "EUR", "UTC")
    page = context.new_page()
    script = "locale => new Intl.NumberFormat(locale, {style: 'percent', minimumFractionDigits: 1}).format(0.74)"
    assert notation.percent(Decimal("74.04")) == written
    for share, value in (("0.74", "74.04"), ("-0.033", "-3.25")):
        by_browser = page.evaluate(script.replace("0.74", share), locale)
        assert without_widths(notation.percent(Decimal(value))) == without_widths(by_browser)
    page.close()
