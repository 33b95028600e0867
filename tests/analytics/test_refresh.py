"""What a refresh does, in which order, and what it leaves alone."""

import datetime
import threading

import pytest
import time_machine
from django.db import connection, connections

from apps.accounts.models import Organization
from apps.analytics import refresh as refreshing
from apps.analytics.changelog import mark_customers, mark_rebuild, pending_marks
from apps.analytics.models import (
    AnalyticsState,
    CustomerAnalytics,
    DailyRevenueSummary,
)
from apps.analytics.refresh import DAYS_AT_ONCE, Refreshed, Step, refresh_organization, refresh_step
from apps.analytics.rollups import ROLLUPS
from apps.analytics.step import Work
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor
from apps.core.locks import Lock, take_lock
from apps.core.models import JobRun, JobStatus
from apps.marketplace.models import Order, OrderStatus
from tests.analytics.records import (
    DAY,
    change,
    customer_row,
    daily,
    day,
    marks,
    refresh,
    state,
    stored,
)
from tests.analytics.spoiling import everything_stored
from tests.builders import (
    NOON,
    make_customer,
    make_order,
    make_organization,
)

NIGHT_AFTER = NOON + DAY  # the 10th is over everywhere
EVERY_TABLE = (*(rollup.model for rollup in ROLLUPS), CustomerAnalytics)


def test_a_refresh_tells_what_it_did(laundry):
    customer = make_customer(laundry)
    make_order(laundry, customer=customer)
    make_order(laundry, customer=customer, placed_at=NOON + DAY)
    # Revenue, partner, product, customer, channel and hour: six rows a day.
    assert refresh(laundry) == Refreshed(busy=False, steps=[Step(days=2, rows=12, customers=True)])
    change(make_order(laundry, placed_at=NOON), total=3)
    again = refresh(laundry)
    # The order of nobody adds a row of customer activity; that of the customer is the one that did not change.
    assert (again.days, again.rows, again.revisions, again.busy) == (1, 7, 6, False)


def test_nothing_to_do_changes_nothing(laundry):
    make_order(laundry, customer=make_customer(laundry))
    with time_machine.travel(NIGHT_AFTER, tick=True):
        refresh(laundry)
        before, version = everything_stored(laundry), state(laundry).data_version
        through = state(laundry).refreshed_through
        assert refresh(laundry) == Refreshed(steps=[Step()])
        assert everything_stored(laundry) == before
        assert state(laundry).data_version == version
        assert state(laundry).refreshed_through > through


def test_every_refresh_that_writes_moves_the_data_version(laundry, wholesaler):
    make_order(laundry)
    refresh(laundry)
    refresh(wholesaler)
    theirs = state(wholesaler).data_version
    versions = [state(laundry).data_version]
    for total in (20, 30):
        with organization_context(laundry.pk):
            Order.objects.update(total=total)
        refresh(laundry)
        versions.append(state(laundry).data_version)
    assert versions == [1, 2, 3]
    assert state(wholesaler).data_version == theirs


def test_the_data_version_moves_in_the_transaction_of_the_rows(laundry, monkeypatch):
    order = make_order(laundry)
    refresh(laundry)
    change(order, total=20)
    waiting, version = marks(laundry), state(laundry).data_version

    def fail(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(Work, "end", fail)
    with pytest.raises(ZeroDivisionError):
        refresh(laundry)
    assert (daily(laundry, NOON.date()).total_revenue, state(laundry).data_version) == (10, version)
    assert marks(laundry) == waiting
    monkeypatch.undo()
    refresh(laundry)
    assert (daily(laundry, NOON.date()).total_revenue, state(laundry).data_version) == (20, version + 1)
    assert marks(laundry) == []


def test_a_refresh_of_one_organization_leaves_the_others_alone(laundry, wholesaler):
    for organization in (laundry, wholesaler):
        make_order(organization, customer=make_customer(organization))
    refresh(wholesaler)
    before, waiting = everything_stored(wholesaler), marks(wholesaler)
    refresh(laundry)
    assert everything_stored(wholesaler) == before
    assert marks(wholesaler) == waiting
    assert all(stored(model, laundry) for model in (DailyRevenueSummary, CustomerAnalytics))


def many_days(organization, count, **fields):
    with organization_context(organization.pk):
        Order.objects.bulk_create(
            Order(
                organization=organization,
                number=str(number),
                status=OrderStatus.ACCEPTED,
                placed_at=NOON - number * DAY,
                total=1,
                subtotal=1,
                **fields,
            )
            for number in range(count)
        )


def test_many_days_are_planned_by_months_and_drained(laundry):
    refresh(laundry)
    many_days(laundry, DAYS_AT_ONCE + 1, customer=make_customer(laundry))  # from 7 January to 10 March
    told = []
    refreshed = refresh_organization(laundry.pk, on_days=told.append)
    planned, *months, customers = refreshed.steps
    assert (planned.planned, planned.days, planned.more) == (63, 0, True)
    assert [month.days for month in months] == [10, 28, 25]  # the newest first
    assert (customers.days, customers.customers, customers.more) == (0, True, False)
    assert told == [0, 10, 28, 25, 0]
    assert marks(laundry) == []
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.count() == 63
        assert CustomerAnalytics.objects.get().counted_orders == 63
    # The first order ever is the oldest, whichever month was rebuilt first.
    new = {row["date"] for row in stored(DailyRevenueSummary, laundry).values() if row["new_customers"]}
    assert new == {day("2026-01-07")}
    job = JobRun.objects.get()
    assert (job.kind, job.organization_id, job.status, job.progress, job.total) == (
        "refresh_rollups", laundry.pk, JobStatus.SUCCEEDED, 100, 63
    )  # fmt: skip
    assert job.rows == refreshed.rows


def test_as_many_days_as_fit_are_done_at_once_and_without_a_job(laundry):
    refresh(laundry)
    many_days(laundry, DAYS_AT_ONCE)
    assert [step.days for step in refresh(laundry).steps] == [DAYS_AT_ONCE]
    assert not JobRun.objects.exists()


def test_a_job_whose_work_failed_says_so_and_the_next_refresh_goes_on(laundry, monkeypatch):
    refresh(laundry)
    many_days(laundry, DAYS_AT_ONCE + 1)
    real, done = Work.rebuild, []

    def fail_at_the_second(*arguments):
        done.append(1)
        if len(done) == 2:
            raise ZeroDivisionError
        real(*arguments)

    monkeypatch.setattr(Work, "rebuild", fail_at_the_second)
    with pytest.raises(ZeroDivisionError):
        refresh(laundry)
    failed = JobRun.objects.get()
    assert (failed.status, failed.error) == (
        JobStatus.FAILED, "It stopped (ZeroDivisionError); the next refresh goes on."
    )  # fmt: skip
    monkeypatch.undo()
    assert [step.days for step in refresh(laundry).steps] == [28, 25, 0]
    with organization_context(laundry.pk):
        assert DailyRevenueSummary.objects.count() == 63


def test_changed_facts_come_before_months_and_months_before_customers(laundry):
    make_order(laundry, customer=make_customer(laundry))
    refresh(laundry)
    days = [day("2026-01-05"), day("2026-01-06"), day("2026-02-05")]
    mark_rebuild(laundry.pk, laundry.calendar, dict.fromkeys(days, 0), cause="test")
    make_order(laundry)
    steps = refresh(laundry).steps
    assert [(step.days, step.rows, step.customers, step.more) for step in steps] == [
        (1, 7, True, True),  # the fact
        (1, 0, False, True),  # February
        (2, 0, False, True),  # January
        (0, 0, True, False),  # customers
    ]


def test_the_days_of_a_step_are_published_only_when_nothing_is_left(laundry):
    refresh(laundry)
    through = state(laundry).refreshed_through
    mark_rebuild(laundry.pk, laundry.calendar, {day("2026-01-05"): 0}, cause="test")
    assert refresh_step(laundry.pk, wait=True).more
    assert state(laundry).refreshed_through == through
    assert not refresh_step(laundry.pk, wait=True).more
    assert state(laundry).refreshed_through > through


def test_a_day_that_a_zone_left_out_does_not_stop_a_rebuild(db):
    samoa = make_organization("samoa", timezone="Pacific/Apia")
    make_order(samoa, placed_at=datetime.datetime(2011, 12, 29, 20, tzinfo=datetime.UTC))
    make_order(samoa, placed_at=datetime.datetime(2011, 12, 31, 20, tzinfo=datetime.UTC))
    mark_rebuild(samoa.pk, samoa.calendar, dict.fromkeys((day("2011-12-30"), day("2011-12-31")), 0), cause="test")
    refresh(samoa)
    assert marks(samoa) == []
    with organization_context(samoa.pk):
        dates = [str(date) for date in DailyRevenueSummary.objects.order_by("date").values_list("date", flat=True)]
    assert dates == ["2011-12-29", "2012-01-01"]


def test_an_organization_that_is_gone_leaves_no_marks(laundry):
    gone = make_organization("gone")
    mark_customers(gone.pk, cause="test")
    Organization.objects.filter(pk=gone.pk).delete()
    assert refresh(gone) == Refreshed(steps=[Step()])
    assert marks(gone) == []


# Functions of the database


def test_counted_order_is_the_twin_of_the_querysets_filter(laundry):
    for status in OrderStatus.values:
        make_order(laundry, status=status)
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, counted_order(status) FROM marketplace_order")
        by_database = dict(cursor.fetchall())
    with organization_context(laundry.pk):
        counted = set(Order.objects.counted().values_list("status", flat=True))
    assert by_database == {status: status in counted for status in OrderStatus.values}
    assert {status for status, counts in by_database.items() if not counts} == {"cancelled", "rejected", "no_show"}


def test_the_key_of_a_row_follows_from_its_grain(laundry):
    customer = make_customer(laundry)
    order = make_order(laundry, customer=customer)
    make_order(laundry, placed_at=NOON + DAY)
    refresh(laundry)
    before = {model: set(rows) for model, rows in everything_stored(laundry).items()}
    change(order, total=99)
    refresh(laundry)
    assert {model: set(rows) for model, rows in everything_stored(laundry).items()} == before
    with organization_context(laundry.pk):
        for model in EVERY_TABLE[:-1]:
            model.objects.all().delete()
    change(order, total=10)
    mark_rebuild(laundry.pk, laundry.calendar, dict.fromkeys((NOON.date(), NOON.date() + DAY), 0), cause="test")
    refresh(laundry)
    assert {model: set(rows) for model, rows in everything_stored(laundry).items()} == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT rollup_key(%s, %s, '')", [NOON.date(), laundry.pk])
        assert cursor.fetchone()[0] == daily(laundry, NOON.date()).pk
    assert customer_row(laundry, customer).pk == customer.pk


# Beside others


@pytest.fixture
def shop(transactional_db):
    return make_organization("shop", timezone="Europe/London", currency="GBP")


class Holder:
    """Another connection that holds the lock of a refresh until it is told to go."""

    def __init__(self, organization):
        self.organization, self.has, self.go = organization, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self):
        try:
            with in_transaction(), tenant_cursor() as cursor:
                take_lock(cursor, Lock.REFRESH, self.organization.pk)
                self.has.set()
                self.go.wait(60)
        finally:
            connections.close_all()

    def __enter__(self):
        self.thread.start()
        assert self.has.wait(60)
        return self

    def __exit__(self, *error):
        self.go.set()
        self.thread.join()


def test_a_refresher_leaves_when_another_is_at_work_and_waits_when_told(shop):
    make_order(shop)
    with Holder(shop) as holder:
        assert refresh(shop) == Refreshed(busy=True, steps=[])
        assert pending_marks(shop.pk).marks > 0
        with organization_context(shop.pk):
            assert not AnalyticsState.objects.exists()
        timer = threading.Timer(0.3, holder.go.set)
        timer.start()
        refreshed = refresh(shop, wait=True)
        timer.join()
    assert (refreshed.busy, refreshed.steps[-1].more) == (False, False)
    assert daily(shop, NOON.date()).total_revenue == 10
    assert pending_marks(shop.pk).marks == 0


def test_another_organization_is_refreshed_beside_a_busy_one(shop):
    other = make_organization("other", timezone="Europe/London", currency="GBP")
    make_order(other)
    with Holder(shop):
        assert refresh(other).busy is False
    assert daily(other, NOON.date()).total_revenue == 10


def test_a_job_that_another_refresher_goes_on_with_is_not_called_done(laundry, monkeypatch):
    refresh(laundry)
    many_days(laundry, DAYS_AT_ONCE + 1)
    real, calls = refreshing.refresh_step, []

    def busy_at_the_third(*arguments, **options):
        calls.append(1)
        return None if len(calls) == 3 else real(*arguments, **options)

    monkeypatch.setattr(refreshing, "refresh_step", busy_at_the_third)
    refreshed = refresh(laundry)
    assert (refreshed.busy, refreshed.days) == (True, 10)
    job = JobRun.objects.get()
    assert (job.status, job.rows, job.total) == (JobStatus.CANCELLED, 10, 63)
