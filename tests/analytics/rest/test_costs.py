"""How many statements an answer costs, and which tables they read."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.analytics.rest.dashboards import ENDPOINTS
from tests.analytics.rest.test_answers_over_http import DAY

# Of an answer that has to be computed: each section is one statement, customers' addresses are one more.
SECTIONS = {
    "dashboard": 7,
    "revenue": 6,
    "orders": 8,
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
# Who asks, how fresh the rollups are before, during and after, the lock of those who ask the same, and keeping it.
AROUND = 18
# Of one that is there already: who asks, and how fresh the rollups are.
WARM = 2


def statements(client, name):
    with CaptureQueriesContext(
        connection,
    ) as captured:
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
