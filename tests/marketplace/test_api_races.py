"""The same thing told twice at once, over real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from apps.accounts.idempotency import Answer, answer_once
from apps.accounts.models import KeptAnswer
from apps.core.context import organization_context
from apps.marketplace.models import Order, Partner, Refund
from tests.api.clients import client_of
from tests.builders import make_order

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def all_at_once(send) -> list:
    """Call `send(number)` in threads that begin together; return the answers."""
    together = threading.Barrier(AT_ONCE)

    def run(number):
        together.wait(timeout=60)
        try:
            return send(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_one_external_id_told_at_once_is_one_order(cast, laundry):
    clients = [client_of(cast.analyst) for _ in range(AT_ONCE)]
    body = {"number": "1", "placed_at": "2026-03-10T12:00:00Z", "external_id": "x", "lines": [{"unit_price": 2}]}
    answers = all_at_once(lambda number: clients[number].post("/api/orders", body))
    assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
    assert len({answer.content for answer in answers}) == 1
    assert Order._base_manager.count() == 1


def test_one_key_sent_at_once_is_one_row_and_one_answer(cast, laundry):
    clients = [client_of(cast.analyst) for _ in range(AT_ONCE)]
    key = {"Idempotency-Key": "k"}
    answers = all_at_once(lambda number: clients[number].post("/api/partners", {"name": "P"}, headers=key))
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.content for answer in answers}) == 1
    assert Partner._base_manager.count() == 1


def test_the_second_request_of_a_key_waits_for_the_first_and_takes_over_when_it_fails(cast, laundry):
    begun, produced = threading.Event(), []
    asked = {"organization_id": laundry.pk, "user_id": cast.owner.pk, "key": "k", "request": b"x"}

    def first():
        begun.set()
        while not waiting_for_another():
            pass
        raise RuntimeError("the first one fails")

    def second():
        produced.append(1)
        return Answer(status=201, body=b"{}")

    def ask(produce):
        try:
            with organization_context(laundry.pk):
                return answer_once(**asked, produce=produce)
        except RuntimeError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(ask, first)
        assert begun.wait(timeout=60)
        taking_over = pool.submit(ask, second)
        assert isinstance(failing.result(timeout=60), RuntimeError)
        assert taking_over.result(timeout=60) == Answer(status=201, body=b"{}", replayed=False)
    assert (produced, KeptAnswer._base_manager.count()) == ([1], 1)


def waiting_for_another() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
        return cursor.fetchone()[0] > 0


def test_refunds_at_once_never_exceed_the_order(cast, laundry):
    order = make_order(laundry, total=Decimal("10.00"))
    clients = [client_of(cast.analyst) for _ in range(AT_ONCE)]
    body = {"order": str(order.pk), "amount": 4, "refunded_at": "2026-03-10T12:00:00Z"}
    answers = all_at_once(lambda number: clients[number].post("/api/refunds", body))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 400, 400]
    assert sum(Refund._base_manager.values_list("amount", flat=True)) == Decimal("8.00")
