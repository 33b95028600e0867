"""How fresh the rollups say they are."""

import datetime

from django.db import connection
from django.utils import timezone

from apps.analytics.changelog import pending_marks
from apps.analytics.selectors import Freshness, read_freshness
from tests.analytics.records import DAY, forget_marks, refresh, state
from tests.builders import make_order


def database_now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def age_marks(organization, instant):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_changelog SET marked_at = %s WHERE organization_id = %s", [instant, organization.pk]
        )


def test_before_the_first_refresh_nothing_is_known(laundry):
    forget_marks(laundry)
    assert read_freshness(laundry.pk) == Freshness(
        data_version=0,
        as_of=None,
        refreshed_through=None,
        published_through=None,
        customers_as_of=None,
        pending=0,
        pending_since=None,
    )


def test_facts_that_wait_are_told_before_the_first_refresh(laundry):
    make_order(laundry)
    fresh = read_freshness(laundry.pk)
    assert (fresh.as_of, fresh.pending, fresh.pending_since) == (None, 1, database_now())


def test_with_nothing_waiting_the_rollups_are_as_of_now(laundry):
    make_order(laundry)
    began = timezone.now()
    refresh(laundry)
    fresh = read_freshness(laundry.pk)
    today = laundry.calendar.business_date(timezone.now())
    assert (fresh.data_version, fresh.pending, fresh.pending_since) == (1, 0, None)
    assert began <= fresh.refreshed_through <= timezone.now()
    assert fresh.as_of >= fresh.refreshed_through
    assert (fresh.published_through, fresh.customers_as_of) == (today - DAY, today)


def test_with_facts_waiting_the_rollups_are_as_of_the_refresh_or_the_oldest_mark(laundry):
    refresh(laundry)
    through = state(laundry).refreshed_through
    make_order(laundry)
    # A transaction that began before the refresh and committed after it.
    age_marks(laundry, through - datetime.timedelta(minutes=5))
    fresh = read_freshness(laundry.pk)
    assert (fresh.as_of, fresh.pending) == (through, 1)
    assert fresh.pending_since == through - datetime.timedelta(minutes=5)
    # The refresh was long ago, and until the oldest mark nothing happened.
    through -= datetime.timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_analyticsstate SET refreshed_through = %s", [through])
    assert read_freshness(laundry.pk).as_of == fresh.pending_since


def test_freshness_is_one_statement(laundry, django_assert_num_queries):
    refresh(laundry)
    with django_assert_num_queries(1):
        read_freshness(laundry.pk)


def test_every_organization_has_its_own_freshness(laundry, wholesaler):
    for organization in (laundry, wholesaler):
        make_order(organization)
    refresh(laundry)
    assert (read_freshness(laundry.pk).pending, read_freshness(wholesaler.pk).pending) == (0, 1)
    assert (read_freshness(laundry.pk).data_version, read_freshness(wholesaler.pk).data_version) == (1, 0)
    assert (pending_marks(laundry.pk).marks, pending_marks(wholesaler.pk).marks) == (0, 1)
