"""A run waits for its days to be counted, a while, and says what is missing where they are not."""

import datetime
import io
import json

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, connection
from openpyxl import load_workbook

from apps.analytics.changelog import mark_days
from apps.analytics.upkeep import read_waiting_of
from apps.core.context import organization_context
from apps.core.files import open_stored
from apps.core.jobs import latest_job
from apps.core.periods import Period
from apps.notifications.models import MailMessage
from apps.reports import services, sweeping, waiting
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportFile
from apps.reports.schedules.running import run_due_schedules
from tests.analytics.records import day, refresh, utc
from tests.builders import make_order
from tests.documents.programs import needed, text_of
from tests.reports.schedules.sent import make_schedule, runs_of

MINUTE = datetime.timedelta(minutes=1)
SLOT = utc("2026-03-13T12:00")  # 08:00 in New York
YESTERDAY = utc("2026-03-12T20:00")


@pytest.fixture
def refreshes(monkeypatch):
    """Refreshes that are handed to workers, by organization."""
    handed = []
    monkeypatch.setattr(waiting, "hand_over_refresh", lambda **given: handed.append(given["organization_id"]))
    return handed


@pytest.fixture
def due(example_day, analyst, refreshes):
    """A run of the slot, and three orders of its day that nobody has counted."""
    schedule = make_schedule(
        example_day, analyst, since=SLOT - MINUTE, formats=["pdf", "xlsx", "csv", "json"], timezone="Europe/Berlin",
        time=datetime.time(13),
    )  # fmt: skip
    for _number in range(3):
        make_order(example_day, placed_at=YESTERDAY)
    with time_machine.travel(SLOT, tick=False):
        run_due_schedules(now=SLOT)
    (run,) = runs_of(schedule)
    return run


def made_at(run, instant) -> AnalyticsReport:
    with time_machine.travel(instant, tick=False):
        return generate(run.pk)


def content(run, format_) -> bytes:
    with organization_context(run.organization_id):
        file = ReportFile.objects.get(report=run, format=format_)
    with open_stored(run.organization_id, file.stored_name) as stored:
        return stored.read()


def test_a_run_whose_day_waits_is_put_back_and_says_so(due, example_day, refreshes):
    waits = made_at(due, SLOT)
    assert (waits.status, waits.attempts, waits.waits_for) == ("queued", 0, "Waits for 12 Mar 2026 to be counted")
    assert (latest_job(due.pk).status, latest_job(due.pk).stage) == ("queued", waits.waits_for), "no worker is held"
    made_at(due, SLOT + MINUTE)
    assert refreshes == [example_day.pk], "asked for once"


def test_it_goes_out_whole_once_its_day_is_counted(due, example_day, monkeypatch):
    waits = made_at(due, SLOT)
    refresh(example_day)
    handed = []
    monkeypatch.setattr(sweeping, "enqueue", handed.append)
    sweeping.sweep_reports(now=waits.retry_at - MINUTE / 6)
    assert handed == []
    sweeping.sweep_reports(now=SLOT + MINUTE)
    assert handed == [due.pk]
    done = made_at(due, SLOT + MINUTE)
    assert (done.status, done.attempts, done.waits_for) == ("succeeded", 1, "")
    assert done.summary["masked"]["notice"] == ""
    assert json.loads(content(done, "json"))["notice"] == ""


def test_what_is_not_counted_within_the_bound_is_named_in_documents_and_mails(due):
    assert made_at(due, SLOT + waiting.MOST_WAITED - MINUTE).status == "queued"
    done = made_at(due, SLOT + waiting.MOST_WAITED)
    assert done.status == "succeeded"
    said = "3 changed facts of 12 Mar 2026 are not counted yet; they wait since "
    notice = json.loads(content(done, "json"))["notice"]
    assert notice.startswith(said)
    assert notice.endswith(" (America/New_York).")
    book = load_workbook(io.BytesIO(content(done, "xlsx")))
    assert notice in [cell.value for row in book.worksheets[0].iter_rows(max_row=5) for cell in row]
    with organization_context(done.organization_id):
        names = {file.format: file.name for file in ReportFile.objects.filter(report=done)}
        (mail,) = MailMessage.objects.all()
    assert [format_ for format_, name in names.items() if "incomplete" in name] == ["csv"]
    for text in (mail.text, mail.html):
        assert said in text
        assert "(Europe/Berlin)." in text, "the zone of who reads it"


@needed("pdftotext")
def test_the_first_page_of_a_pdf_says_what_is_missing(due, tmp_path):
    done = made_at(due, SLOT + waiting.MOST_WAITED)
    (tmp_path / "report.pdf").write_bytes(content(done, "pdf"))
    first_page = " ".join(text_of(tmp_path / "report.pdf").split("\f")[0].split())
    assert "Not complete 3 changed facts of 12 Mar 2026 are not counted yet" in first_page


def test_what_a_person_asked_for_waits_a_minute(ask, example_day, refreshes):
    make_order(example_day, placed_at=utc("2026-03-09T20:00"))  # of the day that it is compared with
    report = ask()
    assert generate(report.pk).waits_for == "Waits for 9 Mar 2026 to be counted"
    assert made_at(report, report.due_at + waiting.MOST_WAITED_BY_HAND).status == "succeeded"


def test_other_days_hold_nothing_up(ask, example_day):
    for days in ("2026-03-08T20:00", "2026-03-11T20:00"):
        make_order(example_day, placed_at=utc(days))
    assert generate(ask().pk).status == "succeeded"


def test_a_day_that_goes_on_waits_for_what_came_before_the_run_was_due(ask, example_day, refreshes):
    today = Period(day("2026-03-13"), day("2026-03-13"))
    make_order(example_day, placed_at=utc("2026-03-13T08:00"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_changelog SET marked_at = '2026-03-13 08:00Z'")
        assert generate(ask(period=today).pk).status == "queued"
        cursor.execute("UPDATE analytics_changelog SET marked_at = '2026-03-14 08:00Z'")
    assert generate(ask(period=today).pk).status == "succeeded"


def test_a_run_that_waits_can_be_cancelled(due):
    made_at(due, SLOT)
    services.cancel_report(due)
    due.refresh_from_db()
    assert (due.status, due.waits_for) == ("cancelled", "")
    assert made_at(due, SLOT + MINUTE) is None


def test_a_run_that_somebody_works_on_is_not_put_back(due):
    with organization_context(due.organization_id):
        job, asked = latest_job(due.pk), AnalyticsReport.objects.select_related("organization").get(pk=due.pk)
        AnalyticsReport.objects.update(status="running")
        waiting.put_back(asked, job, now=SLOT)
        due.refresh_from_db()
    assert (due.status, due.retry_at, due.waits_for) == ("running", None, "")


def test_marks_that_cannot_be_read_are_the_run_s_own_fault_to_meet(due, monkeypatch):
    def fail(*arguments, **given):
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setattr(waiting, "read_waiting_of", fail)
    assert made_at(due, SLOT).status in {"queued", "failed"}
    due.refresh_from_db()
    assert due.attempts == 1


def test_a_host_without_workers_counts_the_days_itself(due, example_day):
    with time_machine.travel(SLOT + MINUTE, tick=False):
        with organization_context(example_day.pk):
            AnalyticsReport.objects.update(retry_at=SLOT, waits_for="Waits for 12 Mar 2026 to be counted")
        call_command("generate_scheduled_reports", "--here", stdout=io.StringIO())
    due.refresh_from_db()
    assert (due.status, due.summary["masked"]["notice"]) == ("succeeded", "")


def test_a_host_without_workers_says_at_once_what_it_could_not_count(due, example_day, monkeypatch, caplog):
    def fail(*arguments, **given):
        raise DatabaseError("numeric field overflow")

    monkeypatch.setattr(waiting, "refresh_organization", fail)
    with time_machine.travel(SLOT + MINUTE, tick=False):
        with organization_context(example_day.pk):
            AnalyticsReport.objects.update(retry_at=SLOT, waits_for="Waits for 12 Mar 2026 to be counted")
        call_command("generate_scheduled_reports", "--here", stdout=io.StringIO())
    due.refresh_from_db()
    assert due.summary["masked"]["notice"].startswith("3 changed facts of 12 Mar 2026")
    assert "could not be counted" in caplog.text


@pytest.mark.parametrize(
    ("scope", "first", "last", "expected"),
    [
        ("facts", "2026-03-10T04:00Z", "2026-03-10T04:00Z", "10"),  # midnight in New York: the first instant
        ("facts", "2026-03-10T03:59:59Z", "2026-03-10T03:59:59Z", ""),
        ("facts", "2026-03-11T03:59:59Z", "2026-03-11T03:59:59Z", "10"),
        ("facts", "2026-03-11T04:00Z", "2026-03-11T04:00Z", ""),
        ("days", "2026-03-01T12:00Z", "2026-03-20T12:00Z", "10 2"),
        ("held", "2026-03-10T12:00Z", "2026-03-10T12:00Z", "10"),
        ("attributes", "2026-03-10T12:00Z", "2026-03-10T12:00Z", ""),
        ("customers", "-infinity", "infinity", "customers"),
        ("facts", "-infinity", "infinity", "everything"),
        ("held", "-infinity", "infinity", "everything"),
    ],
)
def test_marks_of_every_scope_say_which_days_of_the_periods_wait(example_day, scope, first, last, expected):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_changelog DROP CONSTRAINT IF EXISTS analytics_changelog_scope_check")
        cursor.execute(
            "INSERT INTO analytics_changelog (organization_id, scope, cause, first_at, last_at, facts)"
            " VALUES (%s, %s, 'test', %s, %s, 2)",
            [example_day.pk, scope, first, last],
        )
    periods = [Period(day(text), day(text)) for text in ("2026-03-10", "2026-03-02")]
    found = read_waiting_of(example_day.pk, periods, due_at=SLOT)
    words = [str(one.date.day) for one in found.days]
    words += [name for name in ("everything", "customers") if getattr(found, name)]
    assert " ".join(words) == expected
    assert {one.facts for one in found.days} <= {2}
    assert bool(found) == bool(expected)


def test_a_day_of_two_periods_waits_once_and_one_that_a_zone_left_out_waits_too(clinic):
    type(clinic).objects.update(timezone="Pacific/Apia")
    clinic.refresh_from_db()
    mark_days(clinic.pk, clinic.calendar, day("2011-12-30"), day("2011-12-30"), cause="test")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_changelog SET facts = 2 WHERE cause = 'test'")
    left_out, around = Period(day("2011-12-30"), day("2011-12-30")), Period(day("2011-12-29"), day("2012-01-02"))
    expected = [(day("2011-12-30"), 2)]
    found = read_waiting_of(clinic.pk, [left_out, left_out], due_at=SLOT)
    assert [(one.date, one.facts) for one in found.days] == expected
    found = read_waiting_of(clinic.pk, [around, around], due_at=SLOT)
    assert [(one.date, one.facts) for one in found.days] == [(day(f"2011-12-{number}"), 2) for number in (31, 30, 29)]


def test_many_days_are_named_as_spans(example_day):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_changelog (organization_id, scope, cause, first_at, last_at, marked_at)"
            " SELECT %s, 'facts', 'test', at, at, '2026-03-13 08:00Z' FROM unnest(%s::timestamptz[]) AS at",
            [example_day.pk, [utc(f"2026-02-{number:02}T12:00") for number in (1, 2, 3, 5, 8, 9, 11, 13, 14, 20)]],
        )
    notation = waiting.notation_of(example_day)
    found = read_waiting_of(example_day.pk, [Period(day("2026-02-01"), day("2026-02-28"))], due_at=SLOT)
    days = "1–3 Feb 2026, 5 Feb 2026, 8–9 Feb 2026, 11 Feb 2026 and 3 more days"
    assert waiting.waits_for(found, notation) == f"Waits for {days} to be counted"
    assert waiting.notice_of(found, notation, "Asia/Kathmandu") == (
        f"Of {days} not everything is counted yet; that waits since 13 Mar 2026, 13:45 (Asia/Kathmandu)."
    )
