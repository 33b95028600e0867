"""`as_of=` over HTTP: every endpoint takes it, and says what it cannot know."""

import json
from decimal import Decimal

import pytest

from apps.accounts.models import Role
from apps.analytics.rest.dashboards import ENDPOINTS
from apps.analytics.rest.endpoints import names_of
from apps.analytics.urls import urlpatterns
from tests.analytics.metrics.retold import SINCE, THEN, at, retell, say
from tests.analytics.records import HOUR
from tests.api.clients import client_of, error_code
from tests.builders import make_member

THE_DAYS = {"start_date": "2026-03-05", "end_date": "2026-03-11"}
WAYS = {
    **{endpoint.name: {} for endpoint in ENDPOINTS},
    "query": {"metrics": "total_revenue"},
    "metrics/total_revenue/explain": {},
}


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


def test_every_address_of_figures_takes_it(client):
    views = {pattern.callback.cls for pattern in urlpatterns}
    assert {view for view in views if "as_of" not in names_of(view.parameters)} == set()
    assert len(WAYS) == len(views) - 1  # the catalogue has no figures
    for name, more in WAYS.items():
        now, then = (ask(client, name, **more, **as_of) for as_of in ({}, {"as_of": "2026-03-12"}))
        assert now.pop("as_said") is None
        said = then.pop("as_said")
        assert (said["instant"], said["known_through"]) == ("2026-03-13T03:59:59.999999Z", "2026-03-11")
        assert said["published_since"].startswith("2026-03-12T12:00:00")
        assert {**then, "freshness": 0} != {**now, "freshness": 0}, name


def test_the_same_instant_has_one_answer_everywhere(client):
    as_of = {"as_of": THEN.isoformat()}
    revenue, overview = (ask(client, name, **as_of) for name in ("revenue", "overview"))
    query = ask(client, "query", metrics="net_revenue", **as_of)
    body = {"metrics": ["net_revenue"], **THE_DAYS, **as_of}
    posted = client.post("/api/analytics/query", body, format="json").json()
    explained = ask(client, "metrics/net_revenue/explain", **as_of)
    values = [
        revenue["summary"]["net_revenue"]["value"],
        overview["summary"]["net_revenue"]["value"],
        query["table"]["total"]["net_revenue"],
        posted["table"]["total"]["net_revenue"],
        explained["value"],
    ]
    assert values == [Decimal("84.00")] * 5


def test_kept_answers_of_now_and_of_an_instant_are_apart(client):
    asked = [{}, {"as_of": "2026-03-12"}, {"as_of": THEN.isoformat()}] * 2
    answers = [ask(client, "revenue", **as_of) for as_of in asked]
    assert [answer["freshness"]["source"] for answer in answers] == ["live"] * 3 + ["cache"] * 3
    for first, second in zip(answers[:3], answers[3:], strict=True):
        assert {**first, "freshness": 0} == {**second, "freshness": 0}
    assert answers[0]["summary"] != answers[1]["summary"] == answers[2]["summary"]


def test_timeframes_are_those_of_then(client):
    answer = client.get("/api/analytics/revenue", {"timeframe": "7d", "as_of": "2026-03-12"}).json()
    assert answer["period"] == {"start_date": "2026-03-06", "end_date": "2026-03-12", "days": 7}
    assert answer["compared_with"] == {"start_date": "2026-02-27", "end_date": "2026-03-04", "days": 6}
    assert answer["is_partial"]
    assert [one["code"] for one in answer["as_said"]["unknown"]] == ["not_over", "attribute_of_now"]


def test_an_answer_says_what_it_cannot_know(client):
    codes = {
        name: {(one["code"], one["about"]) for one in ask(client, name, as_of="2026-03-12")["as_said"]["unknown"]}
        for name in ("dashboard", "customers", "products/analytics", "orders")
    }
    assert ("metric_of_now", "active_partners") in codes["dashboard"]
    assert ("facts_of_now", "recent_orders") in codes["dashboard"]
    assert ("not_over", None) in codes["dashboard"]  # today
    assert {("attribute_of_now", "segment"), ("facts_of_now", "customer_email")} <= codes["customers"]
    assert ("metric_of_now", "days_of_cover") in codes["products/analytics"]
    assert codes["orders"] == {("attribute_of_now", "category")}
    dashboard = ask(client, "dashboard", as_of="2026-03-12")
    assert dashboard["partners"]["active_partners"]["value"] is None
    assert dashboard["today"]["total_revenue"]["value"] is None
    assert {order["placed_at"] < "2026-03-12T04:00:00Z" for order in dashboard["recent_orders"]} == {True}


def test_an_explanation_says_what_was_restated_since(client):
    found = ask(client, "metrics/total_revenue/explain", as_of="2026-03-12", page_size=200)
    (term,) = found["parts"]["value"]
    facts = sum(fact["value"] for fact in found["facts"])
    assert (found["value"], term["said"], term["value"]) == (90, 90, facts)
    restated = found["restated"]
    assert (restated["value"], restated["more_days"]) == (facts, 0)
    assert sum((day["says"] or 0) - (day["said"] or 0) for day in restated["days"]) == facts - 90
    assert [day["date"] for day in restated["days"]] == ["2026-03-08", "2026-03-10", "2026-03-11"]
    now = ask(client, "metrics/total_revenue/explain")
    assert (now["value"], now["restated"], now["parts"]["value"][0]["said"]) == (facts, None, None)


def test_ratios_and_what_is_of_the_present_are_explained_as_of_then(client):
    ratio = ask(client, "metrics/average_order_value/explain", as_of="2026-03-12")
    (above,), (below,) = ratio["parts"]["numerator"], ratio["parts"]["denominator"]
    assert (above["said"], below["said"], ratio["value"]) == (90, 3, 30)
    capacity = ask(client, "metrics/capacity_utilisation/explain", as_of="2026-03-12")
    assert (capacity["value"], capacity["restated"]) == (None, None)
    assert [term["said"] for term in capacity["parts"]["denominator"]] == [None]
    customers = ask(client, "metrics/customer_count/explain", as_of="2026-03-12")
    assert (customers["value"], customers["restated"]["value"], customers["restated"]["days"]) == (2, 3, [])


@pytest.mark.parametrize(
    "as_of", ["", "then", "2026-03-12T10:00", "2026-03-14", "2999-01-01", "2026-03-15T00:00:00Z", "2026-03-11"]
)
def test_what_cannot_be_asked_about_names_the_parameter(client, as_of):
    answer = client.get("/api/analytics/revenue", {"as_of": as_of})
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert list(answer.json()["error"]["details"]["fields"]) == ["as_of"]
    if as_of == "2026-03-11":
        assert "since 2026-03-12T08:00:00-04:00" in answer.json()["error"]["message"]


def test_an_organization_that_published_nothing_says_so(wholesaler):
    client = client_of(make_member(wholesaler, role=Role.ANALYST))
    answer = client.get("/api/analytics/revenue", {"as_of": "2026-03-12"})
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
