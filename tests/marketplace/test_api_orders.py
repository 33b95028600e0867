"""Recording orders over HTTP: amounts, repetition, progress."""

import datetime
import json
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.idempotency import KEPT_FOR, forget_old_answers
from apps.accounts.models import KeptAnswer
from apps.accounts.tasks import forget_answers_of_every_organization
from apps.core.context import organization_context
from apps.marketplace.models import Order, OrderLine, Payment, Refund
from tests.api.clients import client_of, error_code
from tests.builders import NOON, make_customer, make_order, make_partner, make_product, make_refund

pytestmark = pytest.mark.django_db

ORDERS = "/api/orders"
PLACED = "2026-03-10T13:00:00+01:00"


@pytest.fixture
def client(cast):
    return client_of(cast.analyst)


def an_order(**fields):
    return {"number": "1001", "placed_at": PLACED, **fields}


AMOUNTS = ("subtotal", "discount", "tax", "delivery_fee", "tip", "total")


def amounts(answer) -> list[str]:
    """The amounts as they are written, digit by digit."""
    text = answer.content.decode()
    return [text.split(f'"{name}":')[1].split(",")[0] for name in AMOUNTS]


LINES = [{"quantity": 3, "unit_price": 3.3333}, {"quantity": 0.5, "unit_price": 2.5, "description": "half"}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # 3 x 3.3333 = 9.9999 -> 10.00; 0.5 x 2.50 = 1.25
        ({"lines": LINES}, ["11.25", "0.00", "0.00", "0.00", "0.00", "11.25"]),
        ({"lines": LINES, "discount": 1.25, "tip": 2}, ["11.25", "1.25", "0.00", "0.00", "2.00", "12.00"]),
        ({"lines": LINES, "subtotal": 11.25, "total": 11.25}, ["11.25", "0.00", "0.00", "0.00", "0.00", "11.25"]),
        ({"subtotal": 10, "tax": 1.9}, ["10.00", "0.00", "1.90", "0.00", "0.00", "11.90"]),
        # Prices include the tax.
        ({"subtotal": 10, "tax": 1.6, "total": 10}, ["10.00", "0.00", "1.60", "0.00", "0.00", "10.00"]),
        ({"total": 12, "tax": 2, "delivery_fee": 1}, ["9.00", "0.00", "2.00", "1.00", "0.00", "12.00"]),
        ({"total": 0}, ["0.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
        ({"total": 999999999999.99}, ["999999999999.99", "0.00", "0.00", "0.00", "0.00", "999999999999.99"]),
        ({"subtotal": "0.10", "tip": "0.20"}, ["0.10", "0.00", "0.00", "0.00", "0.20", "0.30"]),
    ],
)
def test_amounts_left_out_are_worked_out_to_the_cent(client, given, expected):
    answer = client.post(ORDERS, an_order(**given))
    assert (answer.status_code, amounts(answer)) == (201, expected)
    assert amounts(client.get(f"{ORDERS}/{answer.json()['id']}")) == expected


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "total"),
        ({"lines": []}, "total"),
        ({"lines": LINES, "subtotal": 11.24}, "subtotal"),
        ({"lines": LINES, "total": 11.26}, "total"),
        ({"lines": LINES, "discount": 11.26}, "discount"),
        ({"subtotal": 5, "total": 4}, "total"),
        ({"total": 1, "tip": 2}, "total"),
        ({"lines": [{"unit_price": 1, "total": 1.01}]}, "lines.0.total"),
        ({"lines": [LINES[0], {"unit_price": -1}]}, "lines.1.unit_price"),
        ({"lines": [{"unit_price": 1, "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"quantity": 1}]}, "lines.0.unit_price"),
        ({"lines": [{"unit_price": 999999999999, "quantity": 99999999999}]}, "lines.0.total"),
        ({"lines": [{"unit_price": 999999999999}] * 2}, "subtotal"),
        ({"lines": [{"unit_price": 0}] * 501}, "lines"),
        ({"lines": "none"}, "lines"),
        ({"total": -0.01}, "total"),
        ({"total": 0.001}, "total"),
        ({"total": 1e12}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": "Infinity"}, "total"),
        ({"total": "1e3"}, "total"),
        ({"total": "１"}, "total"),
        ({"total": True}, "total"),
        ({"total": None}, "total"),
        ({"total": 1, "placed_at": "2026-03-10T13:00:00"}, "placed_at"),
        ({"total": 1, "placed_at": "9999-12-31T23:59:59-12:00"}, "placed_at"),
        ({"total": 1, "placed_at": "2026-02-30T00:00:00Z"}, "placed_at"),
        ({"total": 1, "placed_at": 0}, "placed_at"),
        ({"total": 1, "number": ""}, "number"),
        ({"total": 1, "number": "x" * 101}, "number"),
        ({"total": 1, "status": "shipped"}, "status"),
        ({"total": 1, "status": "accepted", "accepted_at": "2026-03-10T11:59:59Z"}, "accepted_at"),
        ({"total": 1, "status": "pending", "completed_at": "2026-03-11T00:00:00Z"}, "status"),
        ({"total": 1, "customer": "2"}, "customer"),
        ({"total": 1, "customer": 2}, "customer"),
        ({"total": 1, "customer": "00000000-0000-0000-0000-000000000000"}, "customer"),
    ],
)
def test_what_does_not_add_up_is_refused_by_name_and_nothing_is_written(client, given, field):
    answer = client.post(ORDERS, an_order(**given))
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert field in answer.json()["error"]["details"]["fields"]
    assert (Order._base_manager.count(), OrderLine._base_manager.count()) == (0, 0)


def test_a_row_of_another_organization_is_as_absent_as_one_that_never_was(client, laundry, clinic):
    absent = "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90"
    theirs = {
        "customer": make_customer(clinic).pk,
        "partner": make_partner(clinic).pk,
        "lines.0.product": make_product(clinic).pk,
    }
    for field, row_id in theirs.items():
        answers = []
        for value in (str(row_id), absent):
            body = an_order(total=0) if "." not in field else an_order(lines=[{"unit_price": 0, "product": value}])
            answers.append(client.post(ORDERS, {**body, **({} if "." in field else {field: value})}))
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].content == answers[1].content
        assert list(answers[0].json()["error"]["details"]["fields"]) == [field]
    order = str(make_order(clinic).pk)
    for path, body in {
        "payments": {"method": "cash", "amount": 1, "paid_at": PLACED},
        "refunds": {"amount": 1, "refunded_at": PLACED},
        "reviews": {"rating": 1, "reviewed_at": PLACED},
        "issues": {"kind": "lost", "reported_at": PLACED},
    }.items():
        answers = [client.post(f"/api/{path}", {**body, "order": value}) for value in (order, absent)]
        assert [(answer.status_code, error_code(answer)) for answer in answers] == [(400, "INVALID_PARAMETER")] * 2
        assert answers[0].content == answers[1].content


def test_only_the_fields_of_an_order_are_written(client, laundry, clinic):
    body = an_order(
        total=1,
        organization=str(clinic.pk),
        organization_id=str(clinic.pk),
        id="00000000-0000-0000-0000-000000000001",
        created_at="2000-01-01T00:00:00Z",
        is_staff=True,
        payments=[{"amount": 5}],
    )
    answer = client.post(ORDERS, body)
    assert answer.status_code == 201
    order = Order._base_manager.get()
    assert (order.organization, str(order.pk)) == (laundry, answer.json()["id"])
    assert str(order.pk) != "00000000-0000-0000-0000-000000000001"
    assert order.created_at.year == timezone.now().year
    assert not Payment._base_manager.exists()


def test_the_same_external_id_is_recorded_once(client):
    body = an_order(external_id="shop-1", lines=[*LINES, LINES[1]])
    first, again = client.post(ORDERS, body), client.post(ORDERS + "/", {**body, "lines": body["lines"][::-1]})
    assert [first.status_code, again.status_code] == [201, 200]
    assert again.json() == first.json()
    assert (Order._base_manager.count(), OrderLine._base_manager.count()) == (1, 3)


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"number": "1002"}, ["number"]),
        ({"tip": 1}, ["tip", "total"]),
        ({"lines": LINES[:1]}, ["subtotal", "total"]),
        ({"lines": [{"quantity": 1, "unit_price": 11.25}]}, ["lines"]),
        ({"lines": [LINES[0], {**LINES[1], "description": "other"}]}, ["lines"]),
        ({"channel": "app", "placed_at": "2026-03-10T13:00:01+01:00"}, ["channel", "placed_at"]),
    ],
)
def test_the_same_external_id_with_other_content_is_a_conflict_and_changes_nothing(client, change, differing):
    body = an_order(external_id="shop-1", lines=LINES)
    first = client.post(ORDERS, body).json()
    answer = client.post(ORDERS, {**body, **change})
    assert (answer.status_code, error_code(answer)) == (409, "CONFLICT")
    details = answer.json()["error"]["details"]
    assert (details["external_id"], details["id"], details["differing"]) == ("shop-1", first["id"], differing)
    assert client.get(f"{ORDERS}/{first['id']}").json() == first


def test_the_external_id_of_a_line_is_unique_too(client):
    taken = {"unit_price": 1, "external_id": "line-1"}
    assert client.post(ORDERS, an_order(lines=[taken])).status_code == 201
    answer = client.post(ORDERS, an_order(lines=[taken]))
    assert (answer.status_code, error_code(answer)) == (409, "CONFLICT")
    assert Order._base_manager.count() == 1


def test_one_external_id_may_be_used_by_every_organization(cast, laundry, clinic):
    body = an_order(external_id="shop-1", total=1)
    assert [client_of(user).post(ORDERS, body).status_code for user in (cast.owner, cast.stranger)] == [201, 201]


def keyed(client, body, key="k-1", path=ORDERS):
    return client.post(path, body, headers={"Idempotency-Key": key})


def test_a_key_gives_its_answer_again_instead_of_a_second_order(client):
    body = an_order(total=12.5)
    first = keyed(client, body)
    again = keyed(client, {"total": 12.5, "placed_at": PLACED, "number": "1001"}, path=ORDERS + "/")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Order._base_manager.count() == 1


def test_a_key_belongs_to_its_request_its_user_and_its_organization(cast, client, laundry):
    assert keyed(client, an_order(total=1)).status_code == 201
    refused = [keyed(client, an_order(total=2)), keyed(client, {"name": "x"}, path="/api/partners")]
    assert [(answer.status_code, error_code(answer)) for answer in refused] == [(409, "CONFLICT")] * 2
    assert Order._base_manager.count() == 1
    assert keyed(client_of(cast.owner), an_order(total=2)).status_code == 201
    assert keyed(client_of(cast.stranger), an_order(total=3)).status_code == 201
    assert KeptAnswer._base_manager.count() == 3


def test_a_key_goes_with_any_body_that_can_be_read(client):
    odd = {"number": "1", "placed_at": "2026-03-10T13:00:00+23:59", "total": 1, "\ud800": 10**30, "x": {"y": [1.5]}}
    sent = {"data": json.dumps(odd), "content_type": "application/json", "headers": {"Idempotency-Key": "k"}}
    first, again = (client.generic("POST", ORDERS, **sent) for _ in range(2))
    assert (first.status_code, again["Idempotent-Replayed"]) == (201, "true")


def test_what_was_refused_is_not_kept(client):
    assert keyed(client, an_order(total=-1)).status_code == 400
    assert keyed(client, an_order(total=1)).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a b", "ü", "a\x00"])
def test_a_key_has_to_be_printable(client, key):
    answer = keyed(client, an_order(total=1), key=key)
    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["Idempotency-Key"])


def test_answers_are_kept_for_a_day(client, laundry, clinic):
    keyed(client, an_order(total=1))
    kept_at = KeptAnswer._base_manager.get().created_at
    with organization_context(laundry.pk):
        assert forget_old_answers(now=kept_at + KEPT_FOR) == 0
    with time_machine.travel(kept_at + KEPT_FOR + datetime.timedelta(seconds=1)):
        forget_answers_of_every_organization()
    assert KeptAnswer._base_manager.count() == 0


def test_an_order_moves_on(client, laundry):
    order = make_order(laundry, status="pending")
    path = f"{ORDERS}/{order.pk}"
    assert client.patch(path, {"status": "accepted", "accepted_at": "2026-03-10T12:30:00Z"}).status_code == 200
    answer = client.patch(path + "/", {"status": "completed", "number": "other", "total": 5, "customer": "x"})
    assert answer.status_code == 200
    stored = Order._base_manager.get()
    assert (stored.status, stored.number, stored.total) == ("completed", order.number, order.total)
    assert stored.accepted_at == NOON + datetime.timedelta(minutes=30)
    assert abs(stored.completed_at - timezone.now()) < datetime.timedelta(minutes=5)
    assert stored.updated_at > order.updated_at
    again = client.patch(path, {"status": "completed"})
    assert again.json()["completed_at"] == answer.json()["completed_at"]
    back = client.patch(path, {"status": "cancelled", "cancelled_at": "2026-03-11T00:00:00Z"})
    assert (back.json()["completed_at"], back.json()["cancelled_at"]) == (None, "2026-03-11T00:00:00Z")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": "gone"}, "status"),
        ({"status": None}, "status"),
        ({"accepted_at": "2026-03-10T11:00:00Z"}, "accepted_at"),
        ({"completed_at": "2026-03-10T13:00:00Z"}, "completed_at"),
        ({"status": "pending", "accepted_at": "2026-03-10T13:00:00Z"}, "accepted_at"),
        ({"accepted_at": "soon"}, "accepted_at"),
    ],
)
def test_progress_that_contradicts_itself_is_refused(client, laundry, changes, field):
    order = make_order(laundry)
    before = Order._base_manager.values().get()
    answer = client.patch(f"{ORDERS}/{order.pk}", changes)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert field in answer.json()["error"]["details"]["fields"]
    assert Order._base_manager.values().get() == before


@pytest.mark.parametrize("order_id", ["0", "1e3", "abc", "1%00", "00000000-0000-0000-0000-000000000000", "x" * 3000])
def test_an_id_that_is_none_is_not_found(client, laundry, order_id):
    make_order(laundry)
    answers = [client.get(f"{ORDERS}/{order_id}"), client.patch(f"{ORDERS}/{order_id}", {"status": "ready"})]
    assert [(answer.status_code, error_code(answer)) for answer in answers] == [(404, "NOT_FOUND")] * 2


def a_refund(order, amount, **fields):
    return {"order": str(order.pk), "amount": amount, "refunded_at": PLACED, **fields}


def test_an_order_gives_back_no_more_than_it_came_to(client, laundry):
    order = make_order(laundry, total=Decimal("10.00"))
    make_refund(laundry, order=order, amount=Decimal("4.00"))
    too_much = client.post("/api/refunds", a_refund(order, 6.01))
    assert (too_much.status_code, too_much.json()["error"]["message"]) == (400, "amount: Of this order 6.00 remains.")
    assert client.post("/api/refunds", a_refund(order, 6, external_id="r-1")).status_code == 201
    assert client.post("/api/refunds", a_refund(order, 6, external_id="r-1")).status_code == 200
    assert client.post("/api/refunds", a_refund(order, 0.01)).status_code == 400
    assert sorted(Refund._base_manager.values_list("amount", flat=True)) == [Decimal("4.00"), Decimal("6.00")]


def test_a_refund_without_an_order_may_name_its_customer(client, laundry):
    customer, order = make_customer(laundry), make_order(laundry)
    unlinked = {"customer": str(customer.pk), "amount": 99, "refunded_at": PLACED}
    assert client.post("/api/refunds", unlinked).status_code == 201
    both = client.post("/api/refunds", {**unlinked, "order": str(order.pk), "amount": 1})
    assert (both.status_code, error_code(both)) == (400, "INVALID_PARAMETER")
    assert set(both.json()["error"]["details"]["fields"]) == {"order", "customer"}


def test_money_is_written_digit_by_digit(client, laundry):
    make_order(laundry, total=Decimal("999999999999.99"))
    assert b'"total":999999999999.99,' in client.get(ORDERS).content


def test_a_refusal_says_what_would_do(client):
    answer = client.post(ORDERS, an_order(subtotal=4, total=5, status="done"), format="json")
    assert answer.json()["error"]["details"]["fields"]["status"] == [
        "Give one of pending, accepted, rejected, in_progress, ready, completed, cancelled, no_show."
    ]
    answer = client.post(ORDERS, an_order(subtotal=4, total=5), format="json")
    assert answer.json()["error"]["message"] == "total: It comes to 4.00."
    answer = client.get(ORDERS, {"status": "done"})
    assert answer.json()["error"]["message"].startswith("status: Give one of pending, accepted,")
