"""Uploading, previewing and committing files over HTTP."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.core.context import organization_context
from apps.imports import services, storage
from apps.imports.models import ImportFile, ImportRun
from apps.marketplace.models import Order
from tests.api.clients import client_of, error_code

HEADER = "external_id,customer,ordered_at,amount,currency,status\n"
GOOD = HEADER + "O1,C1,2024-06-01,10.00,USD,paid\nO2,C1,2024-06-02,2.50,USD,pending\n"
MIXED = GOOD + "O3,C1,2024-06-31,1,USD,paid\n"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.IMPORTS_DIR = tmp_path / "imports"
    return settings.IMPORTS_DIR


@pytest.fixture
def client(cast):
    return client_of(cast.analyst)


@pytest.fixture
def queue(monkeypatch):
    """Do queued work when the test says so, as a worker would."""
    jobs = []
    monkeypatch.setattr(services, "_enqueue", jobs.append)

    def work():
        while jobs:
            services.carry_out(job_id=jobs.pop(0))

    return work


def upload(client, content=GOOD, *, name="orders.csv", **fields):
    body = content if isinstance(content, bytes) else content.encode()
    files = SimpleUploadedFile(name, body, content_type="text/csv")
    return client.post("/api/imports", {"files": files, "mapping": "orders", **fields}, format="multipart")


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def orders(organization):
    with organization_context(organization.pk):
        return sorted(Order.objects.values_list("external_id", flat=True))


def run_work(django_capture_on_commit_callbacks, queue, client, address):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address)
    queue()
    return answer


def test_an_upload_is_previewed_and_then_committed(client, laundry, folder, queue, django_capture_on_commit_callbacks):
    uploaded = upload(client)
    assert uploaded.status_code == 201
    run = uploaded.json()
    assert (run["status"], run["files"][0]["name"]) == ("received", "orders.csv")
    (path,) = stored_files(folder)
    assert "orders" not in path.name
    address = f"/api/imports/{run['id']}"

    assert run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/preview").status_code == 202
    shown = client.get(address).json()
    assert (shown["status"], shown["job"]["status"], shown["job"]["progress"]) == ("previewed", "succeeded", 100)
    assert {fact["fact"]: fact["new"] for fact in shown["result"]["facts"]} == {"customer": 1, "order": 2}
    assert orders(laundry) == []

    assert run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/commit").status_code == 202
    shown = client.get(address).json()
    assert (shown["status"], shown["result"]["changed"], shown["rows_read"]) == ("committed", 3, 2)
    assert orders(laundry) == ["O1", "O2"]
    assert stored_files(folder) == []
    assert error_code(client.post(f"{address}/commit")) == "CONFLICT"


def test_the_same_upload_again_gives_the_same_import(client, laundry, folder):
    first = upload(client)
    again = upload(client, name="renamed.csv")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert len(stored_files(folder)) == 1
    assert upload(client, mode="valid_rows").status_code == 201
    with organization_context(laundry.pk):
        assert ImportRun.objects.count() == 2


def test_rejected_rows_are_listed_paged_and_downloaded(client, laundry, queue, django_capture_on_commit_callbacks):
    address = f"/api/imports/{upload(client, MIXED, mode='valid_rows').json()['id']}"
    run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/commit")
    assert orders(laundry) == ["O1", "O2"]
    page = client.get(f"{address}/rejected-rows").json()
    assert [(row["line"], row["column"], row["value"]) for row in page["results"]] == [(4, "ordered_at", "2024-06-31")]
    answer = client.get(f"{address}/rejected-file")
    assert answer["Content-Disposition"].startswith("attachment")
    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert (row["rejected_line"], row["external_id"], row["amount"]) == ("4", "O3", "1")


def test_all_or_nothing_writes_nothing_when_a_row_is_rejected(
    client, laundry, queue, django_capture_on_commit_callbacks
):
    address = f"/api/imports/{upload(client, MIXED).json()['id']}"
    run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/commit")
    assert client.get(address).json()["status"] == "refused"
    assert orders(laundry) == []


def test_a_file_that_is_none_fails_the_import_with_a_clear_error(
    client, folder, queue, django_capture_on_commit_callbacks
):
    address = f"/api/imports/{upload(client, b'<html>').json()['id']}"
    run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/preview")
    shown = client.get(address).json()
    assert shown["status"] == "failed"
    assert "has no column “external_id”" in shown["error"]
    assert stored_files(folder) == []


def test_a_cancelled_import_ends_and_its_files_go(client, folder, queue, django_capture_on_commit_callbacks):
    address = f"/api/imports/{upload(client).json()['id']}"
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert stored_files(folder) == []
    assert error_code(client.post(f"{address}/preview")) == "CONFLICT"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mapping": "ordres"}, "mapping"),
        ({"mapping_text": "title: x"}, "mapping"),
        ({"mode": "some"}, "mode"),
        ({"mapping": ""}, "mapping"),
    ],
)
def test_what_an_upload_says_wrong_is_named(client, folder, fields, field):
    answer = upload(client, **fields)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fields"]) == [field]
    assert stored_files(folder) == []


def test_a_mapping_of_ones_own_is_refused_with_the_place_of_its_mistake(client):
    files = SimpleUploadedFile("a.csv", b"a\n1\n")
    text = "title: mine\nfiles: {rows: {columns: {a: {}}}}\nfacts:\n- {make: custmer, from: rows}\n"
    answer = client.post("/api/imports", {"files": files, "mapping_text": text}, format="multipart")
    assert answer.status_code == 400
    assert "facts[1].make: unknown fact “custmer”" in answer.json()["error"]["message"]
    assert "Did you mean “customer”?" in answer.json()["error"]["message"]


def test_an_upload_without_files_or_of_another_kind_is_refused(client, folder):
    nothing = client.post("/api/imports", {"mapping": "orders"}, format="multipart")
    assert (nothing.status_code, list(nothing.json()["error"]["details"]["fields"])) == (400, ["files"])
    html = client.generic("POST", "/api/imports", GOOD, content_type="text/html")
    assert (html.status_code, error_code(html)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_truncated_upload_is_refused_and_nothing_kept(client, folder, laundry):
    body = (
        '--b\r\nContent-Disposition: form-data; name="mapping"\r\n\r\norders\r\n'
        '--b\r\nContent-Disposition: form-data; name="files"; filename="o.csv"\r\n\r\n' + GOOD
    )
    for sent in (body, body[: len(body) // 2], body + "\r\n--b"):
        answer = client.generic("POST", "/api/imports", sent, content_type="multipart/form-data; boundary=b")
        assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    whole = client.generic(
        "POST", "/api/imports", body + "\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert whole.status_code == 201


def test_an_upload_above_the_limit_is_refused(client, folder, settings):
    settings.IMPORT_MAX_FILE_BYTES = 40
    answer = upload(client)
    assert (answer.status_code, list(answer.json()["error"]["details"]["fields"])) == (400, ["files"])
    settings.IMPORT_MAX_FILE_BYTES = -(1 << 20)
    assert error_code(upload(client)) == "PAYLOAD_TOO_LARGE"
    assert stored_files(folder) == []


def test_a_disk_that_refuses_is_told_and_leaves_nothing(client, folder, laundry, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    answer = upload(client)
    assert "No space left on device" in answer.json()["error"]["message"]
    assert stored_files(folder) == []
    with organization_context(laundry.pk):
        assert not ImportFile.objects.exists()


def test_templates_have_a_header_with_comments_and_an_example_row(client):
    (row,) = csv.DictReader(io.StringIO(client.get("/api/imports/templates/orders.csv").content.decode()))
    assert (row["external_id"], row["status"]) == ("1001", "completed")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/api/imports/templates/orders.xlsx").content))
    assert "Required." in book.active["A1"].comment.text
    assert error_code(client.get("/api/imports/templates/nothing.csv")) == "NOT_FOUND"
    names = [mapping["name"] for mapping in client.get("/api/imports/mappings").json()["results"]]
    assert names == ["bellwether", "olist", "online_retail", "orders", "shopify", "takeaway", "woocommerce"]


def test_who_uploaded_is_kept(client, cast, laundry):
    upload(client)
    with organization_context(laundry.pk):
        assert User.objects.get(pk=ImportRun.objects.get().created_by_id) == cast.analyst


def test_a_run_that_meets_its_workers_time_limit_ends(
    client, laundry, queue, monkeypatch, django_capture_on_commit_callbacks
):
    def too_slow(**_):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(services, "run_import", too_slow)
    address = f"/api/imports/{upload(client).json()['id']}"
    run_work(django_capture_on_commit_callbacks, queue, client, f"{address}/preview")
    shown = client.get(address).json()
    assert (shown["status"], shown["job"]["status"]) == ("failed", "failed")
    assert shown["error"] == "The import could not be worked out; nothing was written. The log has the details."
