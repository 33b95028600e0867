"""Every route of the API for every kind of caller, against the committed table in `matrix.py`."""

import re

import pytest
from django.db import transaction

from tests.api.clients import client_of, error_code
from tests.api.conftest import whole_database
from tests.api.matrix import CALLERS, EXPECTED
from tests.api.routes import METHODS, routes

ROUTES = routes("/api/")
METRIC = "total_revenue"
OFFERED = sorted(f"{method} {route.path}" for route in ROUTES for method in route.methods)


def test_every_route_has_its_line_and_every_line_its_route():
    assert sorted(EXPECTED) == OFFERED


def test_every_line_says_what_each_caller_gets():
    assert {name for name, line in EXPECTED.items() if set(line.statuses) != set(CALLERS)} == set()


def send(cast, facts, caller, method, path, line):
    user = getattr(cast, caller.removesuffix(" at home"), None)
    client = client_of(user, organization=None if caller.endswith("at home") else "laundry")
    body = None if line.body is None else line.body(facts)
    return getattr(client, method.lower())(address_of(path, facts, facts.get(line.row, "")), body)


def address_of(path, facts, row):
    told = {"pk": row, "id": row, "key": METRIC}
    return re.sub(r"\{(\w+)\}", lambda name: told.get(name[1]) or facts.get(name[1], name[0]), path)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OFFERED)
def test_each_caller_gets_what_the_table_says_and_denial_changes_nothing(cast, facts, name):
    method, path = name.split(" ")
    line = EXPECTED[name]
    before = whole_database()
    got = {}
    for caller in CALLERS:
        with transaction.atomic():
            answer = send(cast, facts, caller, method, path, line)
            got[caller] = answer.status_code
            if answer.streaming:
                assert b"".join(answer.streaming_content)  # read to its end, the file is closed
            if answer.status_code >= 400:
                assert error_code(answer)
            else:
                transaction.set_rollback(True)
    assert got == line.statuses
    assert whole_database() == before


@pytest.mark.django_db
def test_no_list_shows_a_stranger_anything_of_the_laundry(cast, facts):
    client = client_of(cast.stranger)
    seen = {}
    for name in OFFERED:
        method, path = name.split(" ")
        if method == "GET" and "{" not in path:
            asked = EXPECTED[name].body
            answer = client.get(path, asked(facts) if asked else None, headers={"Accept": "*/*"})
            assert (path, answer.status_code) == (path, 200)
            seen[path] = [fact for fact, row_id in facts.items() if row_id.encode() in answer.content]
    assert len(seen) > 15
    assert set(map(tuple, seen.values())) == {()}


@pytest.mark.django_db
def test_a_method_that_is_not_offered_is_refused_with_its_code(cast, facts):
    client = client_of(cast.owner)
    before = whole_database()
    for route in ROUTES:
        for method in sorted({*METHODS, "OPTIONS"} - route.methods):
            answer = getattr(client, method.lower())(address_of(route.path, facts, facts["order"]))
            assert (route, method, answer.status_code) == (route, method, 405)
            assert error_code(answer) == "METHOD_NOT_ALLOWED"
    assert whole_database() == before
