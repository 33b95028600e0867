"""As we said: whatever happens to facts, figures as of an instant are those that were given at it.

`BELLWETHER_EXAMPLES` multiplies the number of histories; with it they are new ones each time.
"""

import datetime
import os
import uuid
from collections import defaultdict
from typing import Any, NamedTuple

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from apps.accounts.models import Organization
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import scope_of
from apps.analytics.refresh import refresh_organization
from apps.core.periods import Period
from tests.analytics import happenings
from tests.analytics.business import Business
from tests.analytics.history_rules import FactRules, which
from tests.analytics.metrics.figures import BASE, base_of, figures
from tests.builders import make_organization

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = int(os.environ.get("BELLWETHER_EXAMPLES", "1"))
PROFILE = settings(
    max_examples=2 * TIMES,
    stateful_step_count=25,
    derandomize=TIMES == 1,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
HOMES = (
    {"timezone": "America/New_York", "currency": "USD"},
    {"timezone": "Asia/Taipei", "currency": "TWD", "day_starts_at": datetime.time(4)},
    {"timezone": "Australia/Lord_Howe", "currency": "AUD"},
)


class Said(NamedTuple):
    """What was said at an instant of the days before it."""

    at: datetime.datetime
    period: Period
    figures: dict[Any, Any]
    base: dict[str, Any]


class Past(FactRules):
    """Three organizations whose figures are remembered now and then, and asked for later."""

    @initialize(
        first_day=happenings.first_days,
        batches=st.tuples(
            st.lists(happenings.new_orders, min_size=6, max_size=12),
            st.lists(happenings.new_orders, min_size=2, max_size=4),
            st.lists(happenings.new_orders, max_size=2),
        ),
    )
    def open(self, first_day: datetime.date, batches: Any) -> None:
        self.traveller = time_machine.travel(datetime.datetime.combine(first_day, datetime.time(12), datetime.UTC))
        self.clock = self.traveller.start()
        self.businesses = [Business(make_organization(f"b-{uuid.uuid4()}", **home), first_day) for home in HOMES]
        self.settled = {}
        self.said: dict[uuid.UUID, list[Said]] = defaultdict(list)
        for business, orders in zip(self.businesses, batches, strict=True):
            business.place_many(orders)
        self.time_passes(24)
        self.remember(0)

    def teardown(self) -> None:
        try:
            for business in self.businesses:
                self.settle(business)
                for then in self.said[business.organization.pk]:
                    assert_said(business.organization, then)
        finally:
            self.traveller.stop()

    def settle(self, business: Business) -> None:
        refresh_organization(business.organization.pk)

    @rule(number=which)
    def remember(self, number: int) -> None:
        """Refresh, hold the last memory against what is said of it now, and remember what is said now."""
        business = self.businesses[number]
        self.settle(business)
        organization = Organization.objects.get(pk=business.organization.pk)
        for then in self.said[organization.pk][-1:]:
            assert_said(organization, then)
        scope = scope_of(organization)
        period = Period(scope.today - datetime.timedelta(days=60), scope.today - datetime.timedelta(days=1))
        now = timezone.now()
        then = Said(now, period, figures(scope, period), base_of(organization, scope.today))
        self.said[organization.pk].append(then)
        self.clock.shift(datetime.timedelta(seconds=1))


def assert_said(organization: Any, then: Said) -> None:
    organization = Organization.objects.get(pk=organization.pk)
    scope = scope_of(organization, as_of=then.at)
    if scope.last_day != then.period.last:
        return  # by the calendar of today it was another day then
    assert figures(scope, then.period) == then.figures
    found = query_metrics(scope, list(BASE), period=then.period).total
    assert {key: found[key] for key in then.base} == then.base


def test_figures_as_of_an_instant_are_those_that_were_given_at_it():
    run_state_machine_as_test(Past, settings=PROFILE)
