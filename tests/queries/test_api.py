"""Exports over HTTP, from the request to the file."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Membership, Role
from apps.core.context import organization_context
from apps.core.files import remove_stored
from apps.queries.datasets import DATASETS
from apps.queries.models import DataExport, ExportEvent
from tests.api.clients import client_of, error_code
from tests.builders import make_customer, make_export, make_order
from tests.queries.conftest import carry_out, reloaded

pytestmark = pytest.mark.django_db
EXPORTS = "/api/queries/exports"


def row_of(organization, export_id):
    with organization_context(organization.pk):
        return DataExport.objects.get(pk=export_id)


def test_from_the_request_to_the_file(cast, laundry):
    make_order(laundry, number="one", status="completed")
    make_order(laundry, number="two")
    client = client_of(cast.analyst)
    asked = client.post(EXPORTS, {"dataset": "orders", "filters": {"status": ["completed"]}, "columns": ["number"]})
    assert asked.status_code == 202
    shown = asked.json()
    assert asked["Location"] == f"{EXPORTS}/{shown['id']}"
    assert (shown["status"], shown["job"]["status"], shown["columns"]) == ("queued", "queued", ["number"])
    assert error_code(client.get(f"{EXPORTS}/{shown['id']}/file")) == "CONFLICT"

    carry_out(row_of(laundry, shown["id"]))
    done = client.get(asked["Location"]).json()
    assert (done["status"], done["rows"], done["job"]["progress"]) == ("succeeded", 1, 100)
    answer = client.get(f"{EXPORTS}/{shown['id']}/file")
    data = b"".join(answer.streaming_content)
    assert data == b'"number"\r\n"one"\r\n'
    assert hashlib.sha256(data).hexdigest() == done["sha256"]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{done["name"]}"'
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    manifest = client.get(f"{EXPORTS}/{shown['id']}/manifest").json()
    assert manifest["file"]["sha256"] == done["sha256"]
    assert manifest["filters"] == done["filters"] == {"status": ["completed"]}
    with organization_context(laundry.pk):
        events = ExportEvent.objects.filter(export_id=shown["id"]).order_by("happened_at")
        assert [(event.action, event.user, event.rows, event.address) for event in events] == [
            ("requested", cast.analyst, 0, "127.0.0.1"),
            ("downloaded", cast.analyst, 1, "127.0.0.1"),
        ]
    assert [row["id"] for row in client.get(EXPORTS).json()["results"]] == [shown["id"]]


def test_the_same_key_is_one_export(cast, laundry):
    client = client_of(cast.analyst)
    body = {"dataset": "orders"}
    first, again = (client.post(EXPORTS, body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert again["Idempotent-Replayed"] == "true"
    other = client.post(EXPORTS, {"dataset": "refunds"}, headers={"Idempotency-Key": "k1"})
    assert error_code(other) == "CONFLICT"
    with organization_context(laundry.pk):
        assert DataExport.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "dataset"),
        ({"dataset": "users"}, "dataset"),
        ({"dataset": "orders", "format": "exe"}, "format"),
        ({"dataset": "orders", "colour": "red"}, "colour"),
        ({"dataset": "orders", "columns": ["password"]}, "columns"),
        ({"dataset": "orders", "filters": []}, "filters"),
        ({"dataset": "orders", "filters": {"customer": "x"}}, "filters.customer"),
        ({"dataset": "orders", "question": {}}, "question"),
        ({"dataset": "metrics"}, "question"),
        ({"dataset": "metrics", "question": {"metrics": ["nothing"]}}, "question.metrics"),
        ({"dataset": "metrics", "question": {"metrics": ["total_revenue"], "x": 1}}, "question.x"),
        ({"dataset": "metrics", "question": {"metrics": ["total_revenue"]}, "filters": {}}, "filters"),
    ],
    ids=range(12),
)
def test_what_cannot_be_exported_is_refused_with_its_name(body, field, cast, laundry):
    answer = client_of(cast.analyst).post(EXPORTS, body)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert field in answer.json()["error"]["details"]["fields"]
    with organization_context(laundry.pk):
        assert not DataExport.objects.exists()


def test_a_limit_is_told_with_429(cast, laundry, settings):
    settings.EXPORT_MAX_OPEN_PER_USER = 1
    client = client_of(cast.analyst)
    assert client.post(EXPORTS, {"dataset": "orders"}).status_code == 202
    answer = client.post(EXPORTS, {"dataset": "orders"})
    assert (answer.status_code, error_code(answer)) == (429, "RATE_LIMITED")
    assert "You have 1 export at work" in answer.json()["error"]["message"]


def test_a_colleague_of_a_lower_role_does_not_get_what_they_may_not_see(cast, laundry):
    make_customer(laundry, email="anna@example.com")
    export = carry_out(row_of(laundry, client_of(cast.owner).post(EXPORTS, {"dataset": "customers"}).json()["id"]))
    for path in ("file", "manifest"):
        given = client_of(cast.analyst).get(f"{EXPORTS}/{export.pk}/{path}")
        assert given.status_code == 200
        assert b"".join(given)
        refused = client_of(cast.viewer).get(f"{EXPORTS}/{export.pk}/{path}")
        assert (refused.status_code, error_code(refused)) == (403, "FORBIDDEN")
    own = carry_out(row_of(laundry, client_of(cast.viewer).post(EXPORTS, {"dataset": "customers"}).json()["id"]))
    answer = client_of(cast.viewer).get(f"{EXPORTS}/{own.pk}/file")
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline=""))
    assert row["email"] == "a***@***"
    with organization_context(laundry.pk):
        taken = ExportEvent.objects.filter(action="downloaded").values_list("user__email", flat=True)
        assert sorted(taken) == ["analyst@laundry.example", "viewer@laundry.example"]


def test_what_somebody_was_found_by_is_not_told_to_those_who_may_not_see_it(cast, laundry):
    make_customer(laundry, name="Anna", email="anna@example.com")
    body = {"dataset": "customers", "columns": ["name"], "filters": {"email": "anna@example.com", "city": ""}}
    export = carry_out(row_of(laundry, client_of(cast.analyst).post(EXPORTS, body).json()["id"]))
    assert (export.rows, export.has_contact_details) == (1, True)
    viewer = client_of(cast.viewer)
    for answer in (viewer.get(f"{EXPORTS}/{export.pk}").json(), *viewer.get(EXPORTS).json()["results"]):
        assert answer["filters"] == {"email": "***", "city": "***"}
    assert error_code(viewer.get(f"{EXPORTS}/{export.pk}/file")) == "FORBIDDEN"
    told = client_of(cast.analyst).get(f"{EXPORTS}/{export.pk}").json()["filters"]
    assert told == {"email": ["anna@example.com"], "city": [""]}


def test_who_may_see_less_when_the_file_is_written_does_not_get_what_was_found_by_more(cast, laundry):
    make_customer(laundry, name="Anna", email="anna@example.com")
    body = {"dataset": "customers", "columns": ["name"], "filters": {"email": "anna@example.com"}}
    asked = client_of(cast.analyst).post(EXPORTS, body).json()
    with organization_context(laundry.pk):
        Membership.objects.filter(user=cast.analyst).update(role=Role.VIEWER)
    carry_out(row_of(laundry, asked["id"]))
    assert error_code(client_of(cast.analyst).get(f"{EXPORTS}/{asked['id']}/file")) == "FORBIDDEN"


def test_an_expired_export_is_gone_at_once_whether_or_not_its_file_was_removed(cast, laundry):
    now = timezone.now()
    client = client_of(cast.owner)
    for export in (make_export(laundry, expires_at=now), make_export(laundry, status="expired", stored_name="")):
        for path in ("file", "manifest"):
            answer = client.get(f"{EXPORTS}/{export.pk}/{path}")
            assert (answer.status_code, error_code(answer)) == (410, "GONE")
    kept = make_export(laundry, expires_at=now + timedelta(days=1))
    remove_stored(laundry.pk, kept.stored_name)
    assert client.get(f"{EXPORTS}/{kept.pk}/file").status_code == 410
    with organization_context(laundry.pk):
        assert not ExportEvent.objects.exists()


def test_cancelling_over_http(cast, laundry):
    client = client_of(cast.analyst)
    address = client.post(EXPORTS, {"dataset": "orders"})["Location"]
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert client.post(f"{address}/cancel").status_code == 409


def test_a_stranger_sees_no_export(cast, laundry):
    export = make_export(laundry)
    stranger = client_of(cast.stranger)
    for path in ("", "/file", "/manifest"):
        assert stranger.get(f"{EXPORTS}/{export.pk}{path}").status_code == 404
    assert stranger.post(f"{EXPORTS}/{export.pk}/cancel").status_code == 404
    assert stranger.get(EXPORTS).json()["results"] == []
    assert reloaded(export).status == "succeeded"


def test_the_datasets_are_listed_with_what_the_role_may_see(cast, laundry):
    def customers(user):
        found = client_of(user).get(f"{EXPORTS}/datasets").json()["results"]
        assert [one["key"] for one in found] == list(DATASETS)
        return next(one for one in found if one["key"] == "customers")

    masked = {column["key"] for column in customers(cast.viewer)["columns"] if column["is_masked"]}
    assert masked == {"email", "phone", "external_id"}
    assert not any(column["is_masked"] for column in customers(cast.analyst)["columns"])
    filters = [{one["key"] for one in customers(user)["filters"]} for user in (cast.analyst, cast.viewer)]
    assert filters[0] - filters[1] == {"email", "phone", "external_id"}
