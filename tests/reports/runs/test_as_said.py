"""Reports of an instant of the past."""

import json

import pytest
from openpyxl import load_workbook

from apps.accounts.models import Role
from apps.core.context import organization_context
from apps.core.files import open_stored
from apps.reports.administration.forms import ReportForm
from apps.reports.generation import generate
from apps.reports.models import ReportStatus, ReportType
from apps.reports.schedules.serializers import ScheduleSerializer
from tests.analytics.metrics.retold import KNOWN, SINCE, at, retell, say
from tests.analytics.records import HOUR
from tests.api.clients import client_of, error_code
from tests.builders import make_member

BODY = {"report_type": "revenue", "start_date": str(KNOWN.first), "end_date": str(KNOWN.last)}
LINE = "As said on 12 Mar 2026, 23:59 (America/New_York)"


@pytest.fixture
def analyst(laundry, files_dir):
    say(laundry)
    retell(laundry)
    with at(SINCE + HOUR):
        yield make_member(laundry, role=Role.ANALYST, email="analyst@laundry.example")


def made(analyst, laundry, **changes):
    answer = client_of(analyst).post("/api/reports/generate", {**BODY, **changes}, format="json")
    assert answer.status_code == 202, answer.content
    report = generate(answer.json()["id"])
    assert report.status == ReportStatus.SUCCEEDED
    return report


def document(report):
    with organization_context(report.organization_id):
        file = report.files.first()
    with open_stored(file.organization_id, file.stored_name) as content:
        return json.loads(content.read())


@pytest.mark.parametrize("report_type", ReportType.values)
def test_every_report_says_of_which_instant_it_is_and_what_it_cannot_know(analyst, laundry, report_type):
    asked = {"report_type": report_type, "formats": ["json"]}
    now, then = (document(made(analyst, laundry, **asked, **more)) for more in ({}, {"as_of": "2026-03-12"}))
    assert (now["as_said"], then["as_said"]) == (None, LINE)
    assert now["figures"] != then["figures"]
    assert "Restated" not in {fact["label"] for fact in then["facts"]}
    unknown = [section for section in then["sections"] if section["key"] == "unknown"]
    assert len(unknown) <= 1
    if report_type == "customers":
        assert any("Customer segment" in str(row) for row in unknown[0]["table"]["rows"])


def test_files_of_other_forms_say_it_under_the_title(analyst, laundry):
    with organization_context(laundry.pk):
        report = made(analyst, laundry, as_of="2026-03-12", formats=["xlsx"])
        file = report.files.get()
    with open_stored(file.organization_id, file.stored_name) as content:
        sheet = load_workbook(content).worksheets[0]
    assert LINE in [cell.value for (cell,) in sheet.iter_rows(max_row=4, max_col=1)]


def test_timeframes_of_a_report_are_those_of_then(analyst, laundry):
    body = {"report_type": "revenue", "timeframe": "7d", "as_of": "2026-03-12"}
    found = client_of(analyst).post("/api/reports/generate", body, format="json").json()
    assert (found["start_date"], found["end_date"]) == ("2026-03-06", "2026-03-12")


def test_an_instant_that_nothing_was_said_at_is_refused(analyst, laundry):
    answer = client_of(analyst).post("/api/reports/generate", {**BODY, "as_of": "2026-03-11"}, format="json")
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert list(answer.json()["error"]["details"]["fields"]) == ["as_of"]


def test_the_form_takes_a_day_and_tells_what_is_wrong_with_another(analyst, laundry):
    data = {
        "report_type": "revenue", "timeframe": "7d", "compare": "previous_period", "refund_basis": "refund_day",
        "formats": ["pdf"],
    }  # fmt: skip
    with organization_context(laundry.pk):
        form = ReportForm({**data, "as_of": "2026-03-12"}, organization=laundry)
        assert form.is_valid(), form.errors
        assert (str(form.period), str(form.instant)) == ("2026-03-06 to 2026-03-12", "2026-03-13 03:59:59.999999+00:00")
        for day, words in (("2026-03-14", "is not over"), ("2026-03-11", "since 12 Mar 2026, 08:00")):
            form = ReportForm({**data, "as_of": day}, organization=laundry)
            assert words in form.errors["as_of"][0]


def test_schedules_do_not_take_it():
    assert "as_of" not in ScheduleSerializer().fields
