"""The fault list of reliability, as far as it is about rollups: whatever breaks, the next refresh is right."""

import datetime
import os
import random
import signal
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.db import OperationalError, connection

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_everything
from apps.analytics.models import AnalyticsState, DailyRevenueSummary, Revision
from apps.analytics.refresh import refresh_organization
from apps.analytics.selectors import rows_as_of
from apps.core.context import organization_context
from apps.core.locks import Lock, take_lock
from apps.marketplace.models import Order, Refund
from tests.analytics.plain_sums import all_rows, all_sums, revenue_rows, wrong_days
from tests.analytics.processes import Refresher
from tests.analytics.sessions import Session, Statements, ask, marks, run, until
from tests.builders import (
    NOON,
    make_customer,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_refund,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

DAY = datetime.timedelta(days=1)


@pytest.fixture
def orders(laundry):
    """Five orders on five days, in the rollups."""
    partner, customer = make_partner(laundry), make_customer(laundry)
    placed = [
        make_order(laundry, placed_at=NOON + number * DAY, partner=partner, customer=customer) for number in range(5)
    ]
    for order in placed:
        make_line(order)
        make_payment(order)
    refresh_organization(laundry.pk)
    assert wrong_days(laundry) == {}
    return placed


@pytest.fixture(scope="module")
def refresher(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), Refresher() as refresher:
        yield refresher


def test_a_refresh_that_is_killed_at_any_statement_changes_nothing_and_the_next_is_right(laundry, orders, refresher):
    make_payment(orders[0], amount=Decimal("3.00"))
    make_refund(laundry, order=orders[1], refunded_at=NOON + 2 * DAY)
    with organization_context(laundry.pk):
        Order.objects.filter(pk=orders[2].pk).update(placed_at=NOON + 9 * DAY)
    before, waiting = all_rows(laundry), marks(laundry)

    statement, kills = 0, 0
    while child := refresher.stop_before(statement := statement + random.randint(2, 8), laundry):  # noqa: S311
        os.kill(child, signal.SIGKILL)
        assert refresher.next() == "gone"
        kills += 1
        assert (all_rows(laundry), marks(laundry)) == (before, waiting), f"killed before statement {statement}"

    assert kills >= 4
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def test_a_rebuild_that_is_killed_again_and_again_shows_old_days_or_right_ones(laundry, orders, refresher):
    for months in range(1, 5):
        make_order(laundry, placed_at=NOON + months * 31 * DAY)
    with organization_context(laundry.pk):
        DailyRevenueSummary.objects.update(total_revenue=Decimal("0.01"))
    mark_everything(laundry.pk, cause="test")
    before, right = all_rows(laundry), all_sums(laundry)

    kills = 0
    while child := refresher.stop_before(random.randint(40, 150), laundry):  # noqa: S311
        os.kill(child, signal.SIGKILL)
        assert refresher.next() == "gone"
        kills += 1
        rows = all_rows(laundry)
        half = {g for g in {*rows, *right} if rows.get(g) not in (before.get(g), right.get(g))}
        assert (half, marks(laundry) > 0) == (set(), True)
        assert kills < 200, "it does not get on"

    assert (all_rows(laundry), marks(laundry)) == (right, 0)


def test_a_refresh_whose_connection_is_cut_changes_nothing_and_the_next_is_right(laundry, orders):
    make_payment(orders[0], amount=Decimal("3.00"))
    before, waiting = all_rows(laundry), marks(laundry)

    for statement in (2, 8, 20, 35):
        with Session() as refresher:
            cut = partial(run_at, statement, lambda pid=refresher.pid: ask("SELECT pg_terminate_backend(%s)", pid))
            with pytest.raises(OperationalError):
                refresher.do(refresh_with, laundry, cut)
            assert (all_rows(laundry), marks(laundry)) == (before, waiting)
            if statement == 35:
                refresher.do(refresh_organization, laundry.pk)  # with the same thread's next connection

    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def refresh_with(organization, before) -> Statements:
    """Refresh with something done before each statement."""
    statements = Statements(before)
    with connection.execute_wrapper(statements):
        refresh_organization(organization.pk)
    return statements


def run_at(statement, work, number, sql) -> None:
    """Do the work in another session before one statement."""
    if number == statement:
        with Session() as other:
            other.do(work)


@pytest.mark.parametrize("deadlocks", [1, 3])
def test_the_victim_of_a_deadlock_tries_three_times(laundry, orders, deadlocks):
    make_payment(orders[0], amount=Decimal("3.00"))
    before, waiting = all_rows(laundry), marks(laundry)
    met = []

    with Session() as refresher, Session() as other:
        other.do(run, "SET deadlock_timeout = '1h'")  # never the victim
        refresher.do(run, "SET deadlock_timeout = '10ms'")

        def cross(_number, sql):
            """Let the other one hold what the refresh takes next, and wait for what the refresh holds."""
            if "FOR UPDATE" in sql and "analytics_analyticsstate" in sql and len(met) < deadlocks:
                other.begin()
                other.do(hold_state, laundry)
                met.append(other.start(wait_for_refresher, laundry))
                with Session() as observer:
                    until(lambda: observer.do(other.waits), "the other one's wait")
            elif met and "pg_try_advisory" in sql:
                other.commit()

        if deadlocks < 3:
            refresher.do(refresh_with, laundry, cross)
        else:
            with pytest.raises(OperationalError, match="deadlock detected"):
                refresher.do(refresh_with, laundry, cross)
            other.commit()
            assert (all_rows(laundry), marks(laundry)) == (before, waiting)

    refresh_organization(laundry.pk)
    assert len(met) == deadlocks
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def hold_state(organization) -> None:
    with organization_context(organization.pk):
        AnalyticsState.objects.select_for_update().get()


def wait_for_refresher(organization) -> None:
    with connection.cursor() as cursor:
        take_lock(cursor, Lock.ROLLUPS, organization.pk)


def test_refunds_between_any_two_statements_of_a_refresh_are_not_lost(laundry, orders):
    make_payment(orders[0], amount=Decimal("3.00"))

    with Session() as clerk:
        clerk.do(run, "SET lock_timeout = '20ms'")  # a refresh stops no writer

        def refund(number, _sql):
            order = {"order": orders[number % 5]} if number % 2 else {}
            day = NOON + (10 + number) * DAY
            clerk.do(make_refund, laundry, amount=Decimal(number), refunded_at=day, **order)

        statements = refresh_with(laundry, refund)
    refresh_organization(laundry.pk)

    assert len(statements.seen) > 30
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def test_an_order_that_comes_forty_days_late_is_in_its_day_and_the_old_figures_are_kept(laundry):
    first, second = make_order(laundry), make_order(laundry, placed_at=NOON + 1 * DAY)
    today = NOON + 41 * DAY
    with time_machine.travel(today, tick=False):
        refresh_organization(laundry.pk)
    make_order(laundry, placed_at=second.placed_at, total=Decimal("7.00"))
    earlier = make_order(laundry, placed_at=NOON - 1 * DAY, total=Decimal("5.00"))
    with time_machine.travel(today + datetime.timedelta(hours=2), tick=False):
        refresh_organization(laundry.pk)

    assert wrong_days(laundry) == {}
    with organization_context(laundry.pk):
        kept = list(Revision.objects.filter(rollup="daily_revenue").order_by("date"))
        told = [(row.date, row.old and row.old["total_revenue"], row.new["total_revenue"]) for row in kept]
    assert told == [(day_of(earlier), None, 5), (day_of(second), 10, 17)]
    assert [row.facts_changed for row in kept] == [1, 1]
    days = {"first": day_of(earlier), "last": day_of(second)}
    past = rows_as_of(laundry, DailyRevenueSummary, instant=today + datetime.timedelta(hours=1), **days)
    assert [(row.date, row.total_revenue) for row in past] == [(day_of(row), row.total) for row in (first, second)]


def day_of(order) -> datetime.date:
    return order.placed_at.date()  # noon in UTC is a morning of the same day in New York


def total(organization) -> Decimal:
    return sum((row["total_revenue"] for row in revenue_rows(organization).values()), Decimal(0))


def test_an_order_that_moves_is_in_its_new_day_and_no_longer_in_the_old(laundry, orders):
    with organization_context(laundry.pk):
        Order.objects.filter(pk=orders[0].pk).update(placed_at=orders[4].placed_at)
    refresh_organization(laundry.pk)

    assert (wrong_days(laundry), total(laundry)) == ({}, Decimal("50.00"))
    assert day_of(orders[0]) not in revenue_rows(laundry)
    assert revenue_rows(laundry)[day_of(orders[4])]["counted_orders"] == 2


def test_another_time_zone_moves_days_and_keeps_the_total(laundry, orders):
    for zone, starts_at in (("Pacific/Auckland", 0), ("Asia/Taipei", 23), ("Europe/London", 0)):
        Organization.objects.filter(pk=laundry.pk).update(timezone=zone, day_starts_at=datetime.time(starts_at))
        before = sorted(revenue_rows(laundry))
        refresh_organization(laundry.pk)

        assert (wrong_days(laundry), total(laundry)) == ({}, Decimal("50.00"))
        assert sorted(revenue_rows(laundry)) != before


def test_a_deleted_order_and_an_undone_refund_leave_nothing_behind(laundry, orders):
    start = all_rows(laundry)
    extra = make_order(laundry, placed_at=NOON + 7 * DAY, partner=make_partner(laundry))
    make_line(extra)
    refund = make_refund(laundry, order=orders[0], refunded_at=NOON + 8 * DAY)
    refresh_organization(laundry.pk)
    assert len(revenue_rows(laundry)) == 7
    with organization_context(laundry.pk):
        Order.objects.get(pk=extra.pk).delete()
        Refund.objects.get(pk=refund.pk).delete()
    refresh_organization(laundry.pk)

    assert (wrong_days(laundry), all_rows(laundry)) == ({}, start)
