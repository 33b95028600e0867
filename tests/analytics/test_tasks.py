"""What the queue does for rollups: who is due, how failures are spaced, and the night's verification."""

import datetime
import uuid

import pytest
import time_machine
from django.db import OperationalError

from apps.analytics import attempts, tasks
from apps.analytics.changelog import mark_rebuild, waiting_chunks
from apps.analytics.models import AnalyticsCache, AnalyticsState, CacheType, DailyRevenueSummary, Verification
from apps.analytics.rebuild import report, start_rebuild
from apps.analytics.refresh import Refreshed
from apps.analytics.schedule import ENTRIES
from apps.analytics.selectors import organizations_due, organizations_to_verify
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.models import JobRun, JobStatus, JobTrigger
from config.celery import app
from tests.analytics.records import DAY, HOUR, daily, marks, refresh, state
from tests.builders import NOON, make_customer, make_order, make_organization

MINUTE = datetime.timedelta(minutes=1)
LATER = NOON + DAY


def at(instant):
    return time_machine.travel(instant, tick=True)


@pytest.fixture
def sent(monkeypatch):
    """What was sent to the queue: the task, its arguments and after how many seconds nobody runs it any more."""
    messages = []
    for task in (tasks.refresh_one, tasks.verify_one):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args, expires, task=task: messages.append((task.name, *args, expires)),
        )
    return messages


def set_state(organization, **fields):
    with organization_context(organization.pk):
        assert AnalyticsState.objects.update(**fields) == 1


# Refreshing


def test_one_task_is_sent_for_each_organization_that_is_due(organizations, sent):
    laundry, wholesaler, clinic = organizations
    with at(LATER):
        for organization in organizations:
            refresh(organization)
        tasks.refresh_due()
        assert sent == []
        make_order(laundry)
        make_order(laundry)
        make_order(clinic)
        tasks.refresh_due()
    assert sorted(sent) == sorted([("analytics.refresh", str(who.pk), 60) for who in (laundry, clinic)])
    assert wholesaler.pk not in organizations_due(LATER)


def test_an_organization_that_was_never_refreshed_is_due(laundry):
    assert organizations_due(LATER) == [laundry.pk]


def test_an_organization_is_due_when_its_business_day_changes(wholesaler):
    with at(NOON):
        refresh(wholesaler)
    # Its 10th ends at 4:00 of the 11th in Taipei, at 20:00 of the 10th in UTC.
    assert organizations_due(NOON + 8 * HOUR - MINUTE) == []
    assert organizations_due(NOON + 8 * HOUR) == [wholesaler.pk]


def test_a_task_refreshes_its_organization_alone(laundry, wholesaler):
    for organization in (laundry, wholesaler):
        make_order(organization)
    tasks.refresh_one.apply(args=[str(laundry.pk)]).get()
    assert daily(laundry, NOON.date()).total_revenue == 10
    assert (marks(laundry), len(marks(wholesaler))) == ([], 1)
    assert (state(laundry).failures, state(laundry).retry_at) == (0, None)


def test_a_task_whose_organization_is_gone_ends_quietly(db):
    tasks.refresh_one(str(uuid.uuid4()))
    tasks.verify_one(str(uuid.uuid4()))
    assert not AnalyticsState._base_manager.exists()


def test_an_organization_that_keeps_failing_is_tried_less_and_less(laundry, wholesaler, monkeypatch, sent, caplog):
    def fail(*arguments, **options):
        raise OperationalError("secret row")

    monkeypatch.setattr(tasks, "refresh_organization", fail)
    make_order(laundry)
    now = LATER
    pauses = []
    for _attempt in range(9):
        with at(now):
            tasks.refresh_one(str(laundry.pk))
        pauses.append(round((state(laundry).retry_at - now) / MINUTE))
        assert laundry.pk not in organizations_due(state(laundry).retry_at - datetime.timedelta(seconds=1))
        now = state(laundry).retry_at
        assert laundry.pk in organizations_due(now)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (state(laundry).failures, state(laundry).last_error) == (9, "OperationalError")
    assert "could not be refreshed" in caplog.text
    with at(now - MINUTE):
        tasks.refresh_due()
    assert sent == [("analytics.refresh", str(wholesaler.pk), 60)]

    monkeypatch.undo()
    with at(now):
        tasks.refresh_one(str(laundry.pk))
    assert (state(laundry).failures, state(laundry).retry_at, state(laundry).last_error) == (0, None, "")
    assert daily(laundry, NOON.date()).total_revenue == 10


def test_a_worker_that_dies_has_counted_its_attempt(laundry):
    with at(LATER):
        refresh(laundry)
        assert [attempts.begin(laundry.pk, now=LATER) for _attempt in range(2)] == [0, 1]
    assert (state(laundry).failures, state(laundry).retry_at) == (2, LATER + 2 * MINUTE)


def test_an_attempt_that_found_another_refresher_at_work_does_not_count(laundry, monkeypatch):
    with at(LATER):
        refresh(laundry)
        monkeypatch.setattr(tasks, "refresh_organization", lambda *arguments, **options: Refreshed(busy=True))
        tasks.refresh_one(str(laundry.pk))
    assert (state(laundry).failures, state(laundry).retry_at) == (0, None)


def test_a_busy_attempt_takes_back_no_failure_of_somebody_else(laundry):
    with at(LATER):
        refresh(laundry)
        before = attempts.begin(laundry.pk, now=LATER)
        attempts.begin(laundry.pk, now=LATER)
        attempts.withdraw(laundry.pk, before)
    assert state(laundry).failures == 2


# Rebuilding


def test_months_are_rebuilt_by_any_worker_and_the_last_task_settles(laundry):
    customer = make_customer(laundry)
    for number in range(40):
        make_order(laundry, placed_at=NOON - number * DAY, customer=customer)
    refresh(laundry)
    with organization_context(laundry.pk):
        DailyRevenueSummary.objects.update(total_revenue=1, new_customers=7)
    job, chunks = start_rebuild([laundry.pk], trigger=JobTrigger.ADMIN)
    assert (job.total, len(chunks)) == (40, 3)
    newest, *_others = chunks
    tasks.rebuild_one_month(str(laundry.pk), newest.first_at.isoformat(), newest.last_at.isoformat(), str(job.pk))
    tasks.rebuild_one_month(str(laundry.pk), newest.first_at.isoformat(), newest.last_at.isoformat(), str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.rows, job.progress) == (JobStatus.RUNNING, 10, 25)
    # Two messages were lost: the last task does their months.
    tasks.settle_rebuild(str(laundry.pk), str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.rows) == (JobStatus.SUCCEEDED, 40)
    with organization_context(laundry.pk):
        assert set(DailyRevenueSummary.objects.values_list("total_revenue", flat=True)) == {10}
        assert sum(DailyRevenueSummary.objects.values_list("new_customers", flat=True)) == 1


def test_a_rebuild_whose_process_is_gone_is_ended_by_beat(laundry, sent):
    make_order(laundry)
    refresh(laundry)
    job, _chunks = start_rebuild([laundry.pk], trigger=JobTrigger.COMMAND)
    refresh(laundry)
    assert JobRun.objects.get(pk=job.pk).status == JobStatus.RUNNING
    tasks.refresh_due()
    assert JobRun.objects.get(pk=job.pk).status == JobStatus.SUCCEEDED


def test_two_rebuilds_at_once_share_the_work_and_both_end(laundry):
    make_order(laundry)
    refresh(laundry)
    first, chunks = start_rebuild([laundry.pk], trigger=JobTrigger.COMMAND)
    second, _chunks = start_rebuild([laundry.pk], trigger=JobTrigger.ADMIN)
    (chunk,) = chunks
    for job in (first, second):
        tasks.rebuild_one_month(str(laundry.pk), chunk.first_at.isoformat(), chunk.last_at.isoformat(), str(job.pk))
    assert (report(first), report(second)) == (1, 1)  # the customers
    tasks.settle_rebuild(str(laundry.pk), str(first.pk))
    tasks.settle_rebuild(str(laundry.pk), str(second.pk))
    assert {job.status for job in JobRun.objects.all()} == {JobStatus.SUCCEEDED}


def test_months_are_handed_out_by_the_calendar_of_the_organization(wholesaler):
    # 3:00 of 1 April in Taipei is still 31 March there.
    night = datetime.datetime(2026, 3, 31, 19, tzinfo=datetime.UTC)
    calendar = wholesaler.calendar
    days = {calendar.business_date(night): 1, calendar.business_date(night + 2 * HOUR): 1}
    assert [str(day) for day in days] == ["2026-03-31", "2026-04-01"]
    mark_rebuild(wholesaler.pk, calendar, days, cause="test")
    with tenant_cursor() as cursor:
        chunks = waiting_chunks(cursor, wholesaler.pk)
    assert [str(calendar.business_date(chunk.first_at)) for chunk in chunks] == ["2026-04-01", "2026-03-31"]


# Verifying


@pytest.mark.parametrize(
    ("zone", "wall", "its_night"),
    [
        ("America/New_York", "2026-03-10T02:59:00", False),
        ("America/New_York", "2026-03-10T03:00:00", True),
        ("America/New_York", "2026-03-10T05:59:00", True),
        ("America/New_York", "2026-03-10T06:00:00", False),
        ("America/New_York", "2026-03-08T03:10:00", True),  # the clock went from 2:00 to 3:00
        ("Asia/Kathmandu", "2026-03-10T03:00:00", True),
        ("Asia/Kathmandu", "2026-03-10T02:45:00", False),
        ("Australia/Lord_Howe", "2026-04-05T03:15:00", True),  # the clock went back by half an hour
        ("Pacific/Kiritimati", "2026-03-10T04:00:00", True),
        ("Pacific/Pago_Pago", "2026-03-10T04:00:00", True),
        ("UTC", "2026-03-10T15:00:00", False),
    ],
)
def test_rollups_are_verified_in_the_night_of_their_organization(db, zone, wall, its_night):
    organization = make_organization("anywhere", timezone=zone)
    instant = datetime.datetime.fromisoformat(wall).replace(tzinfo=organization.calendar.zone).astimezone(datetime.UTC)
    with at(NOON - 10 * DAY):
        refresh(organization)
    assert organizations_to_verify(instant) == ([organization.pk] if its_night else [])


def test_an_organization_is_verified_once_a_night(laundry, wholesaler, sent):
    night = datetime.datetime(2026, 3, 10, 3, 10, tzinfo=laundry.calendar.zone)
    with at(night - DAY):
        refresh(laundry)
        refresh(wholesaler)
    with at(night):
        tasks.verify_due()
        assert sent == [("analytics.verify", str(laundry.pk), 3600)]
        tasks.verify_one(str(laundry.pk))
        tasks.verify_due()
        assert len(sent) == 1
    with at(night + 2 * HOUR):
        tasks.verify_due()
        tasks.verify_one(str(laundry.pk))  # a second message for the same night
        assert len(sent) == 1
    with organization_context(laundry.pk):
        assert Verification.objects.count() == 1
    with at(night + DAY):
        tasks.verify_due()
    assert len(sent) == 2


def test_an_organization_without_rollups_is_not_verified(laundry):
    assert organizations_to_verify(datetime.datetime(2026, 3, 10, 4, tzinfo=laundry.calendar.zone)) == []


def test_the_nights_verification_mends(laundry):
    make_order(laundry)
    refresh(laundry)
    with organization_context(laundry.pk):
        DailyRevenueSummary.objects.update(total_revenue=1)
    tasks.verify_one(str(laundry.pk))
    assert daily(laundry, NOON.date()).total_revenue == 10


# The rest


def test_expired_answers_are_cleared_everywhere(laundry, wholesaler):
    for organization in (laundry, wholesaler):
        with organization_context(organization.pk):
            AnalyticsCache.set_cached("old", 1, CacheType.REVENUE, 0, organization_id=organization.pk)
            AnalyticsCache.set_cached("new", 1, CacheType.REVENUE, organization_id=organization.pk)
    tasks.clear_expired_cache()
    for organization in (laundry, wholesaler):
        with organization_context(organization.pk):
            assert AnalyticsCache.objects.get().key == "new"


def test_beat_sends_each_task_at_its_interval():
    assert {entry.task: entry.every for entry in ENTRIES} == {
        "analytics.refresh_due": MINUTE,
        "analytics.verify_due": 30 * MINUTE,
        "analytics.clear_expired_cache": HOUR,
    }
    for entry in ENTRIES:
        sent = app.conf.beat_schedule[entry.name]
        assert (sent["task"], sent["options"]) == (entry.task, {"expire_seconds": entry.every.total_seconds()})


def test_work_for_one_organization_is_not_delivered_a_second_time():
    app.loader.import_default_modules()
    for name in ("analytics.refresh", "analytics.rebuild_month", "analytics.settle_rebuild", "analytics.verify"):
        assert app.tasks[name].acks_late is False, name
