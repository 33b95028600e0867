"""Whatever happens, in whatever order, and whatever is interrupted: afterwards every rollup says what the facts say.

Facts reach to the limits of their own columns: no refresh fails for what they add up to, no question goes unanswered.

`BELLWETHER_EXAMPLES` multiplies the number of histories; with it they are new ones each time.
"""

import contextlib
import datetime
import os
import uuid
from typing import Any, NamedTuple

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from apps.analytics import refresh
from apps.analytics.changelog import mark_everything, pending_marks, waiting_chunks
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.questions import MAX_METRICS
from apps.analytics.models import AnalyticsState, CustomerAnalytics, DailyRevenueSummary
from apps.analytics.refresh import rebuild_month, refresh_organization, refresh_step
from apps.analytics.rollups import ROLLUPS
from apps.analytics.selectors import rows_as_of
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from tests.analytics import happenings
from tests.analytics.business import Business
from tests.analytics.comparison import all_stored, checksums, compare, differences, sums_by_day
from tests.analytics.facts import GRAINS, columns_of
from tests.analytics.history_rules import FactRules, which
from tests.api.clients import client_of
from tests.builders import make_member, make_organization

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = int(os.environ.get("BELLWETHER_EXAMPLES", "1"))
PROFILE = settings(
    max_examples=12 * TIMES,
    stateful_step_count=30,
    derandomize=TIMES == 1,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # shrinking takes hours here; the first failing history is told as it is
    print_blob=True,
)
HOMES = (
    {"timezone": "America/New_York", "currency": "USD"},
    {"timezone": "Asia/Taipei", "currency": "TWD", "day_starts_at": datetime.time(4)},
    {"timezone": "Australia/Lord_Howe", "currency": "IRR"},
)
DATED = tuple(rollup.model for rollup in ROLLUPS)
# The metrics that need no dimension.
ANYWHERE = [
    key
    for key, metric in METRICS.items()
    if not any(MEASURES[measure].only_by for measure in metric.expression.measures() if measure in MEASURES)
]
Rollups = dict[Any, Any]


class Said(NamedTuple):
    """What published rows said at an instant."""

    at: datetime.datetime
    rows: Rollups


class Crash(Exception):
    """The process died."""


class Crasher:
    """Lets some statements run, and none after them."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not self.left:
            raise Crash
        self.left -= 1
        return execute(sql, params, many, context)


class Histories(FactRules):
    """Three organizations, a clock, and the refresh."""

    @initialize(
        first_day=happenings.first_days,
        days_at_once=st.sampled_from([2, 62, 62]),
        batches=st.tuples(
            st.lists(happenings.new_orders, min_size=6, max_size=12),
            st.lists(happenings.new_orders, max_size=2),
            st.lists(happenings.new_orders, max_size=2),
        ),
        thresholds=happenings.thresholds,
        calendar=st.none() | happenings.calendars,
    )
    def open(self, first_day: datetime.date, days_at_once: int, batches: Any, thresholds: Any, calendar: Any) -> None:
        self.traveller = time_machine.travel(datetime.datetime.combine(first_day, datetime.time(12), datetime.UTC))
        self.clock = self.traveller.start()
        self.days_at_once, refresh.DAYS_AT_ONCE = refresh.DAYS_AT_ONCE, days_at_once
        self.businesses = [Business(make_organization(f"b-{uuid.uuid4()}", **home), first_day) for home in HOMES]
        self.settled = {}
        self.said: dict[uuid.UUID, list[Said]] = {business.organization.pk: [] for business in self.businesses}
        self.businesses[0].set_thresholds(thresholds)
        if calendar:
            self.businesses[0].set_calendar(*calendar)
        for business, orders in zip(self.businesses, batches, strict=True):
            business.place_many(orders)
            refresh_organization(business.organization.pk)

    def teardown(self) -> None:
        try:
            for business in self.businesses:
                self.settle(business)
            assert_everything_is_answered(self.businesses[0])
        finally:
            refresh.DAYS_AT_ONCE = self.days_at_once
            self.traveller.stop()

    # The refresh

    @rule(number=which)
    def one_step_is_done(self, number: int) -> None:
        refresh_step(self.business(number).organization.pk, wait=False)

    @rule(number=which, statements=st.integers(0, 150))
    def refresh_crashes(self, number: int, statements: int) -> None:
        business = self.business(number)
        with connection.execute_wrapper(Crasher(statements)), contextlib.suppress(Crash):
            refresh_organization(business.organization.pk)

    @rule(number=which, how=st.sampled_from(["later", "elsewhere", "verified", "repaired"]))
    def everything_is_rebuilt(self, number: int, how: str) -> None:
        organization_id = self.settled_business(number).organization.pk
        if how in {"verified", "repaired"}:
            verification = verify_organization(organization_id, repair=how == "repaired")
            assert verification is not None
            assert verification.details == []
            return
        mark_everything(organization_id, cause="test")
        if how == "elsewhere":
            refresh_step(organization_id, wait=False)
            with tenant_cursor() as cursor:
                chunks = waiting_chunks(cursor, organization_id)
            for chunk in chunks:
                rebuild_month(chunk)

    @rule(number=which, customer=st.integers(0, 3))
    def one_customer_is_recomputed(self, number: int, customer: int) -> None:
        business = self.business(number)
        with organization_context(business.organization.pk):
            row = CustomerAnalytics.objects.filter(customer=business.customers[customer]).first()
            if row is not None:
                with contextlib.suppress(CustomerAnalytics.DoesNotExist):
                    row.update_metrics()

    @rule()
    def all_is_refreshed_and_compared(self) -> None:
        for business in self.businesses:
            self.settle(business)

    def settle(self, business: Business) -> None:
        organization = business.organization
        before = self.settled.get(organization.pk)
        if before is not None:
            assert before == state_of(organization), "What others did changed rollups of this organization."
            return
        refresh_organization(organization.pk)
        assert pending_marks(organization.pk).marks == 0
        rollups = all_stored(organization)
        assert differences(organization, rollups) == []
        assert_sums_agree(rollups)
        assert_past_is_kept(self.said[organization.pk], organization)
        after = state_of(organization)
        refresh_organization(organization.pk)
        assert state_of(organization) == after, "A second refresh changed something."
        self.settled[organization.pk] = after
        self.said[organization.pk].append(Said(timezone.now(), published_rows(organization, rollups)))


def assert_everything_is_answered(business: Business) -> None:
    """Ask the dashboards' endpoints and every metric for the days that orders lie on."""
    client = client_of(make_member(business.organization))
    span = {"start_date": business.today - datetime.timedelta(days=9), "end_date": business.today}
    for path in ("overview", "revenue", "partners", "customers"):
        answer = client.get(f"/api/analytics/{path}", span)
        assert answer.status_code == 200, answer.content
    for start in range(0, len(ANYWHERE), MAX_METRICS):
        metrics = ",".join(ANYWHERE[start : start + MAX_METRICS])
        answer = client.get("/api/analytics/query", {**span, "metrics": metrics, "compare": "previous_period"})
        assert answer.status_code == 200, answer.content


def state_of(organization: Any) -> Any:
    with organization_context(organization.pk):
        version = AnalyticsState.objects.values_list("data_version", flat=True).first()
    return version, checksums(organization)


def assert_sums_agree(rollups: Rollups) -> None:
    """Sums by day are those by partner, product, channel, hour and customer; both bases of refunds agree over time."""
    over_all_time = {}
    for column, number_of_rollups in (("total_revenue", 6), ("refund_amount", 4), ("order_day_refund_amount", 4)):
        sums = sums_by_day(rollups, column)
        assert len(sums) == number_of_rollups
        assert all(by_day == sums[DailyRevenueSummary] for by_day in sums.values()), sums
        over_all_time[column] = sum(sums[DailyRevenueSummary].values())
    assert over_all_time["refund_amount"] == over_all_time["order_day_refund_amount"]


def published_rows(organization: Any, rollups: Rollups) -> Rollups:
    with organization_context(organization.pk):
        through = AnalyticsState.objects.get().published_through
    return {model: {grain: row for grain, row in rollups[model].items() if row["date"] <= through} for model in DATED}


def assert_past_is_kept(said: list[Said], organization: Any) -> None:
    """What was said when the rollups were compared before is what they say as of then."""
    for then in said[-2:]:
        for model, expected in then.rows.items():
            if not expected:
                continue
            days = [row["date"] for row in expected.values()]
            found = rows_as_of(organization, model, instant=then.at, first=min(days), last=max(days))
            names = columns_of(model)
            rows = [{name: getattr(row, name) for name in names} for row in found]
            actual = {tuple(row[name] for name in GRAINS[model]): row for row in rows}
            # By the calendar of today it may have been a day earlier then.
            last = min(max(days), organization.calendar.business_date(then.at) - datetime.timedelta(days=1))
            assert compare(model, {k: row for k, row in expected.items() if row["date"] <= last}, actual) == []


def test_rollups_say_what_the_facts_say_after_any_history():
    run_state_machine_as_test(Histories, settings=PROFILE)
