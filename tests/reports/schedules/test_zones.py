"""A schedule means the periods of its own clock, and sends each once it is over for the organization."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import Organization
from apps.core.jobs import latest_job
from apps.core.periods import TIMEFRAMES, resolve_timeframe
from apps.reports.generation import generate
from apps.reports.models import Frequency, ReportSchedule
from apps.reports.schedules.presentation import foreseen
from apps.reports.schedules.running import run_due_schedules, run_now
from apps.reports.schedules.timing import due_at, following, period_at, period_now
from apps.reports.sweeping import sweep_reports
from tests.reports.schedules.sent import at, make_schedule, runs_of

ZONES = (
    "America/Los_Angeles", "America/New_York", "Asia/Kathmandu", "Atlantic/Azores", "Australia/Lord_Howe",
    "Europe/Berlin", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
HOUR = datetime.timedelta(hours=1)
EIGHT = datetime.time(8)


def schedule_of(zone, organization_zone, day_starts_at=datetime.time(), **fields) -> ReportSchedule:
    organization = Organization(timezone=organization_zone, day_starts_at=day_starts_at, week_starts_on=1)
    return ReportSchedule(organization=organization, timezone=zone, **{"time": EIGHT, **fields})


AHEAD = ("Pacific/Auckland", "America/New_York")
BEHIND = ("America/New_York", "Pacific/Auckland")


@pytest.mark.parametrize(
    ("zones", "frequency", "timeframe", "slot", "days", "due"),
    [
        # At 08:00 on 1 April in Auckland it is 15:00 on 31 March in New York.
        (AHEAD, "quarterly", "last_quarter", "2026-03-31T19:00", ("2026-01-01", "2026-03-31"), "2026-04-01T04:00"),
        (AHEAD, "monthly", "last_month", "2026-03-31T19:00", ("2026-03-01", "2026-03-31"), "2026-04-01T04:00"),
        # Monday 6 April, after clocks in Auckland went back
        (AHEAD, "weekly", "last_week", "2026-04-05T20:00", ("2026-03-30", "2026-04-05"), "2026-04-06T04:00"),
        (AHEAD, "daily", "yesterday", "2026-04-05T20:00", ("2026-04-05", "2026-04-05"), "2026-04-06T04:00"),
        # At 08:00 on 1 April in New York it is 01:00 on 2 April in Auckland: all is over.
        (BEHIND, "quarterly", "last_quarter", "2026-04-01T12:00", ("2026-01-01", "2026-03-31"), None),
        (BEHIND, "monthly", "last_month", "2026-04-01T12:00", ("2026-03-01", "2026-03-31"), None),
        (BEHIND, "weekly", "last_week", "2026-04-06T12:00", ("2026-03-30", "2026-04-05"), None),
        (BEHIND, "daily", "yesterday", "2026-04-06T12:00", ("2026-04-05", "2026-04-05"), None),
        # What goes on goes as far as the organization has come.
        (AHEAD, "daily", "today", "2026-03-31T19:00", ("2026-03-31", "2026-03-31"), None),
        (AHEAD, "monthly", "mtd", "2026-03-31T19:00", ("2026-03-01", "2026-03-31"), None),
        (BEHIND, "daily", "mtd", "2026-03-31T12:00", ("2026-03-01", "2026-03-31"), None),
    ],
)
def test_the_period_is_that_of_the_schedule_s_clock(zones, frequency, timeframe, slot, days, due):
    schedule = schedule_of(*zones, frequency=frequency, timeframe=timeframe)
    assert following(schedule, at(slot) - datetime.timedelta.resolution) == at(slot)
    period = period_at(schedule, at(slot))
    assert (str(period.first), str(period.last)) == days
    assert due_at(schedule, at(slot)) == at(due or slot)


def test_a_day_that_ends_after_midnight_is_waited_for():
    schedule = schedule_of("Asia/Taipei", "Asia/Taipei", datetime.time(4), frequency="monthly", timeframe="last_month",
                           time=datetime.time(2))  # fmt: skip
    slot = at("2026-03-31T18:00")  # 02:00 on 1 April: the business day of 31 March goes on until 04:00
    assert str(period_at(schedule, slot)) == "2026-03-01 to 2026-03-31"
    assert due_at(schedule, slot) == at("2026-03-31T20:00")


@given(
    st.sampled_from(ZONES), st.sampled_from(ZONES), st.sampled_from(Frequency), st.sampled_from(TIMEFRAMES),
    st.datetimes(datetime.datetime(2024, 1, 1), datetime.datetime(2030, 1, 1), timezones=st.just(datetime.UTC)),
    st.times().map(lambda time: time.replace(microsecond=0)),
)  # fmt: skip
@settings(max_examples=150)
def test_what_has_ended_by_the_schedule_s_clock_is_sent_when_it_has_for_the_organization(
    zone, organization_zone, frequency, timeframe, after, time
):
    schedule = schedule_of(zone, organization_zone, frequency=frequency, timeframe=timeframe, time=time)
    slot = following(schedule, after)
    date = slot.astimezone(ZoneInfo(zone)).date()
    meant = resolve_timeframe(timeframe, today=date, week_starts_on=1)
    due, calendar = due_at(schedule, slot), schedule.organization.calendar
    if meant.last < date:
        assert period_at(schedule, slot) == meant
        assert calendar.business_date(due) > meant.last
        assert slot <= due <= slot + 26 * HOUR
        assert due == slot or calendar.business_date(due - datetime.timedelta.resolution) == meant.last
    else:
        assert due == slot
        assert period_at(schedule, slot).last <= calendar.business_date(slot)
    # By hand: over for both sides, unless it goes on.
    assert period_now(schedule, slot).last <= min(date, calendar.business_date(slot))


def test_a_run_of_a_zone_ahead_is_made_when_the_day_is_over_and_not_before(laundry, cast, sent):
    schedule = make_schedule(
        laundry, cast.analyst, since=at("2026-03-31T18:00"), frequency="quarterly", timeframe="last_quarter",
        timezone="Pacific/Auckland", formats=["json"],
    )  # fmt: skip
    slot, over = at("2026-03-31T19:00"), at("2026-04-01T04:00")
    with time_machine.travel(slot - HOUR, tick=False):
        line = foreseen(schedule)["slots"][0]
    with time_machine.travel(slot, tick=False):
        run_due_schedules(now=slot)
        sweep_reports(now=slot)
    (run,) = runs_of(schedule)
    assert line.sent == "sent when 31 Mar 2026 is over in America/New_York: Wed, 1 Apr 2026, 17:00 NZDT"
    assert (run.status, run.due_at, run.retry_at) == ("queued", over, over)
    assert run.waits_for == "Waits until 31 Mar 2026 is over in America/New_York"
    assert latest_job(run.pk) is None, "no worker has it"
    with time_machine.travel(over, tick=False):
        sweep_reports(now=over - HOUR)
        assert latest_job(run.pk) is None
        sweep_reports(now=over)
        done = generate(run.pk)
        run_due_schedules(now=over)
    assert (done.status, str(done.start_date), str(done.end_date)) == ("succeeded", "2026-01-01", "2026-03-31")
    assert [one.pk for one in runs_of(schedule)] == [run.pk]
    assert sent.recipients == ["ada@partner.example"]


def test_what_is_asked_for_by_hand_is_over_already(laundry, cast):
    schedule = make_schedule(laundry, cast.analyst, since=at("2026-03-30T00:00"), timezone="Pacific/Auckland")
    with time_machine.travel(at("2026-03-31T19:00"), tick=False):
        run = run_now(schedule, by=cast.owner, trigger="admin")
    assert (str(run.end_date), run.waits_for, run.due_at) == ("2026-03-30", "", at("2026-03-31T19:00"))
