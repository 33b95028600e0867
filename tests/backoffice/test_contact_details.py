"""Who sees how a customer can be reached: pages and API answer alike."""

import pytest

from tests.api.clients import client_of
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db

ADDRESS, NUMBER = "anna.berg@example.com", "+4915112345678"


@pytest.fixture
def anna(laundry):
    """A shop told her apart by her address, and did not ask her name."""
    customer = make_customer(laundry, name="", email=ADDRESS, phone=NUMBER, external_id=ADDRESS)
    make_order(laundry, customer=customer)
    return customer


def pages(customer):
    return {
        "list": "/admin/marketplace/customer/",
        "one": f"/admin/marketplace/customer/{customer.pk}/change/",
        "search by name": "/admin/marketplace/customer/?q=Anna",
        "orders": "/admin/marketplace/order/",
        "history": f"/admin/marketplace/customer/{customer.pk}/history/",
    }


def shown_to(client, customer):
    """The pages on which the address, and on which the number can be read."""
    texts = {name: client.get(path).content.decode() for name, path in pages(customer).items()}
    return {name for name, text in texts.items() if ADDRESS in text}, {
        name for name, text in texts.items() if NUMBER in text
    }


def test_viewers_read_no_address_and_no_number_on_any_page(staff_cast, sign_in, anna):
    assert shown_to(sign_in(staff_cast.viewer), anna) == (set(), set())
    assert "a***@***" in sign_in(staff_cast.viewer).get(pages(anna)["one"]).content.decode()


def test_analysts_read_both_where_customers_are_shown(staff_cast, sign_in, anna):
    addresses, numbers = shown_to(sign_in(staff_cast.analyst), anna)
    assert ({"list", "one"} <= addresses, numbers) == (True, {"list", "one"})


def test_viewers_cannot_find_out_whose_address_it_is(staff_cast, sign_in, anna):
    path = f"/admin/marketplace/customer/?q={ADDRESS}"
    link = f"/admin/marketplace/customer/{anna.pk}/change/"
    assert link not in sign_in(staff_cast.viewer).get(path).content.decode()
    assert link in sign_in(staff_cast.analyst).get(path).content.decode()


def test_the_api_masks_an_external_id_that_is_an_address(cast, anna):
    of_viewer = client_of(cast.viewer).get(f"/api/customers/{anna.pk}").json()
    assert (of_viewer["external_id"], of_viewer["email"], of_viewer["phone"]) == ("a***@***", "a***@***", "***78")
    assert client_of(cast.analyst).get(f"/api/customers/{anna.pk}").json()["external_id"] == ADDRESS


def test_viewers_cannot_ask_the_api_for_an_address(cast, anna):
    for question in ({"email": ADDRESS}, {"external_id": ADDRESS}):
        assert client_of(cast.viewer).get("/api/customers", question).status_code == 403
        assert len(client_of(cast.analyst).get("/api/customers", question).json()["results"]) == 1
