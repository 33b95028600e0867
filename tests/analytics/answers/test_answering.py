"""Answers: computed once, kept by version, and given again when nothing better can be had."""

import contextlib
import datetime
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import redis
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from apps.analytics.answers import answering, counts
from apps.analytics.answers.answering import KEPT_FOR, STALE_FOR, Asked, From, Stale, answered, forget_answers
from apps.analytics.models import AnalyticsCache, AnswerCount, CacheType
from apps.core.context import organization_context
from apps.core.database import close_connections, tenant_cursor
from apps.core.rest.errors import InsufficientData
from tests.analytics.records import refresh
from tests.analytics.sessions import PATIENCE_SECONDS, until
from tests.builders import NOON, make_order

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_answers():
    cache.clear()
    counts.forget_counts()


def asked(organization, **changes):
    return Asked(
        **{
            "organization": organization,
            "endpoint": "revenue",
            "type": CacheType.REVENUE,
            "parameters": {"days": ["2026-03-01", "2026-03-10"]},
            **changes,
        }
    )


class Computing:
    """A computation that counts itself."""

    def __init__(self, value="1.10"):
        self.value = Decimal(value)
        self.times = 0
        self.fails = None
        self._lock = threading.Lock()

    def __call__(self, scope):
        with self._lock:
            self.times += 1
        if self.fails:
            raise self.fails
        return {"organization": scope.organization.slug, "value": self.value}


def broken(scope):
    with tenant_cursor() as cursor:
        cursor.execute("SELECT turnover FROM daily_revenue_summaries")


def without_redis(monkeypatch):
    def refuse(*arguments, **options):
        raise redis.ConnectionError

    for name in ("get", "set", "delete"):
        monkeypatch.setattr(cache, name, refuse)


@pytest.fixture(params=["with Redis", "without Redis"])
def either(request, monkeypatch):
    if request.param == "without Redis":
        without_redis(monkeypatch)


@pytest.mark.django_db
class TestKeeping:
    def test_the_second_to_ask_gets_what_the_first_computed(self, laundry, either):
        computing = Computing()
        first, second = (answered(asked(laundry), computing) for _ in range(2))
        assert (first.source, second.source, computing.times) == (From.LIVE, From.CACHE, 1)
        assert json.loads(first.body) == json.loads(second.body)
        assert b"1.10" in second.body  # not 1.1: cents are kept
        assert first.etag(asked(laundry)) == second.etag(asked(laundry))

    def test_a_refresh_makes_older_answers_unreachable(self, laundry, either):
        computing = Computing()
        before = answered(asked(laundry), computing)
        make_order(laundry)
        refresh(laundry)
        computing.value = Decimal("2.20")
        after = answered(asked(laundry), computing)
        assert (after.source, json.loads(after.body)["value"]) == (From.LIVE, 2.2)
        assert after.etag(asked(laundry)) != before.etag(asked(laundry))
        with organization_context(laundry.pk):
            assert AnalyticsCache.objects.count() == 1

    def test_an_answer_is_computed_anew_when_its_time_is_over(self, laundry):
        computing = Computing()
        with time_machine.travel(NOON, tick=False) as clock:
            answered(asked(laundry), computing)
            clock.move_to(NOON + 10 * MINUTE)
            cache.clear()
            assert answered(asked(laundry), computing).source == From.LIVE
        assert computing.times == 2

    def test_an_answer_is_computed_anew_on_the_next_business_day(self, laundry):
        computing = Computing()
        with time_machine.travel(datetime.datetime(2026, 3, 11, 3, 59, tzinfo=datetime.UTC), tick=False) as clock:
            answered(asked(laundry), computing)
            clock.shift(2 * MINUTE)
            answered(asked(laundry), computing)
        assert computing.times == 2

    @pytest.mark.parametrize(
        "changes",
        [
            {"endpoint": "orders"},
            {"parameters": {"days": ["2026-03-01", "2026-03-11"]}},
            {"shows_contact_details": True},
        ],
    )
    def test_another_question_has_another_answer(self, laundry, either, changes):
        computing = Computing()
        answered(asked(laundry), computing)
        assert answered(asked(laundry, **changes), computing).source == From.LIVE

    @pytest.mark.parametrize("changes", [{"currency": "EUR"}, {"name": "Renamed"}])
    def test_other_settings_are_another_question(self, laundry, changes):
        computing = Computing()
        answered(asked(laundry), computing)
        vars(laundry).update(changes)
        assert answered(asked(laundry), computing).source == From.LIVE

    def test_organizations_never_get_each_others_answers(self, organizations, either):
        for _ in range(2):
            for organization in organizations:
                found = answered(asked(organization), Computing())
                assert json.loads(found.body)["organization"] == organization.slug

    def test_an_answer_that_cannot_be_kept_is_given(self, laundry, monkeypatch):
        without_redis(monkeypatch)

        def refuse(*arguments, **options):
            raise DatabaseError("disk full")

        monkeypatch.setattr(answering, "_store", refuse)
        assert answered(asked(laundry), Computing()).source == From.LIVE

    def test_all_answers_of_an_organization_can_be_forgotten(self, laundry, wholesaler, either):
        computing = Computing()
        for organization in (laundry, wholesaler):
            answered(asked(organization), computing)
        assert forget_answers(laundry.pk) == 1
        assert answered(asked(laundry), computing).source == From.LIVE
        assert answered(asked(wholesaler), computing).source == From.CACHE


@pytest.mark.django_db
class TestFallingBack:
    def test_when_computing_fails_the_last_good_answer_is_given_and_said_to_be_stale(self, laundry, either):
        refresh(laundry)
        answered(asked(laundry), Computing())
        make_order(laundry)
        refresh(laundry)
        found = answered(asked(laundry), broken)
        assert (found.source, found.reason, json.loads(found.body)["value"]) == (From.LAST_GOOD, Stale.FAILED, 1.1)
        assert found.as_of is not None
        assert found.as_of <= timezone.now()

    def test_the_next_answer_that_can_be_computed_is_live(self, laundry, either):
        answered(asked(laundry), Computing())
        make_order(laundry)
        refresh(laundry)
        answered(asked(laundry), broken)
        assert answered(asked(laundry), Computing()).source == From.LIVE

    def test_a_database_that_does_not_answer_is_named(self, laundry):
        computing = Computing()
        answered(asked(laundry), computing)
        make_order(laundry)
        refresh(laundry)
        computing.fails = OperationalError("the server went away")
        assert answered(asked(laundry), computing).reason == Stale.UNAVAILABLE

    def test_a_statement_that_was_cut_off_is_named(self, laundry):
        def too_long(_scope):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 20")
                cursor.execute("SELECT pg_sleep(60)")

        answered(asked(laundry), Computing())
        make_order(laundry)
        refresh(laundry)
        found = answered(asked(laundry), too_long)
        assert (found.source, found.reason) == (From.LAST_GOOD, Stale.TOO_LONG)

    def test_nothing_good_to_fall_back_on_is_an_error(self, laundry, wholesaler, either):
        answered(asked(wholesaler), Computing())
        answered(asked(laundry, shows_contact_details=True), Computing())
        with pytest.raises(DatabaseError):
            answered(asked(laundry), broken)

    def test_an_answer_of_the_day_before_yesterday_is_not_good_any_more(self, laundry, either):
        with time_machine.travel(NOON, tick=False) as clock:
            answered(asked(laundry), Computing())
            clock.shift(KEPT_FOR - MINUTE)
            assert answered(asked(laundry), broken).source == From.LAST_GOOD
            clock.shift(2 * MINUTE)
            with pytest.raises(DatabaseError):
                answered(asked(laundry), broken)

    def test_what_cannot_be_answered_by_anybody_is_told_as_it_is(self, laundry):
        computing = Computing()
        answered(asked(laundry), computing)
        make_order(laundry)
        refresh(laundry)
        computing.fails = InsufficientData("There is not enough history.")
        with pytest.raises(InsufficientData):
            answered(asked(laundry), computing)

    def test_the_last_good_answer_outlives_the_clearing_of_expired_ones(self, laundry, monkeypatch):
        without_redis(monkeypatch)
        with time_machine.travel(NOON, tick=False) as clock, organization_context(laundry.pk):
            answered(asked(laundry), Computing())
            clock.shift(11 * MINUTE)
            assert AnalyticsCache.clear_expired() == 0
            assert answered(asked(laundry), broken).source == From.LAST_GOOD
            clock.shift(KEPT_FOR)
            assert AnalyticsCache.clear_expired() == 1


@pytest.mark.django_db
def test_it_is_counted_how_answers_came_about(laundry, wholesaler):
    answered(asked(laundry), Computing())
    answered(asked(laundry), Computing())
    answered(asked(laundry), Computing())
    answered(asked(wholesaler), Computing())
    make_order(laundry)
    refresh(laundry)
    answered(asked(laundry), broken)
    for _ in range(2):  # the second time there is nothing to write
        counts.write_counts()
    with organization_context(laundry.pk):
        row = AnswerCount.objects.get()
    assert (row.endpoint, row.hits, row.misses, row.fallbacks, row.hit_rate) == ("revenue", 2, 1, 1, Decimal("0.5"))
    with organization_context(wholesaler.pk):
        assert list(AnswerCount.objects.values_list("hits", "misses", "fallbacks")) == [(0, 1, 0)]


@pytest.mark.django_db
def test_what_cannot_be_counted_is_counted_later(laundry, monkeypatch):
    counts.count(laundry.pk, "revenue", counts.Outcome.HIT)
    with monkeypatch.context() as patch:
        patch.setattr(counts, "in_transaction", lambda: (_ for _ in ()).throw(OperationalError))
        counts.write_counts()
    counts.write_counts()
    with organization_context(laundry.pk):
        assert AnswerCount.objects.get().hits == 1


@pytest.mark.django_db(transaction=True)
def test_counts_are_written_beside_the_request_that_finds_them_due(laundry, monkeypatch):
    monkeypatch.setattr(counts, "WRITTEN_EVERY", 0)
    counts.count(laundry.pk, "revenue", counts.Outcome.HIT)

    def written():
        with organization_context(laundry.pk):
            return list(AnswerCount.objects.values_list("endpoint", "hits"))

    until(written, "the counts")
    assert written() == [("revenue", 1)]


def at_once(number, work):
    """Do something in so many threads at the same time, each with a connection of its own."""
    barrier = threading.Barrier(number)

    def alone(_):
        try:
            barrier.wait(PATIENCE_SECONDS)
            return work()
        finally:
            close_connections()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(alone, range(number)))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_fifty_who_ask_at_once_cost_one_computation(self, laundry, either):
        computing = Computing()
        found = at_once(50, lambda: answered(asked(laundry), computing))
        assert computing.times == 1
        assert {json.loads(answer.body)["value"] for answer in found} == {1.1}

    def test_while_one_computes_the_others_get_a_recent_answer_or_wait(self, laundry):
        started, go_on = threading.Event(), threading.Event()

        def slow(scope):
            started.set()
            go_on.wait(PATIENCE_SECONDS)
            return {"organization": scope.organization.slug, "value": Decimal("2.20")}

        answered(asked(laundry), Computing())
        make_order(laundry)
        refresh(laundry)
        with ThreadPoolExecutor(1) as pool:
            computed = pool.submit(in_thread, lambda: answered(asked(laundry), slow))
            until(started.is_set, "the computation")
            meanwhile = answered(asked(laundry), Computing())
            go_on.set()
            assert computed.result(PATIENCE_SECONDS).source == From.LIVE
        assert (meanwhile.source, meanwhile.reason) == (From.LAST_GOOD, Stale.RECOMPUTING)
        assert timezone.now() - meanwhile.computed_at < STALE_FOR
        assert json.loads(answered(asked(laundry), Computing()).body)["value"] == 2.2

    def test_when_who_computes_is_killed_another_takes_over(self, laundry):
        backend, started = [], threading.Event()

        def never_ends(scope):
            with tenant_cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backend.append(cursor.fetchone()[0])
                started.set()
                cursor.execute("SELECT pg_sleep(600)")

        with ThreadPoolExecutor(2) as pool:
            killed = pool.submit(in_thread, lambda: answered(asked(laundry), never_ends))
            until(started.is_set, "the computation")
            waiting = pool.submit(in_thread, lambda: answered(asked(laundry), Computing()))
            until(lambda: waits_for_a_lock(), "the second to wait")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", backend)
            assert waiting.result(PATIENCE_SECONDS).source == From.LIVE
            with contextlib.suppress(OperationalError):  # unless by now there is an answer to fall back on
                assert killed.result(PATIENCE_SECONDS).reason == Stale.UNAVAILABLE

    def test_who_waits_too_long_is_told(self, laundry, monkeypatch):
        monkeypatch.setattr(answering, "WAIT_AT_MOST", datetime.timedelta(milliseconds=50))
        started, go_on = threading.Event(), threading.Event()

        def slow(scope):
            started.set()
            go_on.wait(PATIENCE_SECONDS)
            return {}

        with ThreadPoolExecutor(1) as pool:
            computed = pool.submit(in_thread, lambda: answered(asked(laundry), slow))
            until(started.is_set, "the computation")
            with pytest.raises(OperationalError):
                answered(asked(laundry), Computing())
            go_on.set()
            computed.result(PATIENCE_SECONDS)


def in_thread(work):
    try:
        return work()
    finally:
        close_connections()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0
