"""Schedules in words, as the organization writes."""

import pytest

from apps.accounts.models import Organization
from apps.accounts.notation import notation_of
from apps.reports.schedules.wording import sentence, slot_text, when
from tests.reports.schedules.sent import at, make_schedule

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("locale", "day", "time"),
    [("en-GB", "Mon, 2 Mar 2026", "08:00"), ("en-US", "Mon, Mar 2, 2026", "8:00 AM")],
)
def test_a_time_is_said_as_the_organization_says_times(laundry, cast, locale, day, time):
    Organization.objects.update(locale=locale)
    laundry.refresh_from_db()
    schedule = make_schedule(laundry, cast.analyst, since=at("2026-03-02T00:00"))
    slot = schedule.next_run_at
    told = [sentence(schedule, slot), slot_text(slot, schedule.timezone, notation_of(laundry))]
    plain = [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in told]
    assert plain == [f"Every day at {time} EST, yesterday’s revenue as PDF to 1 person.", f"{day}, {time} EST"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"frequency": "monthly", "day_of_month": 15}, "On day 15 of each month at 08:00 EST"),
        ({"frequency": "monthly", "day_of_month": 31}, "On day 31 of each month (or its last day) at 08:00 EST"),
        (
            {"frequency": "quarterly", "day_of_month": 29},
            "On day 29 of each quarter’s first month (or its last day) at 08:00 EST",
        ),
        (
            {"frequency": "quarterly", "on_last_business_day": True},
            "On the last business day of each quarter at 08:00 EST",
        ),
    ],
    ids=["a day", "the end of a month", "a quarter", "the last business day"],
)
def test_the_day_of_a_month_is_said_with_what_stands_in_for_it(laundry, cast, fields, told):
    Organization.objects.update(locale="en-GB")
    laundry.refresh_from_db()
    schedule = make_schedule(laundry, cast.analyst, since=at("2026-03-02T00:00"), **fields)
    assert when(schedule, at("2026-03-02T13:00")) == told
