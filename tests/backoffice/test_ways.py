"""No dead ends: the ways in, what a closed door says, and what pages are called."""

import pytest
from django.test import Client

from tests.builders import make_order

pytestmark = pytest.mark.django_db


def test_the_bare_address_leads_to_the_admin():
    assert Client().get("/")["Location"] == "/admin/"


def test_signing_in_at_the_sign_in_page_leads_to_the_first_page(staff_cast):
    staff_cast.owner.set_password("a-long-passphrase")
    staff_cast.owner.save()
    form = {"username": staff_cast.owner.email, "password": "a-long-passphrase"}
    assert Client().post("/admin/login/", form)["Location"] == "/admin/"


def test_a_page_that_the_role_may_not_open_says_so_and_leads_back(staff_cast, laundry, sign_in):
    answer = sign_in(staff_cast.viewer, laundry).get("/admin/accounts/user/")
    assert answer.status_code == 403
    assert "You may not open this page" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


def test_a_page_that_is_not_there_leads_back(staff_cast, laundry, sign_in):
    answer = sign_in(staff_cast.viewer, laundry).get("/admin/nothing/here/")
    assert answer.status_code == 404
    assert 'href="/admin/"' in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/admin/engagement/interaction/", "Contacts"),
        ("/admin/hierarchy/entity/", "Accounts"),
        ("/admin/accounts/membership/", "Members"),
        ("/admin/core/jobrun/", "Jobs"),
    ],
)
def test_a_list_is_called_as_in_the_sidebar(address, title, staff_cast, laundry, sign_in):
    page = sign_in(staff_cast.owner, laundry).get(address).content.decode()
    heading = page[page.index("<h1") : page.index("</h1>")]
    assert f">{title}</a>" in heading
    assert heading.count("<a") == 1


def test_a_row_is_called_as_it_is_written(staff_cast, laundry, sign_in):
    order = make_order(laundry, number="ebay-7")
    page = sign_in(staff_cast.owner, laundry).get(f"/admin/marketplace/order/{order.pk}/change/").content.decode()
    heading = page[page.index("<h1") : page.index("</h1>")]
    assert ">ebay-7</a>" in heading
    assert ">All orders</a>" in heading
    assert "Marketplace" not in heading


def test_the_palette_offers_the_page_of_that_name_first(staff_cast, laundry, sign_in):
    found = sign_in(staff_cast.owner, laundry).get("/admin/search/", {"s": "refund"}).context["pages"]
    assert [str(page["title"]) for page in found] == ["Refunds"]
