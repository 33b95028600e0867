"""Computed answers that are kept for a while."""

import datetime

import pytest
import time_machine
from django.db import IntegrityError

from apps.analytics.models import AnalyticsCache, CacheType
from apps.core.context import OrganizationContextMissing, OrganizationMismatch, organization_context
from tests.builders import NOON

MINUTES = {"dashboard": 5, "revenue": 10, "orders": 10, "partners": 10, "customers": 15, "activity": 3}
MINUTE = datetime.timedelta(minutes=1)
SECOND = datetime.timedelta(seconds=1)


def at(instant):
    return time_machine.travel(instant, tick=False)


@pytest.fixture
def keep(laundry):
    """Keep an answer of the laundry at noon, and work for it from then on."""

    def keep(key="k", data=None, cache_type=CacheType.REVENUE, *arguments, **options):
        AnalyticsCache.set_cached(key, data, cache_type, *arguments, organization_id=laundry.pk, **options)

    with organization_context(laundry.pk), at(NOON):
        yield keep


def test_an_answer_comes_back_as_it_was_kept(keep):
    answer = {"total": 10.5, "days": ["2026-03-10"], "none": None}
    keep("k", answer, version=7)
    assert AnalyticsCache.get_cached("k") == answer
    row = AnalyticsCache.objects.get()
    assert (row.version, row.computed_at, row.type) == (7, NOON, "revenue")
    assert AnalyticsCache.get_cached("other") is None


@pytest.mark.parametrize("cache_type", CacheType.values)
def test_every_type_is_kept_for_its_time_and_no_longer(keep, cache_type):
    keep("k", 1, cache_type)
    row = AnalyticsCache.objects.get()
    ends = NOON + MINUTES[cache_type] * MINUTE
    assert row.expires_at == ends
    with at(ends - SECOND):
        assert (AnalyticsCache.get_cached("k"), row.is_expired) == (1, False)
    with at(ends):
        assert (AnalyticsCache.get_cached("k"), row.is_expired) == (None, True)


def test_a_time_may_be_told(keep):
    keep("k", 1, CacheType.ACTIVITY, 60)
    assert AnalyticsCache.objects.get().expires_at == NOON + 60 * MINUTE
    keep("k", 1, CacheType.ACTIVITY, ttl_minutes=0)
    assert AnalyticsCache.get_cached("k") is None


def test_a_newer_answer_replaces_the_older(keep):
    keep("k", "old", CacheType.REVENUE, version=1)
    with at(NOON + 11 * MINUTE):
        assert AnalyticsCache.get_cached("k") is None
        keep("k", "new", CacheType.ORDERS, version=2)
        assert AnalyticsCache.get_cached("k") == "new"
    row = AnalyticsCache.objects.get()
    assert (row.type, row.version, row.expires_at) == ("orders", 2, NOON + 21 * MINUTE)


def test_only_expired_answers_are_cleared(keep):
    keep("short", 1, CacheType.ACTIVITY)
    keep("long", 1, CacheType.CUSTOMERS)
    assert AnalyticsCache.clear_expired() == 0
    with at(NOON + 3 * MINUTE):
        assert AnalyticsCache.clear_expired() == 1
        assert AnalyticsCache.clear_expired() == 0
    assert AnalyticsCache.objects.get().key == "long"


def test_an_answer_of_an_unknown_type_is_refused(keep):
    with pytest.raises(ValueError, match="weather"):
        keep("k", 1, "weather")
    with pytest.raises(IntegrityError, match="analytics_cache_type"):
        keep("k", 1, "weather", 5)


def test_organizations_never_see_each_others_answers(keep, laundry, wholesaler):
    keep("k", "laundry's")
    with organization_context(wholesaler.pk):
        assert AnalyticsCache.get_cached("k") is None
        AnalyticsCache.set_cached("k", "theirs", CacheType.REVENUE, 0, organization_id=wholesaler.pk)
        assert AnalyticsCache.clear_expired() == 1
        with pytest.raises(OrganizationMismatch):
            AnalyticsCache.set_cached("x", 1, CacheType.REVENUE, organization_id=laundry.pk)
    assert AnalyticsCache.get_cached("k") == "laundry's"


def test_without_an_organization_nothing_is_read_or_cleared(db):
    for read in (lambda: AnalyticsCache.get_cached("k"), AnalyticsCache.clear_expired):
        with pytest.raises(OrganizationContextMissing):
            read()
