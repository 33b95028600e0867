"""The command palette finds rows: those that the lists would, of one organization, by an index."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.backoffice.search import SOURCES
from apps.marketplace.admin.catalog import PartnerAdmin
from tests.backoffice.rows import make_rows
from tests.builders import make_customer, make_entity, make_order, make_partner, make_product

pytestmark = pytest.mark.django_db


def found(client: Any, term: str) -> dict[str, list[str]]:
    answer = client.get("/admin/search/", {"s": term})
    assert answer.status_code == 200
    return {str(group.title): [row.title for row in group.rows] for group in answer.context["groups"]}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("N-100", {"Orders": ["N-100"]}),
        ("N-10", {}),
        ("anna s", {"Customers": ["Anna Schmidt"], "Partners": ["Anna Spa"]}),
        ("chmidt", {}),
        ("P7", {"Partners": ["Anna Spa"]}),
        ("SKU-1", {"Products": ["Shirt"]}),
        ("shi", {"Products": ["Shirt"]}),
        ("north", {"Accounts": ["North"]}),
        ("a", {}),  # one letter is no beginning of a name
        ("\x00", {}),
        ("%", {}),
        ("x" * 5000, {}),
    ],
)
def test_rows_are_found_as_in_their_lists(term, expected, staff_cast, laundry, sign_in):
    make_customer(laundry, name="Anna Schmidt")
    make_order(laundry, number="N-100")
    make_partner(laundry, name="Anna Spa", code="P7")
    make_product(laundry, name="Shirt", sku="SKU-1")
    make_entity(laundry, name="North")
    client = sign_in(staff_cast.viewer, laundry)
    if term == "\x00":
        assert client.get("/admin/search/", {"s": term}).content == b""
        return
    assert found(client, term) == expected


@pytest.mark.parametrize(("actor", "expected"), [("viewer", {}), ("analyst", {"Customers": ["Anna"]})])
def test_a_whole_address_finds_for_those_who_may_see_addresses(actor, expected, staff_cast, laundry, sign_in):
    make_customer(laundry, name="Anna", email="anna@example.com")
    client = sign_in(getattr(staff_cast, actor), laundry)
    assert found(client, "anna@example.com") == expected
    assert "anna@example.com" not in client.get("/admin/search/", {"s": "anna"}).content.decode()


def test_rows_of_other_organizations_are_not_found(staff_cast, laundry, clinic, sign_in):
    make_rows(clinic, staff_cast.stranger, mark="canary")
    terms = ("Order canary", "Customer canary", "Partner canary", "Product canary", "Entity canary")
    assert all(found(sign_in(staff_cast.owner, laundry), term) == {} for term in terms)
    assert all(found(sign_in(staff_cast.stranger, clinic), term) for term in terms)


def test_five_of_a_kind_by_name_and_a_way_to_the_rest(staff_cast, laundry, sign_in):
    for number in range(7, 0, -1):
        make_partner(laundry, name=f"Anna {number}")
    client = sign_in(staff_cast.viewer, laundry)
    assert found(client, "anna") == {"Partners": [f"Anna {number}" for number in range(1, 6)]}
    page = client.get("/admin/search/", {"s": "anna"}).content.decode()
    assert 'href="/admin/marketplace/partner/?q=anna"' in page
    assert [f"currentIndex === {number}}}" in page for number in (1, 6, 7)] == [True, True, False]


def test_pages_come_first_and_nothing_found_says_how_to_search(staff_cast, laundry, sign_in):
    make_product(laundry, name="Refunded shirt")
    client = sign_in(staff_cast.viewer, laundry)
    page = client.get("/admin/search/", {"s": "refund"}).content.decode()
    assert page.index(">Pages<") < page.index(">Refunds<") < page.index(">Products<") < page.index(">Refunded shirt<")
    assert "Orders are found by their whole number" in client.get("/admin/search/", {"s": "qqq"}).content.decode()


def test_each_kind_is_one_statement_that_asks_for_few_rows_and_sorts_only_those(staff_cast, laundry, sign_in):
    client = sign_in(staff_cast.owner, laundry)
    with CaptureQueriesContext(connection) as captured:
        client.get("/admin/search/", {"s": "anything"})
    searching = [query["sql"] for query in captured if "LIMIT 200" in query["sql"]]
    assert len(searching) == len(SOURCES)
    assert len(captured) <= len(SOURCES) + 3
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in searching:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan, plan


def test_a_list_that_the_role_may_not_open_is_not_searched(staff_cast, laundry, sign_in, monkeypatch):
    make_partner(laundry, name="Anna")
    monkeypatch.setattr(PartnerAdmin, "view_role", Role.OWNER)
    assert found(sign_in(staff_cast.analyst, laundry), "anna") == {}
    assert found(sign_in(staff_cast.owner, laundry), "anna") == {"Partners": ["Anna"]}
