"""Two schedulers and eight claimants at once, over real connections: each slot has one run, whoever was first."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.core.database import close_connections
from apps.core.models import JobRun
from apps.reports.models import ReportStatus
from apps.reports.schedules.running import run_due_schedules, run_now
from apps.reports.schedules.timing import recurrence_of
from apps.reports.slots import slots_between
from tests.reports.schedules.sent import at, make_schedule, reread, runs_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

START = at("2026-03-06T00:00")
HOUR = datetime.timedelta(hours=1)


def in_threads(count, work) -> list:
    """Run the same work in threads that begin together; return what each gave."""
    together = threading.Barrier(count)

    def begin(number):
        try:
            together.wait()
            return work(number)
        finally:
            close_connections()

    with ThreadPoolExecutor(count) as pool:
        return [task.result() for task in [pool.submit(begin, number) for number in range(count)]]


def test_eight_claimants_of_one_slot_make_one_run(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=START)
    now = START + 14 * HOUR

    claimed = in_threads(8, lambda number: run_due_schedules(now=now))

    (run,) = runs_of(schedule)
    assert [found.report.pk for each in claimed for found in each] == [run.pk]
    assert JobRun.objects.filter(subject_id=run.pk).count() == 1


def test_eight_clicks_on_send_now_at_once_make_one_run(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=START)

    asked = in_threads(8, lambda number: run_now(schedule, by=cast.owner, trigger="admin"))

    (run,) = runs_of(schedule)
    assert {report.pk for report in asked} == {run.pk}
    assert JobRun.objects.filter(subject_id=run.pk).count() == 1


def test_claimants_that_read_the_schedule_before_it_moved_make_no_second_run(laundry, cast):
    """The next slot is put back behind the first claim, as by a scheduler whose clock is behind."""
    schedule = make_schedule(laundry, cast.analyst, since=START)
    now = START + 14 * HOUR
    run_due_schedules(now=now)
    type(schedule)._base_manager.filter(pk=schedule.pk).update(next_run_at=at("2026-03-06T13:00"))

    claimed = in_threads(8, lambda number: run_due_schedules(now=now))

    assert [found.report for each in claimed for found in each] == [None]
    assert len(runs_of(schedule)) == 1


def test_two_schedulers_and_eight_claimants_run_the_slots_that_there_are(laundry, wholesaler, cast):
    schedules = [
        make_schedule(laundry, cast.analyst, since=START, name="New York over the change of its clock"),
        make_schedule(laundry, cast.owner, since=START, timezone="Australia/Lord_Howe", time=datetime.time(2, 15)),
        make_schedule(laundry, cast.owner, since=START, timezone="Asia/Kathmandu", frequency="weekly", day_of_week=7),
        make_schedule(wholesaler, cast.superuser, since=START, timezone="Asia/Taipei", time=datetime.time(23, 59)),
    ]
    end = START + 5 * 24 * HOUR

    def tick(number):
        # Two go by the hour, as beat and cron do; the others try the same instants in their own order.
        steps = range(5 * 24 + 1)
        for step in steps if number < 2 else sorted(steps, key=lambda step: (step // 12, (step * (number + 3)) % 12)):
            run_due_schedules(now=START + step * HOUR)

    in_threads(10, tick)

    for schedule in schedules:
        runs = runs_of(schedule)
        expected = slots_between(recurrence_of(schedule), START, end + datetime.timedelta.resolution)
        assert [run.slot for run in runs] == expected
        assert {run.status for run in runs} <= {ReportStatus.QUEUED, ReportStatus.MISSED}
        assert runs[-1].status == ReportStatus.QUEUED
        assert reread(schedule).next_run_at > end
