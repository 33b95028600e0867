"""Marks that are not about a few days: of all customers, of everything, and of the change log itself."""

import datetime

import pytest
from django.core.management import call_command
from django.db import connection

from apps.accounts.models import Organization
from apps.analytics.models import AnalyticsState, CustomerThresholds, DailyRevenueSummary
from apps.core.context import organization_context
from tests.analytics.records import (
    EVERYTHING,
    change,
    delete,
    forget_marks,
    marks,
    refresh,
)
from tests.builders import (
    NOON,
    make_category,
    make_customer,
    make_order,
    make_product,
)


@pytest.fixture
def order(laundry):
    placed = make_order(laundry, placed_at=NOON, customer=make_customer(laundry))
    forget_marks(laundry)
    return placed


def test_a_product_that_changes_its_category_asks_for_all_customers(laundry, wholesaler):
    category = make_category(laundry)
    product = make_product(laundry)
    for organization in (laundry, wholesaler):
        forget_marks(organization)
    change(product, name="Shirts", price=3)
    assert marks(laundry) == []
    change(product, category=category)
    assert [(mark.scope, mark.cause) for mark in marks(laundry)] == [("customers", "marketplace_product")]
    forget_marks(laundry)
    change(product, category=category)
    assert marks(laundry) == []
    delete(category)
    assert [(mark.scope, mark.cause) for mark in marks(laundry)] == [("customers", "marketplace_product")]
    assert marks(wholesaler) == []


def test_thresholds_ask_for_all_customers_when_they_come_change_and_go(laundry, wholesaler):
    forget_marks(laundry)
    forget_marks(wholesaler)
    with organization_context(laundry.pk):
        thresholds = CustomerThresholds.objects.create(organization=laundry)
        thresholds.vip_orders = 2
        thresholds.save()
        thresholds.delete()
    assert [(mark.scope, mark.cause) for mark in marks(laundry)] == [("customers", "analytics_customerthresholds")] * 3
    assert marks(wholesaler) == []


@pytest.mark.parametrize("fields", [{"timezone": "Asia/Tokyo"}, {"day_starts_at": datetime.time(4)}])
def test_another_calendar_marks_everything_of_its_organization(laundry, wholesaler, fields):
    forget_marks(laundry)
    forget_marks(wholesaler)
    Organization.objects.filter(pk=laundry.pk).update(**fields)
    (mark,) = marks(laundry)
    assert (mark.scope, mark.cause, mark[2:4]) == ("facts", "accounts_organization", EVERYTHING)
    assert marks(wholesaler) == []


def test_an_organization_that_changes_otherwise_marks_nothing(laundry):
    forget_marks(laundry)
    Organization.objects.filter(pk=laundry.pk).update(name="Fresh", currency="EUR", timezone=laundry.timezone)
    assert marks(laundry) == []


@pytest.mark.parametrize(
    "table",
    [
        "marketplace_order CASCADE",
        "marketplace_orderline",
        "marketplace_payment",
        "marketplace_refund",
        "marketplace_review",
        "marketplace_orderissue",
        "engagement_interaction",
        "engagement_segmentmember",
    ],
)
def test_truncate_marks_everything_of_every_organization(organizations, table):
    for organization in organizations:
        forget_marks(organization)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
    for organization in organizations:
        found = marks(organization)
        assert {mark[2:4] for mark in found} == {EVERYTHING}
        assert table.split()[0] in {mark.cause for mark in found}


def test_a_truncated_table_leaves_no_rows_in_the_rollups(laundry, order):
    refresh(laundry)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE marketplace_order CASCADE")
    refresh(laundry)
    with organization_context(laundry.pk):
        assert not DailyRevenueSummary.objects.exists()


def test_the_change_log_is_taken_back_and_built_again(laundry, order):
    refresh(laundry)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with open checks is not altered
    call_command("migrate", "analytics", "0001", verbosity=0)
    assert log_parts() == (0, 0, 0)
    change(order, total=20)
    call_command("migrate", "analytics", verbosity=0)
    tables, functions, triggers = log_parts()
    assert (tables, functions) == (1, 11)
    assert triggers > 30
    # What changed while nobody wrote it down is rebuilt as well.
    assert [mark[2:4] for mark in marks(laundry)] == [EVERYTHING]
    refresh(laundry)
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.get().total_revenue == 20
        assert AnalyticsState.objects.get().data_version > 1


def log_parts():
    """How many tables, functions and triggers of the change log there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'analytics_changelog'),"
            " (SELECT count(*) FROM pg_proc WHERE proname LIKE 'analytics_mark_%%'"
            "  OR proname IN ('rollup_key', 'counted_order')),"
            " (SELECT count(*) FROM pg_trigger AS fires JOIN pg_proc AS does ON does.oid = fires.tgfoid"
            "  WHERE does.proname LIKE 'analytics_mark_%%')"
        )
        return cursor.fetchone()
