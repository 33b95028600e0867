"""Claiming what is due: once, in time, in the name of somebody who may, and never as a storm."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command

from apps.accounts.access import Access
from apps.accounts.models import Membership, Role
from apps.core.context import organization_context
from apps.core.models import JobRun, JobStatus
from apps.notifications.services import deliveries_of
from apps.reports.models import ReportSchedule, ReportStatus
from apps.reports.schedules.changing import delete_schedule, pause_schedule, resume_schedule
from apps.reports.schedules.running import MOST_MISSED, preview, run_due_schedules, run_now
from apps.reports.schedules.timing import recurrence_of
from apps.reports.slots import slots_between
from tests.reports.schedules.sent import at, make_schedule, reread, runs_of

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)
MONDAY = at("2026-03-02T00:00")  # 08:00 in New York is 13:00 in UTC, and 12:00 from 8 March on


def tick_through(schedule, start, end, every) -> None:
    """Let beat tick from one instant to another."""
    now = start
    while now < end:
        with time_machine.travel(now, tick=False):
            run_due_schedules(now=now)
        now += every


def slots_and_statuses(schedule) -> list[tuple[str, str]]:
    return [(f"{run.slot:%d %H:%M}", run.status) for run in runs_of(schedule)]


def test_a_schedule_runs_at_each_slot_once_over_the_period_of_its_day(laundry, cast, sent):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    tick_through(schedule, at("2026-03-06T12:00"), at("2026-03-09T12:30"), 10 * MINUTE)
    assert [(run.slot, run.start_date, run.end_date, run.status, run.trigger) for run in runs_of(schedule)[4:]] == [
        (at("2026-03-06T13:00"), datetime.date(2026, 3, 5), datetime.date(2026, 3, 5), "queued", "schedule"),
        (at("2026-03-07T13:00"), datetime.date(2026, 3, 6), datetime.date(2026, 3, 6), "queued", "schedule"),
        (at("2026-03-08T12:00"), datetime.date(2026, 3, 7), datetime.date(2026, 3, 7), "queued", "schedule"),
        (at("2026-03-09T12:00"), datetime.date(2026, 3, 8), datetime.date(2026, 3, 8), "queued", "schedule"),
    ]
    assert [status for _, status in slots_and_statuses(schedule)[:4]] == ["missed", "missed", "missed", "queued"]
    kept = reread(schedule)
    assert (kept.next_run_at, kept.last_run_at) == (at("2026-03-10T12:00"), at("2026-03-09T12:00"))


def test_the_period_is_that_of_the_slot_however_late_the_worker_comes(laundry, cast):
    schedule = make_schedule(
        laundry, cast.analyst, since=at("2026-03-30T00:00"), timeframe="last_month", frequency="monthly"
    )
    run_due_schedules(now=at("2026-04-02T05:00"))  # 17 hours after 1 April, 08:00
    (run,) = runs_of(schedule)
    assert (run.slot, run.start_date, run.end_date) == (
        at("2026-04-01T12:00"),
        datetime.date(2026, 3, 1),
        datetime.date(2026, 3, 31),
    )


def test_each_run_has_a_job_that_waits_for_a_worker(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    (claimed,) = run_due_schedules(now=MONDAY + 14 * 60 * MINUTE)
    job = JobRun.objects.get(subject_id=claimed.report.pk)
    assert (job.kind, job.status, job.trigger, job.organization) == ("report", JobStatus.QUEUED, "schedule", laundry)
    assert [run.pk for run in runs_of(schedule)] == [claimed.report.pk]


def test_of_slots_that_passed_the_latest_is_made_up_for_and_the_others_are_missed(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    (claimed,) = run_due_schedules(now=at("2026-03-06T12:59"))
    assert (claimed.missed, claimed.report.slot) == (3, at("2026-03-05T13:00"))
    assert slots_and_statuses(schedule) == [
        ("02 13:00", "missed"),
        ("03 13:00", "missed"),
        ("04 13:00", "missed"),
        ("05 13:00", "queued"),
    ]
    assert {bool(run.error) for run in runs_of(schedule)[:3]} == {True}
    assert run_due_schedules(now=at("2026-03-06T12:59")) == []


@pytest.mark.parametrize(
    ("frequency", "hours", "late", "status"),
    [
        ("weekly", 24, datetime.timedelta(hours=24), "queued"),
        ("weekly", 24, datetime.timedelta(hours=24, minutes=1), "missed"),
        ("weekly", 72, datetime.timedelta(hours=71), "queued"),
        ("daily", 500, datetime.timedelta(hours=23), "queued"),
        ("monthly", 1, datetime.timedelta(hours=2), "missed"),
    ],
)
def test_what_is_older_than_the_window_is_not_sent(laundry, cast, settings, frequency, hours, late, status):
    settings.REPORT_CATCH_UP_HOURS = hours
    schedule = make_schedule(laundry, cast.analyst, since=at("2026-05-31T20:00"), frequency=frequency, timezone="UTC")
    run_due_schedules(now=at("2026-06-01T08:00") + late)
    assert slots_and_statuses(schedule) == [("01 08:00", status)]


def test_a_restored_backup_makes_no_storm(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=at("2020-01-01T00:00"), timezone="UTC")
    (claimed,) = run_due_schedules(now=at("2026-03-02T09:00"))
    runs = runs_of(schedule)
    assert [run.status for run in runs] == [ReportStatus.MISSED] * MOST_MISSED + [ReportStatus.QUEUED]
    assert (runs[0].slot, runs[-1].slot) == (at("2026-03-02T08:00") - MOST_MISSED * DAY, at("2026-03-02T08:00"))
    assert claimed.missed == MOST_MISSED


def test_what_ran_before_the_backup_was_taken_does_not_run_again(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    run_due_schedules(now=MONDAY + 14 * 60 * MINUTE)
    with organization_context(laundry.pk):
        ReportSchedule.objects.update(next_run_at=at("2026-03-02T13:00"))
    run_due_schedules(now=MONDAY + 15 * 60 * MINUTE)
    assert slots_and_statuses(schedule) == [("02 13:00", "queued")]
    assert reread(schedule).next_run_at == at("2026-03-03T13:00")


def test_a_clock_that_ran_ahead_holds_nobody_up(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    run_due_schedules(now=at("2031-03-02T13:00"))
    before = len(runs_of(schedule))
    tick_through(schedule, MONDAY, MONDAY + 3 * DAY, 60 * MINUTE)
    assert slots_and_statuses(schedule)[:3] == [("02 13:00", "queued"), ("03 13:00", "queued"), ("04 13:00", "queued")]
    assert len(runs_of(schedule)) == before + 3


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        # 02:00 comes once on the day of 23.5 and on that of 24.5 hours.
        (
            "Australia/Lord_Howe", "2025-10-04T00:00", "2025-10-07T00:00",
            ["05 02:30 +1100", "06 02:00 +1100", "07 02:00 +1100"],
        ),
        ("Australia/Lord_Howe", "2026-04-03T20:00", "2026-04-06T00:00", ["05 02:00 +1030", "06 02:00 +1030"]),
        # 30 December 2011 is left out.
        (
            "Pacific/Apia", "2011-12-28T18:00", "2012-01-01T00:00",
            ["29 02:00 -1000", "31 02:00 +1400", "01 02:00 +1400"],
        ),
    ],
)  # fmt: skip
def test_a_clock_of_the_zone_that_jumps_neither_loses_nor_doubles(laundry, cast, zone, start, end, expected):
    schedule = make_schedule(laundry, cast.analyst, since=at(start), timezone=zone, time=datetime.time(2))
    tick_through(schedule, at(start), at(end), 15 * MINUTE)
    assert [run.slot.astimezone(ZoneInfo(zone)).strftime("%d %H:%M %z") for run in runs_of(schedule)] == expected
    assert {run.status for run in runs_of(schedule)} == {"queued"}
    assert [run.slot for run in runs_of(schedule)] == slots_between(recurrence_of(schedule), at(start), at(end))


def test_the_command_and_beat_are_one_service(laundry, wholesaler, cast, capsys):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    with time_machine.travel(MONDAY + 14 * 60 * MINUTE, tick=False):
        call_command("generate_scheduled_reports", "--organization", "wholesaler")
        call_command("generate_scheduled_reports")
        call_command("generate_scheduled_reports")
    assert capsys.readouterr().out.splitlines() == [
        "0 reports due, 0 missed.",
        "laundry: Revenue, 1 Mar 2026: Queued",
        "1 report due, 0 missed.",
        "0 reports due, 0 missed.",
    ]
    assert slots_and_statuses(schedule) == [("02 13:00", "queued")]


def test_a_host_without_workers_also_mails_what_it_makes(laundry, wholesaler, cast, settings, tmp_path, capsys):
    settings.FILES_DIR = tmp_path
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY, recipients=["a@b.example", cast.owner.email])
    with time_machine.travel(MONDAY + 14 * 60 * MINUTE, tick=False):
        call_command("generate_scheduled_reports", "--here", "--organization", "wholesaler")
        call_command("generate_scheduled_reports", "--here", "--organization", "laundry")
        call_command("generate_scheduled_reports", "--here")
    assert capsys.readouterr().out.splitlines() == [
        "0 reports due, 0 missed.",
        "0 mails sent.",
        "laundry: Revenue, 1 Mar 2026: Queued",
        "laundry: Revenue, 1 Mar 2026: Succeeded",
        "1 report due, 0 missed.",
        "2 mails sent.",
        "0 reports due, 0 missed.",
        "0 mails sent.",
    ]
    (run,) = runs_of(schedule)
    with organization_context(laundry.pk):
        assert {delivery.state for delivery in deliveries_of(run.pk)} == {"sent"}


def remove(cast, laundry):
    with organization_context(laundry.pk):
        Membership.objects.filter(user=cast.analyst).delete()


def demote(cast, laundry):
    with organization_context(laundry.pk):
        Membership.objects.filter(user=cast.analyst).update(role=Role.VIEWER)


def switch_off(cast, laundry):
    type(cast.analyst).objects.filter(pk=cast.analyst.pk).update(is_active=False)


def close(cast, laundry):
    type(laundry).objects.filter(pk=laundry.pk).update(is_active=False)


@pytest.mark.parametrize("lose", [remove, demote, switch_off, close])
def test_who_may_not_any_more_has_nothing_run(laundry, cast, sent, lose):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    lose(cast, laundry)
    run_due_schedules(now=MONDAY + 14 * 60 * MINUTE)
    (run,) = runs_of(schedule)
    kept = reread(schedule)
    assert (run.status, run.error, run.slot) == (ReportStatus.CANCELLED, kept.paused_reason, at("2026-03-02T13:00"))
    assert (kept.is_active, kept.next_run_at, bool(kept.paused_reason)) == (False, None, True)
    assert not JobRun.objects.filter(subject_id=run.pk).exists()
    (mail,) = sent
    assert cast.owner.email in mail["recipients"]
    assert kept.paused_reason in mail["mail"].text
    assert run_due_schedules(now=MONDAY + 3 * DAY) == []


def test_what_cannot_be_asked_for_is_a_failed_run_and_holds_up_no_other(laundry, cast, sent):
    broken = make_schedule(laundry, cast.analyst, since=MONDAY)
    sound = make_schedule(laundry, cast.analyst, since=MONDAY, name="Sound")
    with organization_context(laundry.pk):
        ReportSchedule.objects.filter(pk=broken.pk).update(timeframe="never", filters={"planet": ["Mars"]})
    run_due_schedules(now=MONDAY + 14 * 60 * MINUTE)
    (failed,), (queued,) = runs_of(broken), runs_of(sound)
    assert (failed.status, "timeframe" in failed.error) == ("failed", True)
    assert (reread(broken).failures, queued.status) == (1, "queued")


def test_a_zone_that_nobody_knows_pauses_its_schedule(laundry, cast, sent):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    with organization_context(laundry.pk):
        ReportSchedule.objects.update(timezone="Europe/Atlantis")
    assert run_due_schedules(now=MONDAY + 14 * 60 * MINUTE) == []
    assert (reread(schedule).is_active, sent.recipients) == (False, [cast.analyst.email, cast.owner.email])


def test_a_paused_schedule_misses_nothing_and_goes_on_from_its_next_slot(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    with organization_context(laundry.pk), time_machine.travel(MONDAY, tick=False):
        pause_schedule(schedule_id=schedule.pk, by=cast.owner)
    run_due_schedules(now=MONDAY + 2 * DAY)
    with organization_context(laundry.pk), time_machine.travel(MONDAY + 2 * DAY, tick=False):
        resumed = resume_schedule(schedule_id=schedule.pk, by=cast.owner)
    assert (resumed.next_run_at, resumed.paused_reason) == (at("2026-03-04T13:00"), "")
    assert resumed.created_by == cast.analyst
    assert runs_of(schedule) == []


def test_who_resumes_what_nobody_stands_for_stands_for_it(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    demote(cast, laundry)
    run_due_schedules(now=MONDAY + 14 * 60 * MINUTE)
    with organization_context(laundry.pk), time_machine.travel(MONDAY + 14 * 60 * MINUTE, tick=False):
        resumed = resume_schedule(schedule_id=schedule.pk, by=cast.owner)
    run_due_schedules(now=MONDAY + DAY + 14 * 60 * MINUTE)
    assert (resumed.created_by, [run.status for run in runs_of(schedule)]) == (cast.owner, ["cancelled", "queued"])


def test_run_now_and_preview_take_no_slot(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY, report_type="customers")
    with time_machine.travel(at("2026-03-05T03:00"), tick=False):  # 4 March, 22:00 in New York
        made = run_now(schedule, by=cast.owner, trigger="admin")
        shown = preview(schedule, by=Access(cast.owner, laundry, Role.OWNER), trigger="api")
    assert (made.slot, made.is_preview, made.audiences, made.created_by) == (None, False, ["masked"], cast.owner)
    assert (shown.slot, shown.is_preview, shown.audiences, shown.trigger) == (None, True, ["full", "masked"], "api")
    assert {made.start_date, shown.start_date} == {datetime.date(2026, 3, 3)}
    assert reread(schedule).next_run_at == at("2026-03-02T13:00")


def test_a_deleted_schedule_leaves_what_it_made(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=MONDAY)
    run_due_schedules(now=at("2026-03-04T14:00"))
    *_missed, made = runs_of(schedule)
    with organization_context(laundry.pk):
        delete_schedule(schedule_id=schedule.pk)
        assert not ReportSchedule.objects.exists()
        assert list(type(made).objects.values_list("pk", "schedule")) == [(made.pk, None)]
