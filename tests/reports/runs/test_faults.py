"""What can come between a request and its files: nobody gets what they may not, nothing half-made stays."""

import datetime
import errno

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.accounts.models import Membership, Organization
from apps.core.context import organization_context
from apps.core.jobs import JobProgress, latest_job
from apps.core.models import JobRun
from apps.reports import generation, services, sweeping
from apps.reports.errors import AlreadyClaimed, ReportEnded
from apps.reports.generation import MOST_ATTEMPTS, generate
from apps.reports.models import AnalyticsReport, ReportFile, ReportSchedule
from apps.reports.tasks import generate_report
from tests.analytics.records import refresh
from tests.analytics.sessions import Session
from tests.builders import make_order

MINUTE = datetime.timedelta(minutes=1)


def files_of(report):
    with organization_context(report.organization_id):
        return list(ReportFile.objects.filter(report=report))


def read(report):
    with organization_context(report.organization_id):
        return AnalyticsReport.objects.get(pk=report.pk)


def set_role(user, organization, **fields):
    with organization_context(organization.pk):
        memberships = Membership.objects.filter(user=user)
        memberships.update(**fields) if fields else memberships.delete()


@pytest.mark.parametrize("what", ["membership", "role", "organization", "user"])
def test_what_was_revoked_meanwhile_cancels_the_run_and_says_why(ask, analyst, example_day, kept, what):
    report = ask()
    if what == "membership":
        set_role(analyst, example_day)
    elif what == "role":
        set_role(analyst, example_day, role="viewer")
    elif what == "organization":
        Organization.objects.filter(pk=example_day.pk).update(is_active=False)
    else:
        analyst.delete()
    done = generate(report.pk)
    told = {
        "membership": "analyst@laundry.example is not a member of the organization any more.",
        "role": "analyst@laundry.example may not see contact details any more.",
        "organization": "The organization is not active any more.",
        "user": "The user who asked for it is gone.",
    }
    assert (done.status, done.error) == ("cancelled", told[what])
    assert (kept(), files_of(done)) == ([], [])
    assert latest_job(report.pk).status == "cancelled"


def test_a_viewer_may_still_get_what_has_no_contact_details(ask, analyst, example_day):
    report = ask(audiences=["masked"])
    set_role(analyst, example_day, role="viewer")
    assert generate(report.pk).status == "succeeded"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_leaves_a_failed_run_and_no_file(ask, kept, monkeypatch, number):
    write = generation.write

    def fill(document, format_, file):
        if format_ == "json":
            file.write(b"half of")
            raise OSError(number, "No space left on device")
        return write(document, format_, file)

    monkeypatch.setattr(generation, "write", fill)
    report = ask(formats=["csv", "json"])
    done = generate(report.pk)
    assert done.status == "failed"
    assert done.error == "There is no room left on the disk where files are kept; nothing of the report was kept."
    assert (kept(), files_of(done)) == ([], [])


@pytest.mark.parametrize("error", [OperationalError("the server closed"), OSError(errno.EIO, "Input/output error")])
def test_what_can_heal_is_tried_again_after_a_while_that_doubles(ask, kept, monkeypatch, error):
    def break_down(*arguments):
        raise error

    monkeypatch.setattr(generation, "write", break_down)
    report = ask()
    waits, now = [], timezone.now()
    for _attempt in range(1, MOST_ATTEMPTS):
        run = generate(report.pk)
        assert run.status == "queued"
        waits.append(round((run.retry_at - timezone.now()) / MINUTE))
        sweeping.sweep_reports(now=now)  # too early: nothing happens
        assert latest_job(report.pk).status == "failed"
        sweeping.sweep_reports(now=run.retry_at)
        assert latest_job(report.pk).status == "queued"
    assert waits == [1, 2, 4]
    failed = generate(report.pk)
    assert failed.status == "failed"
    assert failed.error.endswith(f"It was tried {MOST_ATTEMPTS} times.")
    assert (kept(), files_of(failed)) == ([], [])


def test_what_healed_ends_well(ask, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(generation, "write", lambda *arguments: (_ for _ in ()).throw(OperationalError("gone")))
        run = generate((report := ask()).pk)
    sweeping.sweep_reports(now=run.retry_at)
    done = generate(report.pk)
    assert (done.status, done.error, done.attempts, len(files_of(done))) == ("succeeded", "", 2, 1)


def test_a_run_that_kills_its_workers_ends_with_a_message(ask, kept):
    report = ask()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with organization_context(report.organization_id):
            assert generation._claim(report.pk)
        job = latest_job(report.pk)
        JobRun.objects.filter(pk=job.pk).update(status="running", started_at=timezone.now(), heartbeat_at=None)
        later = timezone.now() + 3 * MINUTE
        sweeping.sweep_reports(now=later)
        run = read(report)
        assert run.attempts == attempt
        if attempt < MOST_ATTEMPTS:
            assert run.status == "queued"
            sweeping.sweep_reports(now=run.retry_at)
    assert (run.status, run.error) == (
        "failed",
        f"The worker that generated it stopped. It was tried {MOST_ATTEMPTS} times.",
    )
    assert kept() == []


def test_what_nobody_foresaw_is_told_without_its_details(ask, kept, monkeypatch, caplog):
    monkeypatch.setattr(generation, "write", lambda *arguments: 1 / 0)
    done = generate(ask().pk)
    assert done.status == "failed"
    assert "ZeroDivisionError" in caplog.text
    assert "division" not in done.error
    assert kept() == []


def test_a_run_can_be_cancelled_before_a_worker_has_it(ask, kept):
    report = ask()
    services.cancel_report(report)
    assert generate(report.pk) is None
    assert (read(report).status, latest_job(report.pk).status, kept()) == ("cancelled", "cancelled", [])
    with pytest.raises(ReportEnded):
        services.cancel_report(report)


def test_a_run_that_is_cancelled_while_it_is_written_keeps_no_file(ask, kept, monkeypatch):
    report = ask(formats=["csv", "json"])
    write = generation.write

    def cancel_then_write(document, format_, file):
        if format_ == "json":
            services.cancel_report(report)
        return write(document, format_, file)

    monkeypatch.setattr(generation, "write", cancel_then_write)
    done = generate(report.pk)
    assert (done.status, kept(), files_of(done)) == ("cancelled", [], [])


@pytest.mark.django_db(transaction=True)
def test_figures_that_change_while_they_are_asked_are_in_no_part_of_the_document(ask, example_day, monkeypatch):
    report = ask()
    composed = generation._composed
    documents = []

    def change_meanwhile(report, asked, scope, audience):
        documents.append(composed(report, asked, scope, audience).document)
        with Session() as other:
            other.do(lambda: (make_order(example_day), refresh(example_day)))
        found = composed(report, asked, scope, audience)
        documents.append(found.document)
        return found

    monkeypatch.setattr(generation, "_composed", change_meanwhile)
    assert generate(report.pk).status == "succeeded"
    before, after = ([figure.value for figure in document.figures] for document in documents)
    assert before == after, "a document of two versions would not add up"


def test_a_slot_is_claimed_once(ask, example_day):
    with organization_context(example_day.pk):
        schedule = ReportSchedule.objects.create(
            organization=example_day, name="Monday", report_type="revenue", timezone="UTC"
        )
    slot = timezone.now()
    first = ask(schedule=schedule, slot=slot, trigger="schedule", created_by=None)
    with pytest.raises(AlreadyClaimed):
        ask(schedule=schedule, slot=slot, trigger="schedule", created_by=None)
    assert generate(first.pk).status == "succeeded"


def test_progress_is_told_on_the_way(ask, monkeypatch):
    told = []

    class Told(JobProgress):
        def report(self, *, percent, stage, rows=0):
            told.append((round(percent), stage))
            super().report(percent=percent, stage=stage, rows=rows)

    generate(ask(formats=["csv", "json"]).pk, progress_type=Told)
    assert told == [(0, "figures"), (40, "writing CSV"), (68, "writing JSON"), (95, "keeping the files")]


def test_without_a_broker_the_run_is_queued_and_handed_over_later(
    ask, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def unreachable(**options):
        raise generate_report.OperationalError("Connection refused")

    monkeypatch.setattr(generate_report, "apply_async", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        report = ask()
    assert (read(report).status, latest_job(report.pk).status) == ("queued", "queued")
    assert "waits for the queue to come back" in caplog.text


def test_a_run_that_the_queue_lost_is_handed_over_again(ask, monkeypatch):
    report = ask()
    handed = []
    monkeypatch.setattr(sweeping, "enqueue", handed.append)
    sweeping.sweep_reports(now=timezone.now() + MINUTE)
    assert handed == []
    sweeping.sweep_reports(now=timezone.now() + 6 * MINUTE)
    assert handed == [report.pk]
