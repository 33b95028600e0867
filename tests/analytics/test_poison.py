"""An organization whose refresh fails every time, or takes its worker with it, is tried less and less; others go on."""

import datetime
import uuid
from contextlib import contextmanager

import pytest
import time_machine
from celery import current_app
from django.utils import timezone
from kombu import Queue

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_rebuild
from apps.analytics.models import AnalyticsState
from apps.analytics.refresh import refresh_organization
from apps.analytics.selectors import organizations_due
from apps.analytics.tasks import refresh_one
from apps.core.context import organization_context
from tests.analytics.plain_sums import wrong_days
from tests.analytics.processes import PATIENCE_SECONDS, start
from tests.analytics.sessions import Session, ask, marks, run, until
from tests.builders import NOON, make_order, make_organization

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)


def state_of(organization) -> AnalyticsState:
    with organization_context(organization.pk):
        return AnalyticsState.objects.get()


@contextmanager
def poisoned_day(organization, day):
    """A day of one organization that cannot be written."""
    run(
        """
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.organization_id::text = TG_ARGV[0] AND NEW.date::text = TG_ARGV[1] THEN
                RAISE EXCEPTION 'poison';
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER poison BEFORE INSERT ON daily_revenue_summaries
        FOR EACH ROW EXECUTE FUNCTION poison(%s, %s);
        """,
        str(organization.pk),
        str(day),
    )
    try:
        yield
    finally:
        run("DROP FUNCTION poison() CASCADE")


def test_the_pause_after_a_failure_doubles_up_to_an_hour_and_the_others_go_on(laundry, clinic):
    make_order(laundry)
    now = NOON + 40 * DAY
    with poisoned_day(laundry, NOON.date()):
        for failures in range(9):
            make_order(clinic)
            with time_machine.travel(now, tick=False):
                assert set(organizations_due(now)) == {laundry.pk, clinic.pk}
                refresh_one(str(laundry.pk))
                refresh_one(str(clinic.pk))
            pause = min(60, 2**failures) * MINUTE
            state = state_of(laundry)
            assert (state.failures, state.retry_at, state.last_error) == (failures + 1, now + pause, "InternalError")
            assert laundry.pk not in organizations_due(now + pause - datetime.timedelta(seconds=1))
            assert wrong_days(clinic) == {}
            now += pause
    with time_machine.travel(now, tick=False):
        assert laundry.pk in organizations_due(now)
        refresh_one(str(laundry.pk))

    state = state_of(laundry)
    assert (state.failures, state.retry_at, state.last_error) == (0, None, "")
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def test_days_that_succeed_do_not_forgive_a_month_that_fails(laundry):
    refresh_organization(laundry.pk)
    mark_rebuild(laundry.pk, laundry.calendar, {NOON.date(): 0}, cause="test")
    make_order(laundry)
    run("DELETE FROM analytics_changelog WHERE organization_id = %s AND scope = 'facts'", laundry.pk)
    with poisoned_day(laundry, NOON.date()):
        for failures in range(3):
            make_order(laundry, placed_at=NOON + failures * DAY + 40 * DAY)
            refresh_one(str(laundry.pk))
            state = state_of(laundry)
            assert (state.failures, state.retry_at > timezone.now()) == (failures + 1, True)
    refresh_one(str(laundry.pk))

    assert (state_of(laundry).failures, state_of(laundry).retry_at) == (0, None)
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def test_a_task_leaves_at_once_when_another_refresher_is_at_work_and_counts_nothing(laundry):
    make_order(laundry)
    refresh_organization(laundry.pk)
    make_order(laundry)

    with Session() as refresher, Session() as task:
        task.do(run, "SET lock_timeout = '20ms'")
        refresher.do(refresh_while_in_the_middle, laundry, lambda: task.do(refresh_one, str(laundry.pk)))

    assert (state_of(laundry).failures, state_of(laundry).retry_at) == (0, None)
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)


def refresh_while_in_the_middle(organization, work):
    from django.db import connection

    def before(execute, sql, params, many, context):
        if sql.startswith("-- Line totals"):
            work()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(before):
        refresh_organization(organization.pk)


IN_TRANSACTION = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle'"


@pytest.fixture
def queue_of_poisoned(laundry, tmp_path):
    """The queue of a worker whose children a refresh of the laundry kills; they leave their process ids."""
    name = f"test-{uuid.uuid4()}"
    command = f"-m celery -A tests.analytics.poisoned -q worker -Q {name} -n {name}@%h --loglevel error --concurrency 3"
    process = start(
        *command.split(),
        *("--without-gossip", "--without-mingle"),
        name="poisoned",
        DJANGO_SETTINGS_MODULE="config.settings.local",
        POISONED=str(laundry.pk),
        DEATHS=str(tmp_path),
    )
    with process:
        yield name
        process.terminate()
        process.wait(PATIENCE_SECONDS)
    with current_app.connection_for_write() as connection:
        Queue(name).bind(connection.default_channel).delete()


def test_an_organization_that_kills_its_worker_is_counted_once_a_try_and_others_go_on(
    queue_of_poisoned, laundry, tmp_path
):
    make_order(laundry)
    for failures in (1, 2):
        other = make_organization(f"other-{failures}")
        make_order(other)
        before = timezone.now()
        for organization in (laundry, other):
            refresh_one.apply_async(args=[str(organization.pk)], queue=queue_of_poisoned)
        until(lambda other=other: not marks(other), "the other organization's refresh")
        until(lambda deaths=failures: len(list(tmp_path.iterdir())) == deaths, "a child's death")
        until(lambda: not ask(IN_TRANSACTION, "poisoned"), "the end of its transaction")

        state = state_of(laundry)
        assert (state.failures, marks(laundry)) == (failures, 1)
        assert state.retry_at >= before + 2 ** (failures - 1) * MINUTE
        assert laundry.pk not in organizations_due(timezone.now())
        assert wrong_days(other) == {}
    assert Organization.objects.count() == 3

    refresh_one(str(laundry.pk))
    assert (state_of(laundry).failures, state_of(laundry).retry_at) == (0, None)
    assert (wrong_days(laundry), marks(laundry)) == ({}, 0)
