"""Schedules over HTTP: kept as they are told, refused by field, and run, previewed, paused and resumed."""

import json

import pytest
import time_machine

from apps.core.context import organization_context
from apps.reports.models import ReportSchedule
from apps.reports.schedules.running import run_due_schedules
from tests.api.clients import client_of, error_code
from tests.api.conftest import whole_database
from tests.reports.schedules.sent import at, runs_of

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Weekly revenue",
    "report_type": "revenue",
    "frequency": "weekly",
    "day_of_week": 1,
    "time": "08:00",
    "timezone": "Europe/Berlin",
    "recipients": ["Ada@Partner.example", "ada@partner.example", "viewer@laundry.example"],
    "formats": ["xlsx", "pdf"],
    "timeframe": "last_week",
}
NOW = at("2026-11-18T10:00")


@pytest.fixture
def bad_inputs(reference_data):
    return json.loads((reference_data / "security" / "bad_inputs.json").read_text(encoding="utf-8"))


def test_a_schedule_from_its_making_to_its_end(cast, laundry):
    with time_machine.travel(NOW, tick=False):
        client = client_of(cast.analyst)
        made = client.post("/api/reports/schedules", NEW)
        again = client.post("/api/reports/schedules", NEW, headers={"Idempotency-Key": "one"})
        repeated = client.post("/api/reports/schedules", NEW, headers={"Idempotency-Key": "one"})
        assert (made.status_code, again.json()["id"] == repeated.json()["id"]) == (201, True)
        told = made.json()
        one = f"/api/reports/schedules/{told['id']}"
        assert {name: told[name] for name in ("recipients", "formats", "time", "is_active", "created_by")} == {
            "recipients": ["ada@partner.example", "viewer@laundry.example"],
            "formats": ["pdf", "xlsx"],
            "time": "08:00:00",
            "is_active": True,
            "created_by": cast.analyst.email,
        }
        assert told["next_run_at"] == "2026-11-23T07:00:00Z"
        assert told["sentence"] == "Every Monday at 08:00 CET, last week’s revenue as PDF and Excel to 2 people."

        slots = client.get(f"{one}/next").json()["results"]
        assert len(slots) == 10
        assert slots[0]["slot"] == "2026-11-23T07:00:00Z"
        assert slots[0]["local"].endswith("08:00 CET")
        assert (slots[0]["start_date"], slots[0]["end_date"]) == ("2026-11-16", "2026-11-22")

        changed = client.patch(one, {"time": "09:30", "timezone": "Asia/Kathmandu"}).json()
        assert changed["next_run_at"] == "2026-11-23T03:45:00Z"
        assert changed["sentence"].startswith("Every Monday at 09:30 UTC+05:45")

        assert client.post(f"{one}/pause").json()["paused_reason"] == f"Paused by {cast.analyst.email}."
        assert client.get(one).json()["next_run_at"] is None
        assert client.post(f"{one}/resume").json()["next_run_at"] == "2026-11-23T03:45:00Z"

        assert client.post(f"{one}/preview").json()["is_preview"] is True
        assert client.post(f"{one}/run").status_code == 202
    with time_machine.travel(NOW, tick=False):
        run_due_schedules(now=at("2026-11-23T03:45"))
        runs = client.get(f"{one}/runs", {"ordering": "created_at"}).json()["results"]
        assert [(run["slot"], run["is_preview"]) for run in runs] == [
            (None, True),
            (None, False),
            ("2026-11-23T03:45:00Z", False),
        ]
        assert client.delete(one).status_code == 204
        assert client.get(one).status_code == 404


def refused(client, **fields) -> set[str]:
    """Return the fields that a schedule is refused for."""
    answer = client.post("/api/reports/schedules", NEW | fields)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER"), answer.content
    return set(answer.json()["error"]["details"]["fields"])


def test_hostile_recipients_are_refused_by_their_place(cast, laundry, bad_inputs):
    client = client_of(cast.analyst)
    before = whole_database()
    for case in bad_inputs["email_recipients"]:
        if case["expect"] == "reject_400":
            assert refused(client, recipients=["ada@partner.example", case["value"]]) == {"recipients.1"}, case
    assert refused(client, recipients=[]) == {"recipients"}
    assert refused(client, recipients=[f"a{number}@b.example" for number in range(101)]) == {"recipients"}
    assert whole_database() == before


def test_hostile_names_are_refused_or_kept_as_one_harmless_line(cast, laundry, bad_inputs):
    client = client_of(cast.analyst)
    values = [case["value"] for case in bad_inputs["report_names_and_paths"] + bad_inputs["email_subjects"]]
    for value in values:
        if "\n" in value:
            assert refused(client, name=value) == {"name"}
            continue
        kept = client.post("/api/reports/schedules", NEW | {"name": value}).json()["name"]
        assert kept == value.replace("\u202e", "").replace("\u2028", " ")
    with organization_context(laundry.pk):
        names = ReportSchedule.objects.values_list("name", flat=True)
        assert len(names) == sum("\n" not in value for value in values)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("timezone", "Europe/Atlantis", "timezone"),
        ("timezone", "../../etc/passwd", "timezone"),
        ("timezone", "", "timezone"),
        ("timeframe", "fortnight", "timeframe"),
        ("time", "24:00", "time"),
        ("time", "8:00", "time"),
        ("time", 800, "time"),
        ("day_of_week", 8, "day_of_week"),
        ("day_of_month", 0, "day_of_month"),
        ("day_of_month", 32, "day_of_month"),
        ("frequency", "hourly", "frequency"),
        ("report_type", "everything", "report_type"),
        ("formats", ["exe"], "formats.0"),
        ("formats", [], "formats"),
        ("filters", {"planet": ["Mars"]}, "filters"),
        ("filters", {"partner": ["1 OR 1=1"]}, "filters.partner"),
        ("compare", "tomorrow", "compare"),
        ("refund_basis", "never", "refund_basis"),
        ("name", "   ", "name"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(cast, laundry, field, value, named):
    client = client_of(cast.analyst)
    assert named in {name.split(".")[0] if "." not in named else name for name in refused(client, **{field: value})}
    with organization_context(laundry.pk):
        assert not ReportSchedule.objects.exists()


def test_nobody_writes_what_the_system_keeps(cast, laundry):
    """Nor seems to: who says that a schedule is not active is not told that it was made, and then mails people."""
    client = client_of(cast.analyst)
    kept = {"is_active": False, "failures": 4, "next_run_at": None, "created_by": "x", "recipient": []}
    for name, value in kept.items():
        assert list(refused(client, **{name: value})) == [name]
    with organization_context(laundry.pk):
        assert not ReportSchedule.objects.exists()
    one = f"/api/reports/schedules/{client.post('/api/reports/schedules', NEW).json()['id']}"
    before = client.get(one).json()
    for name, value in kept.items():
        response = client.patch(one, {"name": "Other", name: value})
        assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, [name])
    assert client.get(one).json() == before
    assert before["is_active"] is True
    with organization_context(laundry.pk):
        assert runs_of(ReportSchedule.objects.get()) == []
