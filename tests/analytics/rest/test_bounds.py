"""What a stranger tried: answers that would fill the memory, names that mean nothing, periods that lie ahead."""

import datetime
import json

import pytest

from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.builders import make_order

QUERY = "/api/analytics/query"


@pytest.mark.parametrize(("grain", "status"), [("day", 400), ("month", 200)])
def test_groups_by_grain_are_bounded(grain, status, analyst):
    asked = {
        "metrics": "total_revenue", "dimensions": "customer", "limit": 1000, "grain": grain,
        "start_date": "2023-03-14", "end_date": "2026-03-13",
    }  # fmt: skip
    answer = analyst.get(QUERY, asked)
    assert answer.status_code == status
    assert status == 200 or "limit" in answer.json()["error"]["details"]["fields"]


@pytest.mark.parametrize("text", ["\ud800", "\x00", "x" * 201])
def test_what_is_no_text_is_named(text, analyst):
    answer = analyst.get(QUERY, {"metrics": "total_revenue", "filters": json.dumps({"city": [text]})})
    assert answer.status_code == 400
    assert "filters.city" in answer.content.decode()


def test_a_name_that_means_nothing_is_refused_in_a_body_too(analyst):
    body = {"metrics": ["total_revenue"], "timefrme": "7d"}
    answer = analyst.post(QUERY, body, format="json")
    assert answer.status_code == 400
    assert "timefrme" in answer.json()["error"]["details"]["fields"]


def test_a_name_that_is_given_twice_in_filters_is_refused(analyst):
    filters = '{"city": ["Berlin"], "city": ["Nope"]}'
    assert analyst.get(QUERY, {"metrics": "total_revenue", "filters": filters}).status_code == 400


def test_hours_and_weekdays_are_all_there_in_their_order(analyst):
    orders = analyst.get("/api/analytics/orders", {"timeframe": "7d"}).json()
    assert [row["hour"] for row in orders["peak_hours"]["rows"]] == [str(hour) for hour in range(24)]
    assert [row["weekday"] for row in orders["by_weekday"]["rows"]] == list("1234567")
    assert {row["order_count"] for row in orders["peak_hours"]["rows"]} >= {0}


def test_what_lies_ahead_is_in_the_value_and_in_no_change(example_day, analyst):
    asked = {
        "metrics": "total_revenue,order_count", "compare": "previous_period",
        "start_date": "2026-03-12", "end_date": "2026-03-17",
    }  # fmt: skip
    before = analyst.get(QUERY, asked).json()["table"]["total"]
    make_order(example_day, total=1000, placed_at=at(datetime.date(2026, 3, 16)))
    refresh(example_day)
    after = analyst.get(QUERY, asked).json()["table"]["total"]
    assert after["total_revenue"] == before["total_revenue"] + 1000
    assert after["compared"] == before["compared"]


def test_the_days_that_a_formula_multiplies_by_are_told(example_day, analyst):
    address = "/api/analytics/metrics/{}/explain"
    days = {"start_date": "2026-03-10", "end_date": "2026-03-20"}
    assert analyst.get(address.format("capacity_utilisation"), days).json()["days"] == 4  # the 10th to today
    assert analyst.get(address.format("total_revenue"), days).json()["days"] is None


def test_a_limit_of_buckets_does_not_change_how_many_there_are(analyst):
    asked = {"metrics": "total_revenue", "grain": "day", "order": "total_revenue", "limit": 2, "timeframe": "7d"}
    table = analyst.get(QUERY, asked).json()["table"]
    assert (len(table["rows"]), table["groups"]) == (2, 7)


def test_a_period_that_would_begin_before_the_first_day_is_refused(analyst):
    answer = analyst.get(QUERY, {"metrics": "total_revenue", "end_date": "1900-01-01"})
    assert "end_date" in answer.json()["error"]["details"]["fields"]
