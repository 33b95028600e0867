"""Every error below /api has one shape, and tells nothing it should not."""

import json

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client, override_settings

from apps.accounts.endpoints import PlatformEndpoint
from apps.core.rest.errors import error_body, field_errors
from apps.marketplace.models import Partner
from tests.api.clients import client_of, error_code

pytestmark = pytest.mark.django_db

SECRET = "swordfish"


def failing(error):
    def fail(self, request):
        raise error

    return fail


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/partners/a/b", "/api/%00", "/api/orders//"])
def test_an_unknown_address_is_not_found_by_any_method(method, path, debug, settings):
    settings.DEBUG = debug
    answer = getattr(client_of(), method)(path)
    assert (answer.status_code, answer["Content-Type"], error_code(answer)) == (404, "application/json", "NOT_FOUND")


def test_outside_of_the_api_errors_are_pages():
    answer = client_of().get("/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_failure_of_ours_tells_its_id_and_nothing_else(cast, monkeypatch, caplog):
    monkeypatch.setattr("apps.accounts.api.Me.get", failing(ValueError(SECRET)))
    answer = client_of(cast.owner).get("/api/auth/me")
    request_id = answer["X-Request-ID"]
    assert (answer.status_code, error_code(answer)) == (500, "CALCULATION_ERROR")
    assert answer.json()["error"]["details"] == {"request_id": request_id}
    assert SECRET not in answer.content.decode()
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert [SECRET in str(record.exc_info[1]) for record in logged] == [True]


@override_settings(DEBUG=True)
def test_debugging_pages_do_not_replace_the_shape(cast, monkeypatch):
    monkeypatch.setattr("apps.accounts.middleware.no_organization", failing_context)
    answer = client_of(cast.owner).get("/api/auth/me")
    assert (answer.status_code, error_code(answer)) == (500, "CALCULATION_ERROR")
    assert SECRET not in answer.content.decode()


def failing_context():
    raise ValueError(SECRET)


def test_a_host_that_is_not_ours_is_refused_in_shape():
    answer = client_of().get("/api/auth/me", headers={"Host": "evil.example"})
    assert (answer.status_code, error_code(answer)) == (400, "BAD_REQUEST")


def test_without_the_database_the_service_is_unavailable_and_says_when_to_return(cast, monkeypatch):
    client = client_of(cast.owner)
    monkeypatch.setattr("apps.accounts.api.Me.get", failing(OperationalError(SECRET)))
    answer = client.get("/api/auth/me")
    assert (answer.status_code, error_code(answer), answer["Retry-After"]) == (503, "SERVICE_UNAVAILABLE", "5")
    assert SECRET not in answer.content.decode()
    monkeypatch.setattr("apps.accounts.api.Me.get", failing(DatabaseError(SECRET)))
    assert client.get("/api/auth/me").status_code == 500


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_mid_request_is_unavailable_and_the_next_request_works(cast, monkeypatch):
    """PostgreSQL ends the session between authentication and the list, as a restart does."""
    original = PlatformEndpoint.check_permissions
    client = Client(headers={"Authorization": client_of(cast.owner)._credentials["HTTP_AUTHORIZATION"]})

    def lose_connection(self, request):
        original(self, request)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (own,) = cursor.fetchone()
        killer = connection.copy()
        with killer.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
        killer.close()

    with monkeypatch.context() as patched:
        patched.setattr(PlatformEndpoint, "check_permissions", lose_connection)
        answer = client.post("/api/partners", {"name": "lost"}, content_type="application/json")
    assert (answer.status_code, error_code(answer)) == (503, "SERVICE_UNAVAILABLE")
    connection.close_if_unusable_or_obsolete()  # as Django does at the end of each request of a server
    answer = client.get("/api/partners")
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html, application/json;q=0.5", 200),
        ("application/xml", 406),
        ("*/*;q=abc", 406),
        ("*/*;q=2", 406),
        ("application/json;q=nan", 406),
        ("x" * 9000, 406),
    ],
)
def test_answers_are_json_or_nothing(cast, accept, status):
    answer = client_of(cast.owner).get("/api/auth/me", headers={"Accept": accept})
    assert answer.status_code == status
    assert status == 200 or error_code(answer) == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "x" * 500]
)
def test_bodies_are_json_or_refused(cast, content_type):
    answer = client_of(cast.owner).generic("POST", "/api/partners", b"name=x", content_type=content_type)
    assert (answer.status_code, error_code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def send_raw(user, body: bytes, content_type="application/json"):
    return client_of(user).generic("POST", "/api/partners", body, content_type=content_type)


BODIES = {
    "nested arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "nested where a text belongs": b'{"name":' + b"[" * 900 + b"]" * 900 + b"}",
    "NUL": b'{"name":"\\u0000"}',
    "lone surrogate": b'{"name":"\\ud800"}',
    "lone surrogate in a choice": b'{"name":"x","status":"\\ud800"}',
    "array": b"[]",
    "null": b"null",
    "text": b'"x"',
    "number": b"1",
    "UTF-16": '{"name":"x"}'.encode("utf-16"),
    "UTF-7": '{"name":"x"}'.encode("utf-7").replace(b"{", b"+AHs-"),
    "Latin-1": '{"name":"é"}'.encode("latin-1"),
    "not JSON": b"{",
    "NaN": b'{"name":"x","daily_capacity":NaN}',
    "Infinity": b'{"name":"x","daily_capacity":-Infinity}',
    "a number of 5,000 digits": b'{"name":"x","daily_capacity":' + b"9" * 5000 + b"}",
    "a large number": b'{"name":"x","daily_capacity":1e400}',
    "a repeated name": b'{"name":"x","name":"y"}',
    "an object where a text belongs": b'{"name":{"a":1}}',
    "a boolean where a text belongs": b'{"name":true}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_written(cast, laundry, body):
    answer = send_raw(cast.owner, body)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert answer.json()["error"]["details"]["fields"]
    assert not Partner._base_manager.exists()


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "latin-1", "nonsense"])
def test_another_charset_is_refused(cast, charset):
    answer = send_raw(cast.owner, b'{"name":"x"}', f"application/json; charset={charset}")
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")


def test_utf_8_is_taken_by_name(cast):
    assert (
        send_raw(cast.owner, '{"name":"Wäscherei 洗"}'.encode(), "application/json; charset=UTF-8").status_code == 201
    )


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_beyond_the_limit_is_refused(cast):
    answer = send_raw(cast.owner, json.dumps({"name": "x" * 1000}).encode())
    assert (answer.status_code, error_code(answer)) == (413, "PAYLOAD_TOO_LARGE")


def test_nested_errors_are_named_by_their_path():
    detail = {"lines": [{}, {"quantity": ["too small"], "product": ["none"]}], "non_field_errors": ["all wrong"]}
    assert list(field_errors(detail)) == [
        ("lines.1.quantity", "too small"),
        ("lines.1.product", "none"),
        ("body", "all wrong"),
    ]


def test_a_status_without_words_of_its_own_still_has_some():
    codes = [error_body(status)["error"]["code"] for status in (418, 501)]
    assert codes == ["BAD_REQUEST", "CALCULATION_ERROR"]
