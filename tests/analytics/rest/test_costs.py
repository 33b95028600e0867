"""How many statements an answer costs, and which tables they read."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.analytics.rest.dashboards import ENDPOINTS
from tests.analytics.records import refresh, state
from tests.analytics.rest.test_answers_over_http import DAY
from tests.api.clients import client_of
from tests.builders import make_member, make_user

# Of an answer that has to be computed: each section is one statement, customers' addresses are one more.
SECTIONS = {
    "dashboard": 7,
    "revenue": 6,
    "orders": 9,
    "partners": 11,
    "customers": 5 + 1,
    "overview": 6,
    "sales/trends": 4,
    "vendors/performance": 4,
    "products/analytics": 5,
    "revenue/breakdown": 2,
    "customers/insights": 8 + 1,
    "query?metrics=net_revenue&dimensions=partner": 1,
}
# Who asks and how fresh the rollups are, that again in the snapshot, the lock of who asks the same, and keeping it.
AROUND = 16
# Of one that is there already: who asks, and how fresh the rollups are, in one statement.
WARM = 1

# Of one for a superuser, who is no member: how fresh the rollups are is one more.
WARM_FOR_A_SUPERUSER = 2


def statements(client, name):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/api/analytics/{name}", DAY if "?" not in name else None)
    assert answer.status_code == 200
    return [query["sql"] for query in captured]


def test_every_endpoint_has_its_baseline():
    assert {endpoint.name for endpoint in ENDPOINTS} <= set(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_an_answer_costs_so_many_statements(analyst, name):
    cache.clear()
    cold, warm = (statements(analyst, name) for _ in range(2))
    assert (len(cold), len(warm)) == (AROUND + SECTIONS[name], WARM)


@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "dashboard" and "?" not in name])
def test_days_that_are_over_are_read_from_rollups_alone(analyst, name):
    cache.clear()
    facts = re.compile(r"marketplace_(order|orderline|payment|refund|review|orderissue)\b|engagement_")
    assert [found[:200] for found in statements(analyst, name) if facts.search(found)] == []


@pytest.mark.parametrize("header", ["id", "slug"])
def test_who_belongs_to_several_is_told_of_the_one_they_name(example_day, wholesaler, header):
    user = make_member(example_day, role=Role.ANALYST)
    make_member(wholesaler, user=user)
    refresh(wholesaler)
    for organization in (example_day, wholesaler):
        client = client_of(user, organization=str(getattr(organization, header)))
        _cold, warm = (statements(client, "sales/trends") for _ in range(2))
        assert len(warm) == WARM
        answer = client.get("/api/analytics/sales/trends", DAY)
        assert answer.json()["organization"]["id"] == str(organization.pk)
        assert f"-{state(organization).data_version:x}-" in answer["ETag"]


def test_a_superuser_asks_for_one_statement_more(example_day):
    client = client_of(make_user(is_superuser=True), organization=example_day.slug)
    cold, warm = (statements(client, "sales/trends") for _ in range(2))
    assert (len(cold), len(warm)) == (AROUND + 1 + SECTIONS["sales/trends"], WARM_FOR_A_SUPERUSER)


def test_a_query_that_was_read_before_means_another_day_on_the_next(example_day):
    member = make_member(example_day, role=Role.ANALYST)
    found = []
    for now in ("2026-03-11T12:00:00Z", "2026-03-12T12:00:00Z"):
        with time_machine.travel(now, tick=False):
            found.append(client_of(member).get("/api/analytics/sales/trends?timeframe=yesterday").json()["period"])
    assert [period["start_date"] for period in found] == ["2026-03-10", "2026-03-11"]
