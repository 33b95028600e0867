"""Lists: filters, order, pages, and what they cost."""

import base64
import datetime
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.context import organization_context
from tests.api.clients import client_of, error_code
from tests.api.conftest import one_of_each
from tests.builders import (
    NOON,
    make_category,
    make_cost,
    make_customer,
    make_order,
    make_partner,
    make_payment,
    make_product,
)

pytestmark = pytest.mark.django_db

LISTS = [
    "partners",
    "categories",
    "products",
    "customers",
    "orders",
    "order-lines",
    "payments",
    "refunds",
    "reviews",
    "issues",
    "operating-costs",
    "interactions",
    "segments",
    "segment-members",
    "entities",
]
MINUTE = datetime.timedelta(minutes=1)


def pages(client, path, **query) -> list[list[dict]]:
    """Return every page of a list."""
    found, cursor = [], None
    while True:
        body = client.get(path, {**query, **({"cursor": cursor} if cursor else {})}).json()
        found.append(body["results"])
        cursor = body["next_cursor"]
        if cursor is None:
            return found


def joined(found) -> list[dict]:
    return [row for page in found for row in page]


def ids(rows) -> list[str]:
    return [row["id"] for row in rows]


@pytest.fixture
def orders(laundry, clinic):
    """Seven orders, four of them at one instant, and one of another organization."""
    make_order(clinic)
    at = [NOON, NOON, NOON, NOON, NOON + MINUTE, NOON - MINUTE, NOON + 2 * MINUTE]
    return [make_order(laundry, placed_at=instant) for instant in at]


@pytest.mark.parametrize("ordering", ["-placed_at", "placed_at", "-id", "id"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_together_are_the_whole_list_in_order(cast, orders, ordering, size):
    found = pages(client_of(cast.viewer), "/api/orders", page_size=size, ordering=ordering)
    key = {"placed_at": lambda order: (order.placed_at, order.pk), "id": lambda order: order.pk}[ordering.lstrip("-")]
    expected = sorted(orders, key=key, reverse=ordering.startswith("-"))
    assert ids(joined(found)) == [str(order.pk) for order in expected]
    assert {len(page) for page in found[:-1]} <= {size}


@pytest.mark.parametrize("ordering", ["-paid_at", "paid_at"])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_unknown_instants_have_their_place_in_the_order(cast, orders, ordering, size):
    paid = [NOON, None, NOON, NOON + MINUTE, None, None, NOON - MINUTE]
    rows = [
        make_payment(order, paid_at=at, status="captured" if at else "pending")
        for order, at in zip(orders, paid, strict=True)
    ]
    found = pages(client_of(cast.viewer), "/api/payments", page_size=size, ordering=ordering)
    known_last = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    expected = sorted(rows, key=lambda row: (row.paid_at or known_last, row.pk), reverse=ordering == "-paid_at")
    assert ids(joined(found)) == [str(row.pk) for row in expected]


def test_rows_that_arrive_between_pages_neither_repeat_nor_hide_others(cast, laundry, orders):
    client = client_of(cast.viewer)
    seen, cursor, number = [], None, 0
    while True:
        body = client.get("/api/orders", {"page_size": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += ids(body["results"])
        cursor = body["next_cursor"]
        if cursor is None:
            break
        number += 1
        make_order(laundry, placed_at=NOON + number * MINUTE)
        make_order(laundry, placed_at=NOON)
    assert len(seen) == len(set(seen))
    assert {str(order.pk) for order in orders} <= set(seen)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=5).filter(str.strip)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=8), size=st.integers(1, 3), reverse=st.booleans())
def test_pages_by_name_are_the_whole_list_whatever_the_names(cast, laundry, names, size, reverse):
    with organization_context(laundry.pk):
        from apps.marketplace.models import Partner

        Partner.objects.all().delete()
        rows = [make_partner(laundry, name=name) for name in names]
    found = pages(client_of(cast.viewer), "/api/partners", page_size=size, ordering="-name" if reverse else "name")
    assert sorted(ids(joined(found))) == sorted(str(row.pk) for row in rows)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_pages_in_each_of_its_orders(cast, laundry, path):
    for _ in range(3):
        if path == "operating-costs":
            continue
        one_of_each_but_costs(laundry)
    for month in range(1, 4) if path == "operating-costs" else ():
        make_cost(laundry, month=datetime.date(2026, month, 1))
    client = client_of(cast.viewer)
    whole = client.get(f"/api/{path}").json()["results"]
    assert len(whole) >= 3
    refused = client.get(f"/api/{path}", {"ordering": "id;drop"}).json()["error"]["details"]["fields"]["ordering"][0]
    for ordering in refused.removeprefix("Give one of ").removesuffix(".").split(", "):
        found = joined(pages(client, f"/api/{path}", page_size=1, ordering=ordering))
        assert (ordering, sorted(ids(found))) == (ordering, sorted(ids(whole)))


def one_of_each_but_costs(organization):
    rows = one_of_each(organization)
    with organization_context(organization.pk):
        from apps.marketplace.models import OperatingCost

        OperatingCost.objects.filter(pk=rows["cost"]).delete()


def a_cursor(*parts) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


AN_ID = "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90"


@pytest.mark.parametrize(
    "cursor",
    [
        "=" * 100,
        "x",
        "Ⅷ",
        "a" * 3000,
        base64.urlsafe_b64encode(b"[" * 1000).decode().rstrip("="),
        a_cursor(),
        a_cursor("-placed_at", "2026-03-10T12:00:00+00:00"),
        a_cursor("-placed_at", "2026-03-10T12:00:00+00:00", "1"),
        a_cursor("-placed_at", "2026-03-10T12:00:00", AN_ID),
        a_cursor("-placed_at", "never", AN_ID),
        a_cursor("-placed_at", "2026-13-45T12:00:00+00:00", AN_ID),
        a_cursor("-placed_at", None, AN_ID),
        a_cursor("-placed_at", 5, AN_ID),
        a_cursor("-placed_at", {"a": 1}, AN_ID),
        a_cursor("placed_at", "2026-03-10T12:00:00+00:00", AN_ID),
        a_cursor("number", "1", AN_ID),
        a_cursor(["-placed_at"], "2026-03-10T12:00:00+00:00", AN_ID),
    ],
)
def test_a_cursor_that_is_none_is_refused(cast, orders, cursor):
    answer = client_of(cast.viewer).get("/api/orders", {"cursor": cursor})
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert list(answer.json()["error"]["details"]["fields"]) == ["cursor"]


@pytest.mark.parametrize("value", ["a\x00", "\ud800"])
def test_a_cursor_with_text_postgresql_does_not_keep_is_refused(cast, value):
    answer = client_of(cast.viewer).get("/api/partners", {"cursor": a_cursor("name", value, AN_ID)})
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")


def test_a_cursor_at_the_edge_of_time_is_answered(cast, orders):
    for instant in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        answer = client_of(cast.viewer).get("/api/orders", {"cursor": a_cursor("-placed_at", instant, AN_ID)})
        assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    answer = client_of(cast.viewer).get(
        "/api/orders", {"cursor": a_cursor("-placed_at", "0001-01-01T00:00:00Z", AN_ID)}
    )
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_a_cursor_of_another_organization_shows_nothing_of_it(cast, laundry, clinic, orders):
    theirs = client_of(cast.viewer).get("/api/orders", {"page_size": 1, "ordering": "placed_at"}).json()["next_cursor"]
    found = client_of(cast.stranger).get("/api/orders", {"cursor": theirs, "ordering": "placed_at"}).json()["results"]
    assert set(ids(found)) & {str(order.pk) for order in orders} == set()


def found_numbers(client, **query) -> list[str]:
    answer = client.get("/api/orders", {"ordering": "placed_at", **query})
    assert answer.status_code == 200, answer.content
    return [row["number"] for row in answer.json()["results"]]


def test_each_filter_of_orders_keeps_what_it_names(cast, laundry, clinic):
    customer, partner = make_customer(laundry), make_partner(laundry)
    make_order(clinic, number="theirs")
    make_order(laundry, number="early", placed_at=NOON - MINUTE, customer=customer, external_id="e-1")
    make_order(laundry, number="noon", placed_at=NOON, partner=partner, basket_reference="b", scheduled_for=NOON)
    make_order(laundry, number="late", placed_at=NOON + MINUTE, channel="phone", status="completed")
    client = client_of(cast.viewer)
    assert {
        "all": found_numbers(client),
        "from": found_numbers(client, placed_from="2026-03-10T12:00:00Z"),
        "before": found_numbers(client, placed_before="2026-03-10T13:00:00+01:00"),
        "window": found_numbers(
            client, placed_from="2026-03-10T12:00:00Z", placed_before="2026-03-10T12:00:00.000001Z"
        ),
        "plus as space": found_numbers(client, placed_from="2026-03-10T13:00:00 01:00"),
        "scheduled": found_numbers(client, scheduled_from="2026-03-10T12:00:00Z", scheduled_before="2026-03-10T12:01Z"),
        "status": found_numbers(client, status="completed", placed_from="2026-03-01T00:00:00Z"),
        "channel": found_numbers(client, channel="phone", placed_from="2026-03-01T00:00:00Z"),
        "customer": found_numbers(client, customer=str(customer.pk)),
        "partner": found_numbers(client, partner=str(partner.pk)),
        "nobody": found_numbers(client, customer=AN_ID),
        "number": found_numbers(client, number="noon"),
        "beginning of a number": found_numbers(client, number="no"),
        "theirs": found_numbers(client, number="theirs"),
        "external id": found_numbers(client, external_id="e-1"),
        "basket": found_numbers(client, basket_reference="b"),
    } == {
        "all": ["early", "noon", "late"],
        "from": ["noon", "late"],
        "before": ["early"],
        "window": ["noon"],
        "plus as space": ["noon", "late"],
        "scheduled": ["noon"],
        "status": ["late"],
        "channel": ["late"],
        "customer": ["early"],
        "partner": ["noon"],
        "nobody": [],
        "number": ["noon"],
        "beginning of a number": [],
        "theirs": [],
        "external id": ["early"],
        "basket": ["noon"],
    }


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("placed_from=2026-03-10", "placed_from"),
        ("placed_from=2026-03-10T12:00:00", "placed_from"),
        ("placed_from=2026-02-30T12:00:00Z", "placed_from"),
        ("placed_from=9999-12-31T23:59:59-12:00", "placed_from"),
        ("placed_from=0000-00-00T00:00:00Z", "placed_from"),
        ("placed_from=+", "placed_from"),
        ("placed_from=２０２６-03-10T12:00:00Z", "placed_from"),
        ("placed_from=2026-03-11T00:00:00Z&placed_before=2026-03-10T00:00:00Z", "placed_before"),
        ("placed_from=2026-03-11T00:00:00Z&placed_from=2026-03-11T00:00:00Z", "placed_from"),
        ("status=", "status"),
        ("status=nope", "status"),
        ("status=pending&status=ready", "status"),
        ("channel=ai&placed_before=2026-03-10T00:00:00Z", "channel"),
        ("customer=abc", "customer"),
        ("number=%00", "number"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=1.0", "page_size"),
        ("page_size=0x10", "page_size"),
        ("page_size=１", "page_size"),
        ("ordering=total", "ordering"),
        ("ordering=customer__user__password", "ordering"),
        ("page=1", "page"),
        ("organization=2", "organization"),
        ("organization__id__gt=0", "organization__id__gt"),
        ("user__password__startswith=p", "user__password__startswith"),
        ("_connector=OR", "_connector"),
        ("format=json", "format"),
        ("=x", ""),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused_by_name(cast, orders, query, parameter):
    answer = client_of(cast.viewer).get(f"/api/orders?{query}")
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert list(answer.json()["error"]["details"]["fields"]) == [parameter]


@pytest.mark.parametrize(
    ("path", "query", "beside"),
    [
        ("orders", "channel=phone", "placed_from"),
        ("payments", "method=cash", "paid_from"),
        ("payments", "status=pending", "paid_from"),
        ("reviews", "rating=1", "reviewed_from"),
        ("issues", "kind=lost", "reported_from"),
        ("interactions", "type=call", "occurred_from"),
        ("interactions", "automated=false", "occurred_from"),
    ],
)
def test_a_filter_without_an_index_needs_one_beside_it(cast, path, query, beside):
    client = client_of(cast.viewer)
    refused = client.get(f"/api/{path}?{query}")
    (message,) = refused.json()["error"]["details"]["fields"][query.split("=")[0]]
    assert (refused.status_code, beside in message) == (400, True)
    assert client.get(f"/api/{path}?{query}&{beside}=2026-03-01T00:00:00Z").status_code == 200


def test_one_row_takes_no_parameters(cast, orders):
    answer = client_of(cast.viewer).get(f"/api/orders/{orders[0].pk}?status=pending")
    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["status"])


def test_search_finds_the_beginning_of_a_name_whatever_its_case(cast, laundry):
    for name in ("Anna", "ANTON", "Bea", "anna%", "Ännchen", "100% Cotton", "100 Percent"):
        make_customer(laundry, name=name)
    client = client_of(cast.viewer)

    def found(text):
        return sorted(row["name"] for row in client.get("/api/customers", {"search": text}).json()["results"])

    assert [found("an"), found("anna%"), found("än"), found("100%"), found("_")] == [
        ["ANTON", "Anna", "anna%"],
        ["anna%"],
        ["Ännchen"],
        ["100% Cotton"],
        [],
    ]


def test_viewers_see_names_and_not_how_to_reach_people(cast, laundry):
    make_customer(laundry, name="Anna", email="anna@home.example", phone="+49 30 123456")
    make_customer(laundry, name="Bea", phone="110")
    shown = {
        who: [
            (row["name"], row["email"], row["phone"])
            for row in client_of(getattr(cast, who)).get("/api/customers").json()["results"]
        ]
        for who in ("viewer", "analyst", "owner")
    }
    full = [("Anna", "anna@home.example", "+49 30 123456"), ("Bea", "", "110")]
    assert shown == {"viewer": [("Anna", "a***@***", "***56"), ("Bea", "", "***")], "analyst": full, "owner": full}
    by_address = {"email": "anna@home.example"}
    refused = client_of(cast.viewer).get("/api/customers", by_address)
    assert (refused.status_code, error_code(refused)) == (403, "FORBIDDEN")
    found = client_of(cast.analyst).get("/api/customers", by_address).json()["results"]
    assert [row["name"] for row in found] == ["Anna"]


# What one request costs: who asks, and the page. An order's details are three lists more.
BASELINE = {**dict.fromkeys(LISTS, 2), "orders/{order}": 5, "customers/{customer}": 2, "products/{product}": 2}


@pytest.mark.parametrize("path", BASELINE)
def test_a_list_costs_its_baseline_however_long_it_is(cast, laundry, path, django_assert_num_queries):
    rows = [one_of_each_without_cost(laundry) for _ in range(3)]
    address = f"/api/{path}".format(**rows[0])
    client = client_of(cast.owner)
    with django_assert_num_queries(BASELINE[path]):
        assert client.get(address).status_code == 200


def one_of_each_without_cost(organization):
    rows = one_of_each(organization)
    with organization_context(organization.pk):
        from apps.marketplace.models import OperatingCost

        OperatingCost.objects.all().delete()
    return rows


def test_recording_an_order_costs_its_baseline_however_many_lines_it_has(cast, laundry, django_assert_num_queries):
    products = [str(make_product(laundry, category=make_category(laundry)).pk) for _ in range(5)]
    customer, partner = str(make_customer(laundry).pk), str(make_partner(laundry).pk)
    client = client_of(cast.analyst)
    for count in (1, 5):
        lines = [{"product": product, "unit_price": 1} for product in products[:count]]
        body = {"number": "1", "placed_at": "2026-03-10T12:00:00Z", "customer": customer, "partner": partner}
        # who asks; three references; order and lines in savepoints; the three lists of the answer
        with django_assert_num_queries(16):
            answer = client.post("/api/orders", {**body, "external_id": f"x{count}", "lines": lines})
        assert answer.status_code == 201
