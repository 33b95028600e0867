"""A full rebuild over several processes and a second host: killed, interrupted or done twice, it comes to its end."""

import datetime
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import psutil
import pytest
from django.core.management import call_command
from django.db import connection

from apps.analytics.models import DailyRevenueSummary
from apps.analytics.rebuild import report_open_rebuilds
from apps.analytics.refresh import refresh_organization
from apps.analytics.tasks import refresh_due
from apps.core.context import organization_context
from apps.core.models import JobRun, JobStatus
from config.celery import app
from tests.analytics.plain_sums import revenue_rows, wrong_days
from tests.analytics.processes import CODE, PATIENCE_SECONDS, start, waiting
from tests.analytics.sessions import Session, marks, until
from tests.builders import NOON, make_customer, make_line, make_order, make_partner, make_payment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

DAY = datetime.timedelta(days=1)
MONTHS = 8
WRONG = Decimal("0.01")


@pytest.fixture
def history(laundry):
    give_history(laundry)
    return laundry


def give_history(organization) -> None:
    """Orders of several months, whose rollups are wrong until they are rebuilt."""
    partner, customer = make_partner(organization), make_customer(organization)
    for month in range(MONTHS):
        for day in range(2):
            at = NOON + (month * 31 + day) * DAY
            order = make_order(organization, placed_at=at, partner=partner, customer=customer)
            make_line(order)
            make_payment(order)
    refresh_organization(organization.pk)
    with organization_context(organization.pk):
        DailyRevenueSummary.objects.update(total_revenue=WRONG)


@pytest.fixture(scope="module")
def second_host(tmp_path_factory, django_db_setup, django_db_blocker):
    """A worker with a checkout of its own, which knows nothing of ours but the two URLs."""
    checkout = tmp_path_factory.mktemp("second host") / "bellwether"
    for part in ("apps", "config", "static", "templates"):
        shutil.copytree(CODE / part, checkout / part)
    with django_db_blocker.unblock():
        app.control.purge()  # what other tests left in the queue
        with worker("second", code=checkout) as process:
            yield process
    assert not (checkout / "var").exists(), "it should have used the servers of the URLs"


@contextmanager
def worker(name, code=CODE):
    """A worker of one child, on the queue that this suite's processes send to."""
    command = f"-m celery -A config.celery -q worker -Q {app.conf.task_default_queue} -n {name}@%h --loglevel error"
    with start(
        *command.split(), *("--concurrency", "1", "--without-gossip", "--without-mingle"), name=name, code=code
    ) as process:
        yield process
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@contextmanager
def held_state(organization):
    """No month comes to its end meanwhile: the last it does is to move the state's version."""
    with Session() as holder:
        holder.begin()
        holder.do(hold, organization, "analytics_analyticsstate")
        yield
        holder.rollback()


def hold(organization, table, date=None) -> None:
    with connection.cursor() as cursor:
        on_day = "" if date is None else " AND date = %(date)s"
        cursor.execute(
            f'SELECT FROM "{table}" WHERE organization_id = %(organization)s{on_day} FOR UPDATE',
            {"organization": organization.pk, "date": date},
        )


@pytest.fixture
def rebuild():
    """`refresh_rollups --full --queue`, which watches until the workers are done."""
    with ThreadPoolExecutor(1) as pool:

        def watch():
            try:
                call_command("refresh_rollups", full=True, queue=True, organization=["laundry"], verbosity=0)
            finally:
                connection.close()

        yield lambda: pool.submit(watch)


def the_job() -> JobRun:
    return JobRun.objects.filter(kind="rebuild_rollups").latest("queued_at")


def assert_rebuilt(organization) -> None:
    job = the_job()
    assert (job.status, job.progress, job.error) == (JobStatus.SUCCEEDED, 100, "")
    assert (wrong_days(organization), marks(organization)) == ({}, 0)


def test_a_second_host_takes_part_and_does_what_a_killed_worker_had_begun(history, second_host, rebuild):
    with worker("first") as first:
        with held_state(history):
            watching = rebuild()
            until(lambda: waiting("first") == waiting("second") == 1, "a month in the hands of each")
            children = psutil.Process(first.pid).children(recursive=True)
            first.kill()  # before its children, which it would replace
            for child in children:
                child.kill()
            first.wait(PATIENCE_SECONDS)
        watching.result(PATIENCE_SECONDS)

    assert_rebuilt(history)


def test_what_a_killed_child_had_begun_is_done_after_the_next_tick_of_beat(history, second_host, rebuild):
    with held_state(history):
        watching = rebuild()
        until(lambda: JobRun.objects.filter(stage="days").exists(), "an end of the handing out")
        until(lambda: waiting("second") == 1, "the first month at work")
        app.control.purge()  # the other messages are lost as well
        (child,) = psutil.Process(second_host.pid).children()
        child.kill()
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the end of the child")
    until(lambda: not waiting("second"), "the end of its transaction")
    assert (the_job().status, marks(history) > 0) == (JobStatus.RUNNING, True)

    refresh_due()
    watching.result(PATIENCE_SECONDS)

    assert_rebuilt(history)


def test_two_full_rebuilds_at_once_do_no_harm(history):
    with ThreadPoolExecutor(1) as pool:
        with held_state(history):
            here = pool.submit(rebuild_here)
            there = start("manage.py", "refresh_rollups", "--full", "--workers", "2", name="there")
            until(lambda: (waiting("there") and waiting("bellwether")) or there.poll() is not None, "months at work")
        told = there.communicate(timeout=PATIENCE_SECONDS)
        here.result(PATIENCE_SECONDS)

    assert there.returncode == 0, told
    report_open_rebuilds()
    jobs = JobRun.objects.filter(kind="rebuild_rollups").values_list("status", "progress")
    assert list(jobs) == [(JobStatus.SUCCEEDED, 100)] * 2
    assert_rebuilt(history)


def rebuild_here() -> None:
    try:
        call_command("refresh_rollups", full=True, workers=2, verbosity=0)
    finally:
        connection.close()


def test_an_interrupted_rebuild_is_completed_by_a_plain_refresh(history, clinic):
    give_history(clinic)
    processes = {}
    with Session() as holder:
        holder.begin()
        for organization, workers in ((history, 1), (clinic, 2)):
            middle = sorted(revenue_rows(organization))[MONTHS - 2 : MONTHS + 2]  # two months, one for each
            for day in middle:
                holder.do(hold, organization, "daily_revenue_summaries", day)
            chosen = ("--full", "--organization", organization.slug, "--workers", str(workers))
            processes[organization] = start("manage.py", "refresh_rollups", *chosen, name=organization.slug)
        for organization, workers in ((history, 1), (clinic, 2)):
            process = processes[organization]
            until(lambda o=organization, n=workers, p=process: waiting(o.slug) == n or p.poll(), "the months to meet")
            process.send_signal(signal.SIGINT)
        holder.rollback()

    for organization, process in processes.items():
        told = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130, told
        assert "a plain refresh_rollups goes on from here" in str(told)
        done = [row["total_revenue"] != WRONG for _day, row in sorted(revenue_rows(organization).items())]
        assert (done[0], done[-1]) == (False, True), "it should have stopped in the middle"
    call_command("refresh_rollups", verbosity=0)
    report_open_rebuilds()

    for organization in processes:
        assert_rebuilt(organization)
    assert set(JobRun.objects.values_list("kind", "status", "progress")) == {("rebuild_rollups", "succeeded", 100)}
