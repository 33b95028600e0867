"""`as_of=` over HTTP: every endpoint takes it, and says what it cannot know."""

import json
from decimal import Decimal

import pytest
from django.urls import get_resolver

from apps.accounts.models import Role
from apps.analytics.rest.dashboards import ENDPOINTS
from tests.analytics.metrics.retold import SINCE, THEN, at, retell, say
from tests.analytics.records import HOUR
from tests.api.clients import client_of, error_code
from tests.builders import make_member

THE_DAYS = {"start_date": "2026-03-05", "end_date": "2026-03-11"}
WAYS = {**{endpoint.name: "" for endpoint in ENDPOINTS}, "query": "metrics=total_revenue", "metrics/total_revenue/explain": ""}


@pytest.fixture
def client(laundry):
    say(laundry)
    retell(laundry)
    with at(SINCE + HOUR):
        yield client_of(make_member(laundry, role=Role.ANALYST))


def ask(client, name, **parameters):
    answer = client.get(f"/api/analytics/{name}", {**THE_DAYS, **parameters})
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content, parse_float=Decimal)


def test_every_route_below_analytics_takes_it(client):
    routes = {
        str(route.pattern).strip("^$/?\\Z")
        for pattern in get_resolver().url_patterns
        if "api/analytics" in str(pattern.pattern)
        for route in pattern.url_patterns
    }
    assert len(routes) >= len(WAYS)
    for name, query in WAYS.items():
        now, then = (
            client.get(f"/api/analytics/{name}?{query}", {**THE_DAYS, **as_of}).json()
            for as_of in ({}, {"as_of": "2026-03-12"})
        )
        assert now["as_said"] is None
        assert then["as_said"]["known_through"] == "2026-03-11"
        assert then["as_said"]["instant"] == "2026-03-13T03:59:59.999999Z"
        assert then["as_said"]["published_since"].startswith("2026-03-12T12:00:00")
        assert {**then, "as_said": 0, "freshness": 0} != {**now, "as_said": 0, "freshness": 0}, name
