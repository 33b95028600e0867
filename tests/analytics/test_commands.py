"""The commands that operators and cron know."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.analytics import rebuild, tasks
from apps.analytics.answers.answering import Asked, From, answered
from apps.analytics.management.commands import refresh_rollups
from apps.analytics.models import AnalyticsCache, CacheType, CustomerAnalytics, DailyRevenueSummary
from apps.core.context import organization_context
from apps.core.models import JobRun, JobStatus, JobTrigger
from tests.analytics.records import DAY, HOUR, change, customer_row, daily, marks, refresh, state, stored
from tests.builders import NOON, make_customer, make_order, make_organization

REFRESHING = ["update_daily_revenue_summary", "calculate_partner_performance", "update_customer_analytics"]
every_refreshing = pytest.mark.parametrize("name", REFRESHING)
TENTH = NOON.date()


@pytest.fixture
def run(capsys):
    """Run a command as typed; return the lines it printed."""

    def run(*words):
        call_command(*words)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON + 2 * DAY + HOUR, tick=True):
        yield


def spoil(organization, **fields):
    """Write daily revenue past the change log."""
    with organization_context(organization.pk):
        DailyRevenueSummary.objects.update(**fields)


def revenues(organization):
    with organization_context(organization.pk):
        rows = DailyRevenueSummary.objects.order_by("date").values_list("date", "total_revenue")
        return {str(date): int(total) for date, total in rows}


def orders_of(organization, days, **fields):
    """An order of 10.00 on each of the days before the 10th, and on it."""
    return [make_order(organization, placed_at=NOON - number * DAY, **fields) for number in range(days)]


# refresh_rollups


def test_what_changed_is_refreshed_and_told(laundry, wholesaler, run):
    order, _earlier = orders_of(laundry, 2)
    assert run("refresh_rollups") == ["laundry: 2 days, 12 rows.", "wholesaler: nothing had changed."]
    assert run("refresh_rollups") == ["laundry: nothing had changed.", "wholesaler: nothing had changed."]
    change(order, total=20)
    assert run("refresh_rollups") == [
        "laundry: 1 days, 6 rows, 6 published rows changed.",
        "wholesaler: nothing had changed.",
    ]
    assert revenues(laundry) == {"2026-03-09": 10, "2026-03-10": 20}


def test_only_the_chosen_organizations_are_refreshed(laundry, wholesaler, clinic, run):
    for organization in (laundry, wholesaler, clinic):
        make_order(organization)
    lines = run("refresh_rollups", "--organization", "wholesaler", "--organization", "clinic")
    assert [line.split(":")[0] for line in lines] == ["clinic", "wholesaler"]
    assert [len(revenues(organization)) for organization in (laundry, wholesaler, clinic)] == [0, 1, 1]


def test_a_full_rebuild_replaces_every_day_and_every_customer(laundry, wholesaler, run):
    orders_of(laundry, 40, customer=make_customer(laundry))
    make_order(wholesaler)
    run("refresh_rollups")
    before, customers = stored(DailyRevenueSummary, laundry), stored(CustomerAnalytics, laundry)
    spoil(laundry, total_revenue=1)
    with organization_context(laundry.pk):
        CustomerAnalytics.objects.update(total_spent=1)
    (line,) = run("refresh_rollups", "--full", "--organization", "laundry")
    assert line.startswith("40 days of 1 organizations in ")
    assert revenues(laundry) == dict.fromkeys((str(row["date"]) for row in before.values()), 10)
    assert set(stored(DailyRevenueSummary, laundry)) == set(before)
    assert {row["total_spent"] for row in stored(CustomerAnalytics, laundry).values()} == {Decimal(400)}
    assert set(stored(CustomerAnalytics, laundry)) == set(customers)
    job = JobRun.objects.get()
    assert (job.kind, job.trigger, job.organization_id) == ("rebuild_rollups", JobTrigger.COMMAND, laundry.pk)
    assert (job.status, job.progress, job.rows, job.total) == (JobStatus.SUCCEEDED, 100, 40, 40)
    assert marks(laundry) == []


def test_a_rebuild_of_all_organizations_is_one_job_of_none(organizations, run):
    for organization in organizations:
        orders_of(organization, 3)
    (line,) = run("refresh_rollups", "--full")
    assert line.startswith("9 days of 3 organizations in ")
    job = JobRun.objects.get()
    assert (job.organization_id, job.total, job.status) == (None, 9, JobStatus.SUCCEEDED)
    assert [len(revenues(organization)) for organization in organizations] == [3, 3, 3]


def test_a_rebuild_since_a_date_leaves_earlier_days_alone(laundry, run):
    orders_of(laundry, 4)
    run("refresh_rollups")
    spoil(laundry, total_revenue=1)
    (line,) = run("refresh_rollups", "--since", "2026-03-09")
    assert line.startswith("2 days of 1 organizations")
    assert revenues(laundry) == {"2026-03-07": 1, "2026-03-08": 1, "2026-03-09": 10, "2026-03-10": 10}


@pytest.mark.parametrize("words", [("--full",), ("--since", "2030-01-01"), ("--full", "--queue")])
def test_a_rebuild_without_any_day_ends_at_once(laundry, run, words):
    if "--since" in words:
        make_order(laundry)
        refresh(laundry)
    assert run("refresh_rollups", *words)[0].startswith("0 days of 1 organizations")
    assert JobRun.objects.get().status == JobStatus.SUCCEEDED
    assert [mark for mark in marks(laundry) if mark.scope != "facts"] == []


def test_progress_is_in_the_ledger_while_a_rebuild_runs(laundry, run, monkeypatch):
    orders_of(laundry, 40)  # from 30 January to 10 March
    seen, real = [], rebuild.report

    def watch(job):
        left = real(job)
        seen.append(tuple(JobRun.objects.values_list("rows", "total", "progress", "stage").get()))
        return left

    monkeypatch.setattr(rebuild, "report", watch)
    monkeypatch.setattr(rebuild, "REPORT_EVERY", -1)
    run("refresh_rollups", "--full")
    months = [(10, 40, 25, "days"), (38, 40, 95, "days"), (40, 40, 99, "customers")]
    assert seen == [*months, (40, 40, 99, "customers"), (40, 40, 100, "")]


@pytest.mark.django_db(transaction=True)
def test_two_workers_give_what_one_gives(run):
    shop, other = (make_organization(slug, timezone="Europe/London") for slug in ("shop", "other"))
    for organization in (shop, other):
        orders_of(organization, 40, customer=make_customer(organization))
    assert sorted(run("refresh_rollups", "--workers", "2")) == [
        "other: 40 days, 240 rows.",
        "shop: 40 days, 240 rows.",
    ]
    tables = (DailyRevenueSummary, CustomerAnalytics)
    before = [plain(stored(model, organization)) for organization in (shop, other) for model in tables]
    assert run("refresh_rollups", "--full", "--workers", "2")[0].startswith("80 days of 2 organizations")
    assert [plain(stored(model, organization)) for organization in (shop, other) for model in tables] == before
    assert {job.status for job in JobRun.objects.all()} == {JobStatus.SUCCEEDED}


def plain(rows):
    return {pk: {**row, "refreshed_at": None} for pk, row in rows.items()}


def test_the_queue_rebuilds_and_the_command_watches(laundry, run, monkeypatch):
    orders_of(laundry, 40)
    refresh(laundry)
    spoil(laundry, total_revenue=1)
    sent = []
    for task in (tasks.rebuild_one_month, tasks.settle_rebuild):
        monkeypatch.setattr(task, "delay", lambda *arguments, task=task: sent.append((task, arguments)))
    # A worker takes one task each time the command looks.
    monkeypatch.setattr(refresh_rollups.time, "sleep", lambda seconds: sent[0][0](*sent.pop(0)[1]))
    (line,) = run("refresh_rollups", "--full", "--queue")
    assert line.startswith("40 days of 1 organizations in ")
    assert sent == []
    assert set(revenues(laundry).values()) == {10}
    job = JobRun.objects.get()
    assert (job.status, job.rows, job.total) == (JobStatus.SUCCEEDED, 40, 40)


def test_a_rebuild_that_was_ended_stops_the_watching_command(laundry, run, monkeypatch):
    make_order(laundry)
    for task in (tasks.rebuild_one_month, tasks.settle_rebuild):
        monkeypatch.setattr(task, "delay", lambda *arguments: None)
    monkeypatch.setattr(
        refresh_rollups.time, "sleep", lambda seconds: JobRun.objects.update(status=JobStatus.CANCELLED)
    )
    with pytest.raises(CommandError, match="The rebuild was ended"):
        run("refresh_rollups", "--full", "--queue")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--queue",), "--queue goes with --full or --since"),
        (("--workers", "0"), "argument --workers: “0” is not a number from 1 to 64"),
        (("--workers", "many"), "argument --workers: “many” is not a number from 1 to 64"),
        (("--since", "10.3.2026"), "argument --since: “10.3.2026” is not a date such as 2026-03-01"),
        (("--since", "0226-03-01"), "argument --since: “0226-03-01” is not a date such as 2026-03-01"),
        (("--since", "2026-03-01", "--full"), "--full and --since exclude each other"),
        (("--organization", "nobody"), "There is no organization “nobody”. Known are laundry."),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_happens(laundry, words, message):
    make_order(laundry)
    waiting = marks(laundry)
    with pytest.raises(CommandError) as caught:
        call_command("refresh_rollups", *words)
    assert message in str(caught.value)
    assert marks(laundry) == waiting
    assert not JobRun.objects.exists()


def test_without_any_organization_nobody_is_known(db):
    with pytest.raises(CommandError, match="Known are none yet"):
        call_command("refresh_rollups", "--organization", "laundry")
    call_command("refresh_rollups")


# The names that cron knows


@every_refreshing
def test_each_brings_what_changed_up_to_date_and_may_be_repeated(laundry, wholesaler, run, name):
    customer = make_customer(laundry)
    orders_of(laundry, 2, customer=customer)
    assert run(name)[0] == "laundry: 2 days, 12 rows."
    assert revenues(laundry) == {"2026-03-09": 10, "2026-03-10": 10}
    assert customer_row(laundry, customer).total_orders == 2
    before = plain(stored(DailyRevenueSummary, laundry))
    run(name)
    assert plain(stored(DailyRevenueSummary, laundry)) == before
    assert marks(laundry) == marks(wholesaler) == []


@every_refreshing
def test_a_date_is_computed_anew_whether_it_changed_or_not(laundry, wholesaler, run, name):
    for organization in (laundry, wholesaler):
        orders_of(organization, 3)
    run("refresh_rollups")
    for organization in (laundry, wholesaler):
        spoil(organization, total_revenue=1)
    run(name, "--organization", "laundry", "--date", "2026-03-09")
    assert revenues(laundry) == {"2026-03-08": 1, "2026-03-09": 10, "2026-03-10": 1}
    run(name, "--organization", "laundry", "--since", "2026-03-09")
    assert revenues(laundry) == {"2026-03-08": 1, "2026-03-09": 10, "2026-03-10": 10}
    assert set(revenues(wholesaler).values()) == {1}


def test_customers_are_all_computed_anew(laundry, run):
    customer = make_customer(laundry)
    orders_of(laundry, 1, customer=customer)
    refresh(laundry)
    with organization_context(laundry.pk):
        CustomerAnalytics.objects.update(total_orders=9, segment="vip")
    run("update_daily_revenue_summary")
    assert customer_row(laundry, customer).total_orders == 9
    assert run("update_customer_analytics") == ["laundry: every customer computed anew."]
    row = customer_row(laundry, customer)
    assert (row.total_orders, row.segment) == (1, "new")


def test_a_night_that_only_ages_customers_says_so(laundry, run):
    orders_of(laundry, 1, customer=make_customer(laundry))
    refresh(laundry)
    with time_machine.travel(NOON + 60 * DAY, tick=True):
        assert run("refresh_rollups") == ["laundry: 1 customers moved with the calendar."]
        assert run("refresh_rollups") == ["laundry: nothing had changed."]


def test_more_days_than_fit_have_a_job_with_its_progress(laundry, run):
    refresh(laundry)
    orders_of(laundry, 70)
    # A row of each of six rollups came on each day, all of them published.
    assert run("update_daily_revenue_summary") == ["laundry: 70 days, 420 rows, 420 published rows changed."]
    job = JobRun.objects.get()
    assert (job.kind, job.status, job.progress, job.total) == ("refresh_rollups", JobStatus.SUCCEEDED, 100, 70)


@every_refreshing
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--date", "2026-03-10", "--since", "2026-03-01"), "--date and --since exclude each other."),
        (("--date", "2026-02-30"), "argument --date: “2026-02-30” is not a date such as 2026-03-01"),
        (("--date", "9999-12-31"), "argument --date: “9999-12-31” is not a date such as 2026-03-01"),
        (("--since", "soon"), "argument --since: “soon” is not a date such as 2026-03-01"),
        (("--organization", "nobody"), "There is no organization “nobody”. Known are laundry."),
    ],
)
def test_each_names_what_it_cannot_do(laundry, name, words, message):
    waiting = marks(laundry)
    with pytest.raises(CommandError) as caught:
        call_command(name, *words)
    assert message in str(caught.value)
    assert marks(laundry) == waiting


# clear_expired_cache


def test_expired_answers_of_every_organization_are_deleted(laundry, wholesaler, run):
    for organization in (laundry, wholesaler):
        with organization_context(organization.pk):
            AnalyticsCache.set_cached("old", 1, CacheType.REVENUE, 0, organization_id=organization.pk)
            AnalyticsCache.set_cached("new", 2, CacheType.REVENUE, organization_id=organization.pk)
    assert run("clear_expired_cache") == ["2 expired answers deleted."]
    assert run("clear_expired_cache") == ["0 expired answers deleted."]
    for organization in (laundry, wholesaler):
        with organization_context(organization.pk):
            assert list(AnalyticsCache.objects.values_list("key", flat=True)) == ["new"]


def kept_keys(organization):
    with organization_context(organization.pk):
        return list(AnalyticsCache.objects.order_by("key").values_list("key", flat=True))


@pytest.fixture
def answers(laundry, wholesaler):
    """A fresh answer, an expired one, and one that is kept as the last good one, for each of two."""
    for organization in (laundry, wholesaler):
        with organization_context(organization.pk):
            for key, minutes, kept_for in (("fresh", None, None), ("last-good", 0, DAY), ("old", 0, None)):
                AnalyticsCache.set_cached(
                    key, 1, CacheType.REVENUE, minutes, organization_id=organization.pk, kept_for=kept_for
                )


@pytest.mark.parametrize(
    ("words", "told", "left", "left_elsewhere"),
    [
        ((), "2 expired answers deleted.", ["fresh", "last-good"], ["fresh", "last-good"]),
        (
            ("--organization", "laundry"),
            "1 expired answers deleted.",
            ["fresh", "last-good"],
            ["fresh", "last-good", "old"],
        ),
        (("--all",), "6 answers deleted.", [], []),
        (("--all", "--organization", "laundry"), "3 answers deleted.", [], ["fresh", "last-good", "old"]),
    ],
)
def test_what_is_cleared_is_chosen(laundry, wholesaler, answers, run, words, told, left, left_elsewhere):
    assert run("clear_expired_cache", *words) == [told]
    assert (kept_keys(laundry), kept_keys(wholesaler)) == (left, left_elsewhere)


def test_cleared_answers_are_not_in_front_of_the_table_either(laundry, run):
    asked = Asked(organization=laundry, endpoint="revenue", type=CacheType.REVENUE, parameters={})
    answered(asked, lambda scope: {"value": 1})
    assert answered(asked, lambda scope: {"value": 2}).source == From.CACHE
    run("clear_expired_cache")
    assert answered(asked, lambda scope: {"value": 3}).source == From.CACHE
    run("clear_expired_cache", "--all")
    found = answered(asked, lambda scope: {"value": 4})
    assert (found.source, found.body) == (From.LIVE, b'{"value":4}')


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_answers_of_nobody_are_not_cleared(laundry, answers, words):
    with pytest.raises(CommandError, match="There is no organization “nobody”"):
        call_command("clear_expired_cache", "--organization", "nobody", *words)
    assert len(kept_keys(laundry)) == 3


def test_the_last_refresh_is_told_by_the_state(laundry, run):
    make_order(laundry)
    before = datetime.datetime.now(datetime.UTC)
    run("refresh_rollups")
    assert state(laundry).refreshed_through >= before
    assert daily(laundry, TENTH).refreshed_at >= before


def test_days_before_the_first_and_after_the_last_are_not_worked_through(laundry, run):
    make_order(laundry)
    (first,) = run("update_daily_revenue_summary", "--since", "1900-01-01")
    (second,) = run("update_daily_revenue_summary", "--since", "2199-01-01")
    assert (first.partition(",")[0], second) == ("laundry: 1 days", "laundry: nothing had changed.")
