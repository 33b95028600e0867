"""Facts that change while rollups are compared with them."""

import datetime
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from apps.analytics.models import (
    DailyChannelSales,
    DailyRevenueSummary,
)
from apps.analytics.selectors import rows_as_of
from tests.analytics.records import DAY, customer_row, daily, marks, refresh, state
from tests.analytics.spoiling import ROWS, TENTH, differences, fill, spoil, verify
from tests.builders import NOON, make_customer, make_order, make_organization


@pytest.fixture
def shop(transactional_db, today):
    organization = make_organization("shop", timezone="Europe/London", currency="GBP")
    fill(organization)
    refresh(organization)
    return organization


def by_another_connection(work):
    def alone():
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()


@contextmanager
def after(statement, work, *, times=1):
    """Have another connection do some work each time a statement that begins so has run."""
    seen = []

    def wrapper(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if statement in str(sql) and len(seen) < times:
            seen.append(sql)
            by_another_connection(work)
        return done

    with connection.execute_wrapper(wrapper):
        yield
    assert len(seen) == times


@pytest.mark.parametrize("statement", ["CREATE TEMP TABLE refresh_days", "CREATE TEMP TABLE refresh_orders"])
def test_facts_that_change_while_days_are_compared_are_no_difference(shop, statement):
    version = state(shop).data_version
    for repair in (False, True):
        with after(statement, lambda: make_order(shop, total=90)):
            found = verify(shop, repair=repair)
        assert (found.differences, found.repaired) == (0, False)
    assert verify(shop).differences == 0
    assert daily(shop, TENTH).total_revenue == 190
    assert state(shop).data_version > version


def test_facts_that_change_while_customers_are_compared_are_no_difference(shop):
    somebody = make_customer(shop)
    with after("INSERT INTO customer_analytics", lambda: make_order(shop, customer=somebody)):
        found = verify(shop, repair=True)
    assert (found.differences, found.rows_compared) == (0, ROWS + 1)  # the second try has one customer more
    assert customer_row(shop, somebody).total_orders == 1
    assert marks(shop) == []


def test_customers_that_change_again_and_again_are_left_for_the_next_time(shop, caplog):
    with after("INSERT INTO customer_analytics", lambda: make_order(shop, customer=make_customer(shop)), times=9):
        found = verify(shop)
    assert (found.differences, found.rows_compared) == (0, ROWS - 1)
    assert "changed too often to be verified" in caplog.text


def test_mending_a_month_loses_no_revision_of_a_day_that_changed_meanwhile(shop):
    before = datetime.datetime.now(datetime.UTC)
    spoil(shop, DailyChannelSales, {"date": TENTH}, order_count=7)
    make_order(shop, placed_at=NOON - DAY, total=50)
    refresh(shop)
    told = datetime.datetime.now(datetime.UTC)
    with after("CREATE TEMP TABLE refresh_days", lambda: make_order(shop, placed_at=NOON - DAY, total=20)):
        found = verify(shop, repair=True)
    assert [name for name, _date, _columns in differences(found)] == ["daily_channel_sales"]
    refresh(shop)

    def said(instant):
        rows = rows_as_of(shop, DailyRevenueSummary, instant=instant, first=TENTH - DAY, last=TENTH - DAY)
        return [row.total_revenue for row in rows]

    assert [said(instant) for instant in (before, told, datetime.datetime.now(datetime.UTC))] == [[], [50], [70]]
