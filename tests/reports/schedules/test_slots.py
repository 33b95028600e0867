"""Slots of recurrences: against a slow count of the clock's quarters of an hour, and the awkward ones by hand."""

import datetime
import itertools
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.timezones import known_timezones
from apps.core.calendar import BusinessCalendar
from apps.reports.models import Frequency
from apps.reports.slots import Recurrence, latest_slots, next_slot, next_slots, slots_between
from tests.reports.schedules.plain_slots import QUARTER, plain_slots

UTC = datetime.UTC
DAY = datetime.timedelta(days=1)
ODD_ZONES = (
    "Africa/Casablanca",  # goes back for Ramadan
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Sao_Paulo",  # skipped midnight until 2018
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Kwajalein",  # left out 21 August 1993
)


def quarter(number) -> datetime.time:
    return datetime.time(number // 4, 15 * (number % 4))


quarters = st.builds(quarter, st.integers(0, 95))
starts = st.builds(
    lambda number: datetime.datetime(1990, 1, 1, tzinfo=UTC) + number * QUARTER, st.integers(0, 45 * 365 * 96)
)
# Around what is odd: days left out, hours skipped and repeated.
odd_starts = st.builds(
    lambda day, number: datetime.datetime.combine(day, datetime.time(), UTC) + number * QUARTER,
    st.sampled_from(
        [datetime.date(*day) for day in ((2011, 12, 20), (1993, 8, 12), (2026, 3, 1), (2026, 10, 25), (2018, 10, 30))]
    ),
    st.integers(0, 20 * 96),
)
recurrences = st.builds(
    Recurrence,
    frequency=st.sampled_from(Frequency),
    time=quarters,
    timezone=st.sampled_from(ODD_ZONES) | st.sampled_from(sorted(known_timezones())),
    day_of_week=st.integers(1, 7),
    day_of_month=st.integers(1, 31),
    on_last_business_day=st.booleans(),
)


def every(frequency, time, zone, **day) -> Recurrence:
    return Recurrence(frequency=Frequency(frequency), time=datetime.time.fromisoformat(time), timezone=zone, **day)


def local(slots, zone) -> list[str]:
    return [slot.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %z") for slot in slots]


def at(text) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(recurrences, starts | odd_starts, st.integers(0, 100 * 96))
@settings(max_examples=150)
def test_slots_are_what_looking_at_the_clock_finds(recurrence, start, length):
    end = start + length * QUARTER
    found = slots_between(recurrence, start, end)
    assert found == plain_slots(recurrence, start, end)
    assert found == sorted(set(found))


@given(recurrences, starts | odd_starts, st.lists(st.integers(1, 200 * 96), min_size=1, max_size=4))
@settings(max_examples=200)
def test_spans_that_meet_have_each_slot_once(recurrence, start, lengths):
    ends = [start]
    for length in lengths:
        ends.append(ends[-1] + length * QUARTER)
    parts = [slots_between(recurrence, *span) for span in itertools.pairwise(ends)]
    assert [slot for part in parts for slot in part] == slots_between(recurrence, start, ends[-1])


@given(recurrences, starts | odd_starts)
@settings(max_examples=200)
def test_the_next_ten_follow_each_other_and_are_those_of_the_span(recurrence, after):
    ten = next_slots(recurrence, after)
    assert len(ten) == 10
    assert after < ten[0] == next_slot(recurrence, after)
    assert slots_between(recurrence, after + datetime.timedelta.resolution, ten[-1]) == ten[:-1]
    assert [next_slot(recurrence, slot) for slot in ten[:-1]] == ten[1:]


@given(recurrences, starts, st.integers(1, 12))
@settings(max_examples=60)
def test_the_latest_are_the_end_of_all(recurrence, start, most):
    end = start + 900 * DAY
    assert latest_slots(recurrence, start, end, most) == slots_between(recurrence, start, end)[-most:]


# A day in each zone on which clocks skip a time, or the whole day.
SKIPPING = {
    "America/New_York": datetime.date(2026, 3, 8),
    "Antarctica/Troll": datetime.date(2026, 3, 29),
    "Asia/Kathmandu": datetime.date(1986, 1, 1),
    "Atlantic/Azores": datetime.date(2026, 3, 29),
    "Australia/Lord_Howe": datetime.date(2026, 10, 4),
    "Pacific/Apia": datetime.date(2011, 12, 30),
}


@given(st.sampled_from(sorted(SKIPPING)), st.sampled_from(range(16)).map(quarter) | quarters, st.integers(-3, 300))
@settings(max_examples=200)
def test_a_schedule_and_a_business_day_read_the_clock_alike(zone, time, later):
    calendar = BusinessCalendar(zone, time)
    days = [SKIPPING[zone] + (later + number) * DAY for number in range(4)]
    daily = Recurrence(frequency=Frequency.DAILY, time=time, timezone=zone)
    found = slots_between(daily, calendar.day_start(days[0]), calendar.day_start(days[-1]))
    assert found == sorted({calendar.day_start(day) for day in days[:-1]} - {calendar.day_start(days[-1])})


DST = {
    # T1: 02:30 does not exist on 8 March 2026: at 03:30, as long after the change, once.
    "T1": (
        every("daily", "02:30", "America/New_York"),
        ("2026-03-07", "2026-03-10"),
        ["2026-03-07 02:30 -0500", "2026-03-08 03:30 -0400", "2026-03-09 02:30 -0400"],
    ),
    # T4: 02:00 becomes 02:30 on 5 October 2025, and 02:00 becomes 01:30 on 5 April 2026: 02:00 comes once each day.
    "T4": (
        every("daily", "02:00", "Australia/Lord_Howe"),
        ("2025-10-03T20:00", "2025-10-05T20:00"),
        ["2025-10-05 02:30 +1100", "2025-10-06 02:00 +1100"],
    ),
    # T6 is of day totals: each local day of 23 and of 25 hours has one slot.
    "T6": (
        every("daily", "00:00", "America/New_York"),
        ("2026-11-01", "2026-11-03"),
        ["2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500"],
    ),
    # T7: the last day stands in for the 31st.
    "T7": (
        every("monthly", "00:00", "UTC", day_of_month=31),
        ("2026-01-01", "2026-06-01"),
        [f"2026-{day} 00:00 +0000" for day in ("01-31", "02-28", "03-31", "04-30", "05-31")],
    ),
}


def test_the_table_of_clock_changes(reference_data):
    """Each case of the reference data has its slots written down above."""
    told = json.loads((reference_data / "security" / "bad_inputs.json").read_text(encoding="utf-8"))["dst_schedules"]
    assert {case["id"] for case in told} == set(DST)


@pytest.mark.parametrize("case", sorted(DST))
def test_a_change_of_the_clock_runs_once(case):
    recurrence, span, expected = DST[case]
    assert local(slots_between(recurrence, *map(at, span)), recurrence.timezone) == expected


@pytest.mark.parametrize(
    ("recurrence", "span", "expected"),
    [
        # 01:30 twice: the first.
        (
            every("daily", "01:30", "America/New_York"),
            ("2026-10-31T12:00", "2026-11-02T12:00"),
            ["2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"],
        ),
        (
            every("daily", "01:45", "Australia/Lord_Howe"),
            ("2026-04-03T16:00", "2026-04-05T16:00"),
            ["2026-04-05 01:45 +1100", "2026-04-06 01:45 +1030"],
        ),
        # 02:15 does not exist where clocks go from 02:00 to 02:30: the business day that begins at 02:15 does so too.
        (
            every("daily", "02:15", "Australia/Lord_Howe"),
            ("2026-10-02T12:00", "2026-10-05"),
            ["2026-10-03 02:15 +1030", "2026-10-04 02:45 +1100", "2026-10-05 02:15 +1100"],
        ),
        # Midnight does not exist: the first instant of the day.
        (
            every("daily", "00:00", "America/Sao_Paulo"),
            ("2018-11-03T12:00", "2018-11-05T12:00"),
            ["2018-11-04 01:00 -0200", "2018-11-05 00:00 -0200"],
        ),
        # Apia had no 30 December 2011: no daily slot, and a weekly one at its time of the day after.
        (
            every("daily", "08:00", "Pacific/Apia"),
            ("2011-12-29", "2012-01-01"),
            ["2011-12-29 08:00 -1000", "2011-12-31 08:00 +1400", "2012-01-01 08:00 +1400"],
        ),
        (
            every("daily", "00:00", "Pacific/Apia"),
            ("2011-12-29", "2012-01-01"),
            ["2011-12-29 00:00 -1000", "2011-12-31 00:00 +1400", "2012-01-01 00:00 +1400"],
        ),
        (
            every("weekly", "08:00", "Pacific/Apia", day_of_week=5),
            ("2011-12-20", "2012-01-10"),
            ["2011-12-23 08:00 -1000", "2011-12-31 08:00 +1400", "2012-01-06 08:00 +1400"],
        ),
        (
            every("monthly", "18:00", "Pacific/Apia", on_last_business_day=True),
            ("2011-11-15", "2012-02-15"),
            ["2011-11-30 18:00 -1000", "2011-12-31 18:00 +1400", "2012-01-31 18:00 +1400"],
        ),
        # Last business days: Saturday the 31st gives Friday the 30th, Sunday the 31st Friday the 29th.
        (
            every("monthly", "17:00", "Europe/Berlin", on_last_business_day=True),
            ("2026-01-01", "2026-07-01"),
            [
                "2026-01-30 17:00 +0100",
                "2026-02-27 17:00 +0100",
                "2026-03-31 17:00 +0200",
                "2026-04-30 17:00 +0200",
                "2026-05-29 17:00 +0200",
                "2026-06-30 17:00 +0200",
            ],
        ),
        (
            every("quarterly", "07:00", "Europe/Berlin", day_of_month=31),
            ("2026-01-01", "2027-01-01"),
            [f"2026-{day} 07:00 {offset}" for day, offset in (("01-31", "+0100"), ("04-30", "+0200"))]
            + ["2026-07-31 07:00 +0200", "2026-10-31 07:00 +0100"],
        ),
        (
            every("quarterly", "07:00", "UTC", on_last_business_day=True),
            ("2026-01-01", "2027-01-01"),
            [f"2026-{day} 07:00 +0000" for day in ("03-31", "06-30", "09-30", "12-31")],
        ),
    ],
)  # fmt: skip
def test_awkward_days_by_hand(recurrence, span, expected):
    assert local(slots_between(recurrence, *map(at, span)), recurrence.timezone) == expected


def test_the_span_is_half_open():
    daily = every("daily", "08:00", "UTC")
    eight = at("2026-03-10T08:00")
    assert slots_between(daily, eight, eight + DAY) == [eight]
    assert slots_between(daily, eight, eight) == []
    assert next_slot(daily, eight) == eight + DAY


def test_an_instant_without_a_zone_is_refused():
    daily, naive = every("daily", "08:00", "UTC"), datetime.datetime(2026, 3, 10)
    for ask in (lambda: slots_between(daily, naive, at("2026-03-11")), lambda: next_slot(daily, naive)):
        with pytest.raises(ValueError, match="aware"):
            ask()
