"""The command that verifies rollups: what it prints and how it exits."""

import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.analytics.management.commands.verify_rollups import SHOWN
from apps.analytics.models import (
    CustomerAnalytics,
    DailyEngagement,
    DailyRevenueSummary,
    HourlyOrderVolume,
)
from apps.core.context import organization_context
from tests.analytics.records import DAY, daily, refresh
from tests.analytics.spoiling import ROWS, TENTH, spoil
from tests.builders import NOON, make_order


def command(*arguments):
    call_command("verify_rollups", *arguments)


def test_the_command_says_that_all_is_equal(laundry, wholesaler, customer, capsys):
    command()
    assert capsys.readouterr().out.splitlines() == [
        f"laundry: {ROWS} rows compared, all equal.",
        "wholesaler: 0 rows compared, all equal.",
    ]


def test_the_command_tells_differences_and_exits_with_two(laundry, customer, capsys):
    spoil(laundry, DailyRevenueSummary, {"date": TENTH}, total_revenue=77, order_count=3)
    spoil(laundry, CustomerAnalytics, {}, segment="vip")
    with organization_context(laundry.pk):
        engagement, hour = DailyEngagement.objects.get(date=TENTH), HourlyOrderVolume.objects.get(date=TENTH)
        engagement.delete()
        hour.id, hour.hour = uuid.uuid4(), 23
        hour.save(force_insert=True)
    with pytest.raises(CommandError, match="--repair replaces them") as caught:
        command("--organization", "laundry")
    assert caught.value.returncode == 2
    key = daily(laundry, TENTH).pk
    assert capsys.readouterr().out.splitlines() == [
        f"laundry: {ROWS} rows compared, 4 differ.",
        f"  daily_engagement 2026-03-10 {engagement_key(laundry)}: the row is missing",
        f"  daily_revenue 2026-03-10 {key}: order_count is 3, should be 1, total_revenue is 77.00, should be 10.00",
        f"  hourly_order_volume 2026-03-10 {hour.pk}: the row has no facts behind it",
        f"  customer_analytics {customer.pk}: segment is vip, should be occasional",
    ]

    command("--repair")
    assert f"laundry: {ROWS} rows compared, 4 differ, repaired." in capsys.readouterr().out
    command()
    assert "all equal" in capsys.readouterr().out


def engagement_key(organization):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rollup_key(%s, %s, '')", [TENTH, organization.pk])
        return cursor.fetchone()[0]


def test_the_command_shows_the_first_differences_only(laundry, today, capsys):
    for number in range(SHOWN + 2):
        make_order(laundry, placed_at=NOON - number * DAY)
    refresh(laundry)
    with organization_context(laundry.pk):
        HourlyOrderVolume.objects.update(order_count=7)
    with pytest.raises(CommandError):
        command()
    first, *shown = capsys.readouterr().out.splitlines()
    assert first.endswith(f"{SHOWN + 2} differ.")
    assert len(shown) == SHOWN


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--organization", "nobody"), "There is no organization “nobody”. Known are laundry."),
        (("--since", "yesterday"), "argument --since: “yesterday” is not a date such as 2026-03-01"),
    ],
)
def test_the_command_names_what_it_cannot_do(laundry, arguments, message):
    with pytest.raises(CommandError) as caught:
        command(*arguments)
    assert message in str(caught.value)
    assert caught.value.returncode == 1
