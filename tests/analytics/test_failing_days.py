"""A day that cannot be computed stops no other day, and says so wherever figures are shown."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from apps.analytics import attempts
from apps.analytics.changelog import mark_customers, mark_everything
from apps.analytics.models import AnalyticsState, CustomerAnalytics, FailingDay
from apps.analytics.rebuild import start_rebuild, work_through
from apps.analytics.refresh import refresh_organization, refresh_step
from apps.analytics.selectors import organizations_due, read_freshness
from apps.analytics.services import recompute_days
from apps.analytics.step import Work
from apps.analytics.tasks import refresh_one
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.core.models import JobStatus, JobTrigger
from tests.analytics.plain_sums import wrong_days
from tests.analytics.records import daily, forget_marks, marks, refresh, state
from tests.analytics.sessions import run
from tests.api.clients import client_of
from tests.builders import (
    NOON,
    make_customer,
    make_line,
    make_member,
    make_order,
    make_payment,
    make_refund,
    make_review,
)

DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)
TENTH = NOON.date()
LATER = NOON + 40 * DAY


@pytest.fixture
def poison(db):
    """Let a table of rollups refuse rows by a condition on them."""

    def spread(table="partner_performance_metrics", condition="NEW.total_revenue >= 666"):
        run(
            f"""
            CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition} THEN RAISE EXCEPTION 'a secret'; END IF;
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION poison();
            """
        )

    return spread


@pytest.fixture
def at_later():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def owner_api(laundry):
    """Ask an endpoint as the owner of the laundry, and get the freshness of its answer."""

    client = client_of(make_member(laundry))

    def ask(path):
        answer = client.get(f"/api/analytics/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()["freshness"]

    return ask


def failing(organization):
    with organization_context(organization.pk):
        return list(FailingDay.objects.order_by("date"))


def orders_on(organization, numbers, **fields):
    return [make_order(organization, placed_at=NOON + number * DAY, **fields) for number in numbers]


def scopes(organization):
    return sorted({mark.scope for mark in marks(organization)})


def days_that_are_wrong(organization):
    return {grain[0] if isinstance(grain, tuple) else grain for grain in wrong_days(organization)}


def antidote():
    run("DROP FUNCTION poison() CASCADE")


def test_one_bad_day_stops_one_day_and_names_the_fact_and_the_column(laundry, clinic, poison, at_later):
    orders_on(laundry, range(9), total=10)
    orders_on(laundry, [4], total=20)
    (bad,) = orders_on(laundry, [4], total=636)
    make_order(clinic)
    poison(condition="NEW.total_revenue > 600")

    for organization in (laundry, clinic):
        refresh_one(str(organization.pk))

    assert days_that_are_wrong(laundry) == {TENTH + 4 * DAY}
    assert daily(laundry, TENTH + 8 * DAY).total_revenue == 10
    assert wrong_days(clinic) == {}
    (day,) = failing(laundry)
    assert (day.date, day.failures, day.error) == (TENTH + 4 * DAY, 1, "Raise exception")
    assert (day.fact_model, day.fact_id, day.fact_column) == ("marketplace.order", bad.pk, "total")
    assert (day.failing_since, day.retry_at) == (LATER, LATER + MINUTE)
    assert scopes(laundry) == ["held"]
    assert failing(clinic) == []


def test_it_is_tried_again_less_and_less_often_while_the_others_go_on(laundry, poison):
    orders_on(laundry, [0], total=666)
    poison()
    now, pauses = LATER, []
    for number in range(1, 5):
        with time_machine.travel(now, tick=False):
            refresh_one(str(laundry.pk))
            pauses.append((failing(laundry)[0].retry_at - now) / MINUTE)
            assert laundry.pk not in organizations_due(now + MINUTE / 2)
            # Meanwhile a change of another day, and one more of the day itself.
            orders_on(laundry, [0, number])
            assert laundry.pk in organizations_due(now)
            refresh_one(str(laundry.pk))
        assert daily(laundry, TENTH + number * DAY).order_count == 1
        assert failing(laundry)[0].failures == number
        now = failing(laundry)[0].retry_at
        assert laundry.pk in organizations_due(now)
    assert pauses == [1, 2, 4, 8]
    antidote()
    with time_machine.travel(now, tick=False):
        refresh_one(str(laundry.pk))
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})
    assert (state(laundry).failures, state(laundry).retry_at, state(laundry).last_error) == (0, None, "")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda order: make_refund(order.organization, order=order, amount=666, refunded_at=NOON + DAY), "refund"),
        (lambda order: make_review(order, rating=4, reviewed_at=NOON + DAY), "review"),
    ],
    ids=["a refund", "a review"],
)
def test_a_fact_of_another_kind_is_named_as_well(laundry, poison, at_later, make, kind):
    order, other = orders_on(laundry, [0, 1])
    make_refund(laundry, order=other, amount=1, refunded_at=NOON + DAY)
    make_review(other, rating=1, reviewed_at=NOON + DAY)
    fact = make(order)
    poison(condition="NEW.refund_amount >= 666 OR NEW.rating_sum >= 4")
    refresh_one(str(laundry.pk))
    (day,) = failing(laundry)
    assert (day.date, day.fact_model, day.fact_id) == (TENTH + DAY, f"marketplace.{kind}", fact.pk)


def test_facts_that_only_fail_together_have_none_to_blame(laundry, poison, at_later):
    orders_on(laundry, [0, 0, 1], total=333)
    poison()
    refresh_one(str(laundry.pk))
    (day,) = failing(laundry)
    assert (day.date, day.fact_id, day.fact_model) == (TENTH, None, "")
    assert daily(laundry, TENTH + DAY).total_revenue == 333


@pytest.mark.parametrize("way", ["everything", "rebuild", "recompute", "verify"])
def test_every_way_to_compute_many_days_leaves_out_the_bad_one(laundry, poison, at_later, way):
    orders_on(laundry, range(0, 70, 2), total=10)
    refresh(laundry)
    orders_on(laundry, [30], total=656)
    poison()
    days = [TENTH + number * DAY for number in range(0, 70, 2)]
    if way == "everything":
        mark_everything(laundry.pk, cause="test")
        refresh_organization(laundry.pk)
    elif way == "rebuild":
        job, chunks = start_rebuild([laundry.pk], trigger=JobTrigger.COMMAND)
        work_through(job, chunks, workers=1, on_days=lambda days: None)
    elif way == "recompute":
        assert recompute_days(organization=laundry, days=days[:20]).failing == 1
    else:
        found = verify_organization(laundry.pk, repair=True)
        assert (found.differences, found.skipped_days, found.rows_compared > 100) == (0, 1, True)
    assert [day.date for day in failing(laundry)] == [TENTH + 30 * DAY]
    assert days_that_are_wrong(laundry) == {TENTH + 30 * DAY}
    assert scopes(laundry) == ["held"]
    antidote()
    refresh_organization(laundry.pk, retry=True)
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})


def test_customers_that_cannot_be_computed_stop_no_day(laundry, poison, at_later):
    customer = make_customer(laundry)
    orders_on(laundry, [0], customer=make_customer(laundry), total=1)
    orders_on(laundry, [1, 2], customer=customer, total=333)
    poison("customer_analytics", "NEW.total_spent = 666")
    refresh_one(str(laundry.pk))
    assert [day.date for day in failing(laundry)] == [None]
    assert [daily(laundry, TENTH + number * DAY).total_revenue for number in range(3)] == [1, 333, 333]
    assert scopes(laundry) == ["customers"]
    antidote()
    refresh_organization(laundry.pk, retry=True)
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})
    with organization_context(laundry.pk):
        assert CustomerAnalytics.objects.get(customer=customer).total_spent == 666


def test_a_day_that_is_fixed_is_computed_at_once_when_its_fact_changes_and_it_is_due(laundry, poison, at_later):
    (bad,) = orders_on(laundry, [0], total=666)
    make_line(bad)
    make_payment(bad)
    poison()
    refresh_one(str(laundry.pk))
    with organization_context(laundry.pk):
        type(bad).objects.filter(pk=bad.pk).update(total=Decimal(10))
    with time_machine.travel(LATER + 2 * MINUTE, tick=False):
        assert laundry.pk in organizations_due(timezone.now())
        refresh_one(str(laundry.pk))
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})


def test_customers_that_were_marked_wait_with_the_customers_that_fail(laundry, poison, at_later):
    orders_on(laundry, [0], customer=make_customer(laundry), total=666)
    poison("customer_analytics", "NEW.total_spent = 666")
    refresh_one(str(laundry.pk))
    mark_customers(laundry.pk, cause="test")
    assert laundry.pk not in organizations_due(LATER)
    with organization_context(laundry.pk):
        assert AnalyticsState.objects.get().refreshed_through == LATER


def test_every_answer_is_stale_while_a_day_fails_and_fresh_when_it_no_longer_does(laundry, poison, at_later, owner_api):
    orders_on(laundry, [0, 1], total=10)
    refresh_one(str(laundry.pk))
    assert "failing_days" not in owner_api("overview")
    orders_on(laundry, [0], total=656)
    poison()
    refresh_one(str(laundry.pk))
    expected = {"stale": True, "reason": "days_not_computed", "failing_days": [str(TENTH)]}
    for path in ("overview", "revenue", "query?metrics=total_revenue", "metrics/total_revenue/explain", "overview"):
        freshness = owner_api(path)
        assert {key: freshness[key] for key in expected} == expected, path
    antidote()
    refresh_organization(laundry.pk, retry=True)
    assert owner_api("overview")["stale"] is False


def test_answers_are_stale_while_the_whole_refresh_fails(laundry, at_later, owner_api, monkeypatch):
    from apps.analytics import tasks

    make_order(laundry)
    refresh_one(str(laundry.pk))

    def fail(*arguments, **options):
        raise OperationalError

    monkeypatch.setattr(tasks, "refresh_organization", fail)
    refresh_one(str(laundry.pk))
    assert owner_api("revenue")["reason"] == "refresh_failing"
    monkeypatch.undo()
    refresh_one(str(laundry.pk))
    assert owner_api("revenue")["stale"] is False


def test_a_day_that_kills_its_worker_each_time_is_named_and_stops_no_other(laundry, monkeypatch):
    orders_on(laundry, range(3))
    with time_machine.travel(LATER, tick=False):
        refresh(laundry)
    orders_on(laundry, range(3))

    def die(self, days):
        if TENTH in days:
            raise SystemExit
        return real(self, days)

    real = Work._fill
    monkeypatch.setattr(Work, "_fill", die)
    now, deaths = LATER, 0
    for _attempt in range(6):
        with time_machine.travel(now, tick=False):
            assert laundry.pk in organizations_due(now)
            try:
                refresh_one(str(laundry.pk))
            except SystemExit:
                deaths += 1
        now += 65 * MINUTE
    assert deaths >= 4
    assert [(day.date, day.error) for day in failing(laundry)] == [(TENTH, "Worker stopped")]
    assert [daily(laundry, TENTH + number * DAY).order_count for number in range(3)] == [1, 2, 2]
    monkeypatch.undo()
    with time_machine.travel(now, tick=False):
        refresh_one(str(laundry.pk))
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})


def test_a_failing_day_whose_mark_is_gone_is_computed_when_it_is_due(laundry, poison, at_later):
    orders_on(laundry, [0, 1], total=666)
    poison()
    refresh_one(str(laundry.pk))
    antidote()
    forget_marks(laundry)
    with time_machine.travel(LATER + 2 * MINUTE, tick=False):
        refresh_one(str(laundry.pk))
    assert (failing(laundry), wrong_days(laundry)) == ([], {})


def test_a_failing_day_survives_another_time_zone(laundry, poison, at_later):
    orders_on(laundry, [0, 1, 5], total=666)
    poison()
    refresh_one(str(laundry.pk))
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        type(laundry).objects.filter(pk=laundry.pk).update(timezone=zone)
        refresh_organization(laundry.pk)
    antidote()
    refresh_organization(laundry.pk, retry=True)
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})


def test_a_rebuild_ends_as_failed_where_customers_are_held_back(laundry, poison, at_later):
    orders_on(laundry, [0], customer=make_customer(laundry), total=666)
    poison("customer_analytics", "NEW.total_spent >= 666")
    job, chunks = start_rebuild([laundry.pk], trigger=JobTrigger.COMMAND)
    work_through(job, chunks, workers=1, on_days=lambda days: None)
    job.refresh_from_db()
    assert (job.status, job.error[:24]) == (JobStatus.FAILED, "Not computed: customers.")
    for number in range(2):
        orders_on(laundry, [1])
        with time_machine.travel(LATER + number * MINUTE / 3, tick=False):
            refresh_organization(laundry.pk)
    assert [mark.scope for mark in marks(laundry)] == ["customers"]


def test_planning_many_days_makes_no_figure_look_newer(laundry, at_later):
    refresh(laundry)
    run("SET timezone = 'UTC'")
    orders_on(laundry, range(70))
    run("UPDATE analytics_changelog SET marked_at = now() - interval '1 hour'")
    before = read_freshness(laundry.pk)
    assert refresh_step(laundry.pk, wait=True).planned == 70
    after = read_freshness(laundry.pk)
    assert after.pending > 70
    assert after.pending_since == before.pending_since


def test_an_attempt_that_met_another_refresher_leaves_the_state_as_it_was(laundry, at_later):
    refresh(laundry)
    with organization_context(laundry.pk):
        AnalyticsState.objects.update(failures=1, last_error="OperationalError", attempted_at=LATER, retry_at=LATER)
    before = attempts.read_before(laundry.pk)
    failures = attempts.begin(laundry.pk, now=LATER + DAY)
    attempts.withdraw(laundry.pk, failures, before)
    assert read_freshness(laundry.pk).reason == "refresh_failing"
    assert (state(laundry).failures, state(laundry).retry_at) == (1, LATER)


def test_a_fact_is_not_to_blame_where_the_day_fails_without_it_as_well(laundry, poison, at_later):
    orders_on(laundry, [0, 0, 0, 1], total=10)
    poison(condition="NEW.date = '2026-03-10'")
    refresh_one(str(laundry.pk))
    (day,) = failing(laundry)
    assert (day.date, day.fact_id) == (TENTH, None)


@pytest.mark.parametrize("options", [{"full": True}, {"since": TENTH}, {}], ids=str)
def test_commands_try_held_days_and_fail_where_some_are_left(laundry, poison, at_later, capsys, options):
    orders_on(laundry, [0, 1], total=10)
    refresh(laundry)
    orders_on(laundry, [0], total=656)
    poison()
    refresh_one(str(laundry.pk))
    assert verify_command(laundry) == 2
    assert "all equal; days left out, which cannot be computed: 1." in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"Not computed: 2026-03-10\.|Not done for laundry"):
        call_command("refresh_rollups", organization=["laundry"], **options)
    assert failing(laundry)[0].failures > 1
    antidote()
    call_command("refresh_rollups", organization=["laundry"], **options)
    assert (failing(laundry), marks(laundry), wrong_days(laundry)) == ([], [], {})
    assert verify_command(laundry) == 0


def verify_command(organization):
    try:
        call_command("verify_rollups", organization=[organization.slug])
    except CommandError as error:
        return error.returncode
    return 0
