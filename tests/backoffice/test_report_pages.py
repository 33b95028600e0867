"""Asking for a report in the admin, watching it, taking its files, and handing them on."""

import re

import pytest
from django.urls import reverse

from apps.core.context import organization_context
from apps.reports import services
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportDownload, ReportFile, ReportLink
from tests.analytics.metrics.example_day import write_example_day
from tests.analytics.records import refresh
from tests.api.clients import client_of
from tests.backoffice.rows import nothing_changes
from tests.builders import make_partner, make_report, make_report_file

pytestmark = pytest.mark.django_db

ADD = reverse("admin:reports_analyticsreport_add")
ASKED = {
    "report_type": "customers",
    "timeframe": "",
    "start_date": "2026-03-10",
    "end_date": "2026-03-10",
    "compare": "previous_period",
    "refund_basis": "refund_day",
    "formats": ["csv"],
}


@pytest.fixture
def queue(monkeypatch):
    held = []
    monkeypatch.setattr(services, "enqueue", held.append)
    return held


@pytest.fixture
def analyst(staff_cast, laundry, sign_in):
    return sign_in(staff_cast.analyst, laundry)


def page_of(report):
    return reverse("admin:reports_analyticsreport_change", args=[report.pk])


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def read(organization, model=AnalyticsReport, **fields):
    with organization_context(organization.pk):
        return model.objects.get(**fields)


def test_a_report_is_asked_for_watched_taken_and_handed_on(analyst, laundry, queue, django_capture_on_commit_callbacks):
    write_example_day(laundry)
    refresh(laundry)
    with django_capture_on_commit_callbacks(execute=True):
        asked = analyst.post(ADD, ASKED)
    report = read(laundry)
    assert (asked.status_code, asked["Location"]) == (302, page_of(report))
    assert "Waiting for a worker" in text_of(analyst.get(page_of(report)))
    progress = reverse("admin:reports_analyticsreport_progress", args=[report.pk])
    assert analyst.get(progress).json() == {
        "status": "queued", "at_work": True, "percent": 0, "stage": "Waiting for a worker", "rows": "",
    }  # fmt: skip
    generate(queue[0])
    assert analyst.get(progress).json()["at_work"] is False

    file = read(laundry, ReportFile, audience="full")
    shown = text_of(analyst.get(page_of(report)))
    assert file.sha256 in shown
    assert "With contact details" in shown
    assert "Returning customer rate" in shown
    assert "Who took it" not in shown
    taken = analyst.get(reverse("admin:reports_file", args=[report.pk, file.pk]))
    assert len(taken.getvalue()) == file.size
    assert "analyst@laundry.example" in text_of(analyst.get(page_of(report))).partition("Who took it")[2]

    analyst.post(reverse("admin:reports_make_link", args=[report.pk, file.pk]), {"recipient": "the board"})
    first, again = (text_of(analyst.get(page_of(report))) for _look in range(2))
    (address,) = re.findall(r"http://testserver(/reports/[^<]+)<", first)
    assert address not in again, "an address is shown once"
    assert client_of().get(address).getvalue()
    assert "By the link for the board" in text_of(analyst.get(page_of(report)))
    link = read(laundry, ReportLink)
    analyst.post(reverse("admin:reports_revoke_link", args=[report.pk, link.pk]))
    assert client_of().get(address).status_code == 404


def test_a_viewer_sees_and_takes_what_has_no_contact_details_and_changes_nothing(staff_cast, laundry, sign_in):
    report = make_report(laundry)
    masked = make_report_file(report, name="Masked.csv")
    full = make_report_file(report, audience="full", name="Full.csv")
    viewer = sign_in(staff_cast.viewer, laundry)
    shown = text_of(viewer.get(page_of(report)))
    assert "Masked.csv" in shown
    assert "Full.csv" not in shown
    assert "Make a link" not in shown
    assert viewer.get(reverse("admin:reports_file", args=[report.pk, masked.pk])).getvalue()
    assert viewer.get(reverse("admin:reports_file", args=[report.pk, full.pk])).status_code == 404
    with nothing_changes():
        assert viewer.post(ADD, ASKED).status_code == 403
        for name, row in (("make_link", masked), ("revoke_link", masked)):
            assert viewer.post(reverse(f"admin:reports_{name}", args=[report.pk, row.pk])).status_code == 403
    with organization_context(laundry.pk):
        assert ReportDownload.objects.count() == 1


def test_one_row_is_not_said_as_many(analyst, laundry):
    report = make_report(laundry)
    for format_, rows in (("csv", 0), ("json", 1), ("xlsx", 1200)):
        make_report_file(report, format=format_, rows=rows)
    shown = text_of(analyst.get(page_of(report)))
    assert re.findall(r"[\d,]+ rows?\b", shown) == ["0 rows", "1 row", "1,200 rows"]


def test_a_report_can_be_stopped(analyst, laundry):
    report = make_report(laundry)
    analyst.post(reverse("admin:reports_analyticsreport_cancel", args=[report.pk]))
    assert read(laundry, pk=report.pk).status == "cancelled"
    assert "This report was cancelled" in text_of(analyst.get(page_of(report)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start_date": "", "end_date": ""}, "Choose a period, or give the days."),
        ({"start_date": "2026-03-11"}, "is after end_date"),
        ({"formats": []}, "This field is required."),
        ({"report_type": "gossip"}, "Select a valid choice"),
        ({"report_type": "customers", "channel": ["web"]}, "are not kept by channel"),
    ],
    ids=["no period", "upside down", "no format", "no such report", "not kept by"],
)
def test_what_cannot_be_asked_is_said_at_its_field(analyst, laundry, changes, told):
    answer = analyst.post(ADD, {**ASKED, **changes})
    assert answer.status_code == 200
    assert told in text_of(answer)
    with organization_context(laundry.pk):
        assert not AnalyticsReport.objects.exists()


def test_a_period_by_its_name_and_filters_are_asked_as_they_are_called(analyst, laundry, queue):
    partner = make_partner(laundry)
    analyst.post(ADD, {**ASKED, "report_type": "revenue", "timeframe": "mtd", "start_date": "", "end_date": "",
                       "partner": [str(partner.pk)]})  # fmt: skip
    report = read(laundry)
    assert report.parameters["step"] == "month"
    assert report.parameters["filters"] == {"partner": [str(partner.pk)]}
    assert partner.name in text_of(analyst.get(page_of(report)))


def test_a_failed_report_says_why(analyst, laundry):
    report = make_report(laundry, status="failed", error="There is no room left.")
    shown = text_of(analyst.get(page_of(report)))
    assert "The report could not be made" in shown
    assert "There is no room left." in shown
