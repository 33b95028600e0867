"""Reports over HTTP: asked for, polled, downloaded, handed on."""

import hashlib
import json

import pytest

from apps.core.context import organization_context
from apps.reports import services
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportDownload
from tests.analytics.metrics.example_day import write_example_day
from tests.analytics.records import refresh
from tests.api.clients import client_of, error_code

DAY = {"start_date": "2026-03-10", "end_date": "2026-03-10"}


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def facts_of_a_day(laundry):
    write_example_day(laundry)
    refresh(laundry)


@pytest.fixture
def queue(monkeypatch):
    """Hold what would go to the queue."""
    held = []
    monkeypatch.setattr(services, "enqueue", held.append)
    return held


@pytest.fixture
def asked(cast, facts_of_a_day, queue, django_capture_on_commit_callbacks):
    """Ask, work as a worker would, and return the report as it is then."""

    def ask(client=None, **body):
        client = client or client_of(cast.analyst)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/api/reports/generate", {"report_type": "customers", **body})
        assert answer.status_code == 202, answer.json()
        (report_id,) = queue
        queue.clear()
        generate(report_id)
        return client.get(answer["Location"]).json()

    return ask


def files_by(report, key="audience"):
    return {file[key]: file for file in report["files"]}


def test_a_report_is_asked_for_polled_and_downloaded(cast, facts_of_a_day, queue, django_capture_on_commit_callbacks):
    client = client_of(cast.analyst)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/api/reports/generate", {"report_type": "revenue", "formats": ["csv", "xlsx"], **DAY})
    waiting = answer.json()
    assert (answer.status_code, answer["Location"], answer["Retry-After"]) == (
        202, f"/api/reports/{waiting['id']}", "2",
    )  # fmt: skip
    assert (waiting["status"], waiting["progress"], waiting["files"]) == (
        "queued", {"percent": 0, "stage": "waiting for a worker"}, [],
    )  # fmt: skip
    assert [str(report_id) for report_id in queue] == [waiting["id"]]
    generate(queue[0])
    done = client.get(answer["Location"]).json()
    assert (done["status"], done["progress"], done["error"]) == ("succeeded", None, "")
    assert done["parameters"] == {"compare": "previous_period", "refund_basis": "refund_day", "filters": {}}
    for file in done["files"]:
        taken = client.get(file["url"])
        content = b"".join(taken.streaming_content)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    listed = client.get("/api/reports", {"status": "succeeded", "report_type": "revenue"}).json()["results"]
    assert [row["id"] for row in listed] == [done["id"]]
    assert client.get("/api/reports", {"status": "failed"}).json()["results"] == []


def test_the_same_request_with_its_key_makes_one_report(cast, queue, laundry, django_capture_on_commit_callbacks):
    client = client_of(cast.analyst)
    headers = {"Idempotency-Key": "once"}
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post("/api/reports/generate", {"report_type": "orders", **DAY}, headers=headers)
        again = client.post("/api/reports/generate", {"report_type": "orders", **DAY}, headers=headers)
        other = client.post("/api/reports/generate", {"report_type": "revenue", **DAY}, headers=headers)
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert (again["Location"], again["Idempotent-Replayed"]) == (first["Location"], "true")
    assert (other.status_code, error_code(other)) == (409, "CONFLICT")
    assert len(queue) == 1
    with organization_context(laundry.pk):
        assert AnalyticsReport.objects.count() == 1


def test_who_may_not_see_contact_details_gets_the_file_without_them(cast, asked, laundry):
    report = asked(formats=["json"], **DAY)
    assert set(files_by(report)) == {"full", "masked"}
    viewer = client_of(cast.viewer)
    seen = viewer.get(f"/api/reports/{report['id']}").json()
    assert set(files_by(seen)) == {"masked"}
    assert viewer.get(files_by(seen)["masked"]["url"]).getvalue()
    refused = viewer.get(files_by(report)["full"]["url"])
    assert (refused.status_code, error_code(refused)) == (404, "NOT_FOUND")
    with organization_context(laundry.pk):
        assert [str(taken.user) for taken in ReportDownload.objects.all()] == ["viewer@laundry.example"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"report_type": "gossip"}, "report_type"),
        ({}, "report_type"),
        ({"report_type": "revenue", "formats": []}, "formats"),
        ({"report_type": "revenue", "formats": ["docx"]}, "formats.0"),
        ({"report_type": "revenue", "timeframe": "7d", **DAY}, "timeframe"),
        ({"report_type": "revenue", "start_date": "2026-03-10", "end_date": "2026-03-09"}, "start_date"),
        ({"report_type": "revenue", "compare": "last_life"}, "compare"),
        ({"report_type": "revenue", "filters": {"moon": ["full"]}}, "filters"),
        ({"report_type": "revenue", "filters": {"channel": ["pigeon"]}}, "filters.channel"),
        ({"report_type": "customers", "filters": {"channel": ["web"]}}, "filters.channel"),
        (
            {"report_type": "revenue", "filters": {"channel": ["web"], "payment_method": ["card"], "segment": ["vip"]}},
            "filters",
        ),
        ({"report_type": "revenue", "limit": 5}, "limit"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_asked_names_its_field_and_makes_nothing(cast, laundry, queue, body, field):
    answer = client_of(cast.analyst).post("/api/reports/generate", body)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert field in answer.json()["error"]["details"]["fields"]
    with organization_context(laundry.pk):
        assert not AnalyticsReport.objects.exists()


def test_a_queued_report_can_be_stopped_once(cast, laundry, queue):
    client = client_of(cast.analyst)
    address = client.post("/api/reports/generate", {"report_type": "orders", **DAY})["Location"]
    assert client.post(f"{address}/cancel").json()["status"] == "cancelled"
    again = client.post(f"{address}/cancel")
    assert (again.status_code, error_code(again)) == (409, "CONFLICT")


def test_an_address_is_shown_once_listed_without_its_secret_and_ended(cast, asked):
    client = client_of(cast.analyst)
    file = files_by(asked(formats=["csv"], report_type="revenue", **DAY))["masked"]
    made = client.post(f"{file['url']}/links", {"recipient": "board"})
    assert made.status_code == 201
    url = made.json()["url"]
    assert client_of().get(url).getvalue()
    listed = client.get(f"{file['url']}/links").json()["results"]
    assert [(link["recipient"], link["created_by"], link["is_open"]) for link in listed] == [
        ("board", "analyst@laundry.example", True)
    ]
    assert url.rpartition("/")[2] not in json.dumps(listed)
    assert client.delete(f"{file['url']}/links/{listed[0]['id']}").status_code == 204
    assert client_of().get(url).status_code == 404
    past = client.post(f"{file['url']}/links", {"expires_at": "2020-01-01T00:00:00Z"})
    assert (past.status_code, list(past.json()["error"]["details"]["fields"])) == (400, ["expires_at"])


def test_the_reports_are_listed_with_what_they_tell_and_can_be_filtered_by(cast):
    found = {one["key"]: one for one in client_of(cast.viewer).get("/api/reports/types").json()["results"]}
    assert list(found) == [
        "executive_summary", "revenue", "orders", "partners", "customers", "product_performance",
    ]  # fmt: skip
    assert found["revenue"]["figures"][0] == "total_revenue"
    assert {"partner", "channel", "category"} <= set(found["revenue"]["filters"])
    assert all(one["title"] and one["about"] for one in found.values())
