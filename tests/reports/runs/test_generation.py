"""A run from the request to its files, and everything that can come in between."""

import pytest

from apps.core.context import organization_context
from apps.core.files import open_stored
from apps.core.jobs import latest_job
from apps.reports.generation import generate
from apps.reports.models import ReportFile, ReportType


@pytest.mark.parametrize("report_type", ReportType.values)
def test_every_report_becomes_files_with_size_checksum_and_figures(ask, example_day, kept, report_type):
    report = ask(report_type=report_type, formats=["xlsx", "json"], audiences=["full", "masked"])
    assert report.status == "queued"
    done = generate(report.pk)
    assert (done.status, done.error) == ("succeeded", "")
    with organization_context(example_day.pk):
        files = list(ReportFile.objects.filter(report=done))
    assert {(file.audience, file.format) for file in files} == {
        (audience, format_) for audience in ("full", "masked") for format_ in ("xlsx", "json")
    }
    assert kept() == sorted(file.stored_name for file in files)
    for file in files:
        with open_stored(example_day.pk, file.stored_name) as stored:
            assert len(stored.read()) == file.size > 0
        assert len(file.sha256) == 64
    assert latest_job(done.pk).status == "succeeded"
    assert done.summary["full"]["figures"]
    assert generate(report.pk) is None, "a queue that sends it twice must not generate it twice"


def test_the_summary_has_the_figures_as_people_read_them(ask):
    done = generate(ask(parameters={"compare": "previous_period"}).pk)
    summary = done.summary["full"]
    assert summary["figures"][0] == {
        "key": "total_revenue",
        "label": "Total revenue",
        "value": "USD\xa0120.00",
        "change": "+USD\xa0120.00",
        "tone": "good",
        "arrow": "▲",
        "title": "+USD\xa0120.00 against USD\xa00.00 in 9 Mar 2026",
    }
