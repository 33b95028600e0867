"""The endpoints below /api/analytics, on the example day."""

import datetime
import json
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.analytics.rest.dashboards import ENDPOINTS
from apps.core.context import organization_context
from apps.core.cursors import write_cursor
from apps.marketplace.models import Customer, Partner
from tests.analytics.metrics.example_day import at
from tests.analytics.records import refresh
from tests.api.clients import error_code
from tests.builders import make_order

DAY = {"start_date": "2026-03-10", "end_date": "2026-03-10"}
NAMES = [endpoint.name for endpoint in ENDPOINTS]


def ask(client, name, **parameters):
    answer = client.get(f"/api/analytics/{name}", {**DAY, **parameters})
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content, parse_float=Decimal)


@pytest.mark.parametrize("name", NAMES)
def test_every_endpoint_answers_with_and_without_a_slash(analyst, name):
    without, with_slash = (analyst.get(f"/api/analytics/{name}{end}", DAY) for end in ("", "/"))
    assert (without.status_code, with_slash.status_code) == (200, 200)
    assert without.json()["period"] == {**DAY, "days": 1}
    assert without.json()["freshness"]["source"] == "live"
    assert with_slash.json()["freshness"]["source"] == "cache"


def test_the_same_question_has_one_answer_everywhere(analyst):
    dashboard, revenue, overview = (ask(analyst, name) for name in ("dashboard", "revenue", "overview"))
    query = ask(analyst, "query", metrics="net_revenue")
    explained = ask(analyst, "metrics/net_revenue/explain")
    assert [
        dashboard["summary"]["net_revenue"]["value"],
        revenue["summary"]["net_revenue"]["value"],
        overview["summary"]["net_revenue"]["value"],
        query["table"]["total"]["net_revenue"],
        explained["value"],
        sum(fact["value"] for fact in explained["facts"]),
    ] == [Decimal("112.00")] * 6


def test_revenue_is_divided_in_ways_that_add_up(analyst):
    found = ask(analyst, "revenue")
    assert {row["payment_method"]: row["total_revenue"] for row in found["by_payment_method"]["rows"]} == {
        "card": Decimal("70.00"),
        "unpaid": Decimal("30.00"),
        "cash": Decimal("20.00"),
        "wallet": Decimal("0.00"),
        "online": Decimal("0.00"),
    }
    assert sum(row["total_revenue"] for row in found["by_category"]["rows"]) == Decimal(120)
    drivers = found["drivers"]
    assert drivers["orders"] + drivers["average_value"] + drivers["mix"] == drivers["change"] == Decimal(120)


@pytest.mark.parametrize("by", ["payment_method", "category", "partner", "channel", "city", "business_type"])
def test_a_breakdown_adds_up_and_so_do_its_shares(analyst, by):
    rows = ask(analyst, "revenue/breakdown", by=by)["breakdown"]["rows"]
    assert sum(row["total_revenue"] for row in rows) == Decimal(120)
    assert sum(row["share"]["total_revenue"] for row in rows) == pytest.approx(Decimal(100), abs=Decimal("0.05"))


def test_orders_are_told_by_status_hour_and_weekday(analyst):
    found = ask(analyst, "orders")
    statuses = {row["status"]: row["order_count"] for row in found["by_status"]["rows"] if row["order_count"]}
    assert statuses == {"completed": 2, "cancelled": 1, "rejected": 1, "pending": 1}
    assert {row["hour"]: row["order_count"] for row in found["peak_hours"]["rows"] if row["order_count"]} == {"9": 5}
    days = {row["weekday_label"]: row["order_count"] for row in found["by_weekday"]["rows"] if row["order_count"]}
    assert days == {"Tuesday": 5}
    assert found["processing_times"]["total_minutes"]["value"] == Decimal("130.00")


def test_partners_are_ranked_from_both_ends(analyst):
    found = ask(analyst, "partners", limit=1)
    names = {name: [row["partner_label"] for row in table["rows"]] for name, table in found.items() if "_by_" in name}
    assert names == {
        "top_by_revenue": ["North"],
        "top_by_completion": names["top_by_completion"],
        "top_by_rating": ["North"],
        "low_by_revenue": ["No partner"],
        "low_by_completion": names["low_by_completion"],
        "low_by_rating": ["South"],
    }


def test_one_partner_alone_is_told_of(analyst, example_day):
    south = next(
        row["partner"] for row in ask(analyst, "partners")["top_by_revenue"]["rows"] if row["partner_label"] == "South"
    )
    found = ask(analyst, "partners", partner_id=south)
    assert found["summary"]["total_revenue"]["value"] == Decimal("30.00")
    assert [row["partner_label"] for row in found["top_by_revenue"]["rows"]] == ["South"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_parameter_that_an_endpoint_names_can_be_given(analyst, example_day, endpoint):
    with organization_context(example_day.pk):
        south = str(Partner.objects.get(name="South").pk)
    told = {
        "timeframe": ["mtd", "last_year"],
        "as_of": [timezone.now().isoformat()],
        "compare": ["previous_period", "previous_year", "same_weekdays"],
        "refund_basis": ["refund_day", "order_day"],
        "limit": ["1", "100"],
        "partner_id": [south],
        "grain": ["day", "week", "month", "quarter", "year"],
        "by": ["payment_method", "category", "partner", "channel", "city", "business_type"],
    }
    taken = set(endpoint.parameters().fields) - {"start_date", "end_date"}
    assert taken <= set(told)
    for name in taken:
        for value in told[name]:
            answer = analyst.get(f"/api/analytics/{endpoint.name}", {name: value})
            assert (name, value, answer.status_code) == (name, value, 200)


def test_of_one_vendor_alone_everything_is_told(analyst, example_day):
    with organization_context(example_day.pk):
        south = str(Partner.objects.get(name="South").pk)
    found = ask(analyst, "vendors/performance", partner_id=south)
    assert found["summary"]["total_revenue"]["value"] == Decimal("30.00")
    assert [row["partner_label"] for row in found["vendors"]["rows"]] == ["South"]
    assert sum(row["order_count"] for row in found["activity_trend"]["rows"]) == 2


@pytest.mark.parametrize(
    "parts",
    [
        ["2026-03-10T12:00:00", "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90", "total_revenue"],
        ["0001-01-01T00:00:00+23:59", "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90", "total_revenue"],
        ["noon", "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90", "total_revenue"],
        [None, "7", "total_revenue"],
        [None, "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90", "\x00"],
        [None, "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90"],
        [None, None, None],
    ],
)
def test_a_cursor_that_was_made_up_is_refused(analyst, parts):
    answer = analyst.get("/api/analytics/metrics/total_revenue/explain", {"cursor": write_cursor(parts)})
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")


def test_stock_is_told_with_the_days_it_lasts(analyst):
    rows = ask(analyst, "products/analytics")["inventory"]["rows"]
    assert [(row["product_label"], row["stock_quantity"], row["days_of_cover"]) for row in rows] == [
        ("Shirt", Decimal(30), Decimal(3))
    ]


def test_customers_are_named_and_their_addresses_masked_for_viewers(analyst, viewer, example_day):
    with organization_context(example_day.pk):
        Customer.objects.filter(name="Ann").update(email="ann@example.com")
    for name in ("customers", "customers/insights"):
        seen = {
            role: next(row for row in ask(client, name)["top_customers"]["rows"] if row["customer_label"] == "Ann")
            for role, client in (("viewer", viewer), ("analyst", analyst), ("viewer again", viewer))
        }
        assert {role: row["customer_email"] for role, row in seen.items()} == {
            "viewer": "a***@***",
            "analyst": "ann@example.com",
            "viewer again": "a***@***",
        }


def test_a_question_may_stand_in_the_address_or_in_the_body(viewer):
    asked = {
        "metrics": ["total_revenue", "order_count"],
        "dimensions": ["channel"],
        "filters": {"channel": ["web", "ai"]},
    }
    by_body = viewer.post("/api/analytics/query", {**asked, **DAY}, format="json")
    by_address = viewer.get(
        "/api/analytics/query",
        {
            **DAY,
            "metrics": "total_revenue,order_count",
            "dimensions": "channel",
            "filters": json.dumps(asked["filters"]),
        },
    )
    assert by_body.status_code == by_address.status_code == 200
    assert by_body.json()["table"] == by_address.json()["table"]
    assert [(row["channel"], row["order_count"]) for row in by_body.json()["table"]["rows"]] == [("web", 2), ("ai", 1)]


def test_refunds_are_booked_on_the_day_asked_for(analyst):
    found = {
        basis: ask(analyst, "revenue", refund_basis=basis)["summary"]["net_revenue"]["value"]
        for basis in ("refund_day", "order_day")
    }
    assert found == {"refund_day": Decimal("112.00"), "order_day": Decimal("114.00")}


def test_an_explanation_is_read_page_by_page(analyst):
    facts, cursor = [], {}
    while True:
        page = ask(analyst, "metrics/average_order_value/explain", part="denominator", page_size=2, **cursor)
        facts.extend(fact["reference"] for fact in page["facts"])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(facts) == ["T1", "T2", "T5"]
    assert page["parts"]["denominator"] == [
        {"measure": "counted_orders", "sign": 1, "value": 3, "facts": 3, "said": None}
    ]
    assert page["metric"]["formula"] == "Total revenue divided by counted orders."
    assert "SELECT" in page["statement"]


def test_who_has_the_answer_already_gets_304_until_it_changes(analyst, example_day):
    first = analyst.get("/api/analytics/revenue", DAY)
    etag = first.headers["ETag"]
    again = analyst.get("/api/analytics/revenue", DAY, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert "private" in first.headers["Cache-Control"]
    make_order(example_day, placed_at=at(datetime.date(2026, 3, 10)))
    refresh(example_day)
    changed = analyst.get("/api/analytics/revenue", DAY, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.json()["freshness"]["source"] == "live"
    assert changed.headers["ETag"] != etag


def test_answers_are_compressed_for_who_takes_it(analyst):
    answer = analyst.get("/api/analytics/metrics", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("revenue", {"start_date": "2026-02-30"}, "start_date"),
        ("revenue", {"end_date": "yesterday"}, "end_date"),
        ("revenue", {"start_date": "2026-03-10", "end_date": "2026-03-01"}, "start_date"),
        ("revenue", {"timeframe": "7d", "start_date": "2026-03-10"}, "timeframe"),
        ("revenue", {"timeframe": "fortnight"}, "timeframe"),
        ("revenue", {"compare": "never"}, "compare"),
        ("revenue", {"refund_basis": "someday"}, "refund_basis"),
        ("revenue", {"limit": "0"}, "limit"),
        ("revenue", {"limit": "ten"}, "limit"),
        ("revenue", {"limit": "101"}, "limit"),
        ("revenue", {"organization": "1"}, "organization"),
        ("partners", {"partner_id": "7"}, "partner_id"),
        ("sales/trends", {"partner_id": "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90"}, "partner_id"),
        ("partners", {"partner_id": "0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90"}, "partner_id"),
        ("sales/trends", {"grain": "hour"}, "grain"),
        ("revenue/breakdown", {"by": "planet"}, "by"),
        ("query", {}, "metrics"),
        ("query", {"metrics": "turnover"}, "metrics"),
        ("query", {"metrics": "total_revenue", "dimensions": "planet"}, "dimensions"),
        ("query", {"metrics": "total_revenue", "filters": "{"}, "filters"),
        ("query", {"metrics": "total_revenue", "filters": '{"channel": "pigeon"}'}, "filters.channel"),
        ("query", {"metrics": "total_revenue", "order": "customers"}, "order"),
        ("metrics/total_revenue/explain", {"part": "numerator"}, "part"),
        ("metrics/total_revenue/explain", {"cursor": "===="}, "cursor"),
        ("metrics/total_revenue/explain", {"page_size": "999"}, "page_size"),
        ("metrics/product_orders/explain", {}, "dimensions"),
    ],
)
def test_a_parameter_that_cannot_be_taken_is_named(analyst, name, parameters, field):
    answer = analyst.get(f"/api/analytics/{name}", parameters)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_PARAMETER")
    assert list(answer.json()["error"]["details"]["fields"]) == [field]


def test_a_metric_that_is_not_there_is_not_found(analyst):
    assert error_code(analyst.get("/api/analytics/metrics/turnover/explain")) == "NOT_FOUND"


def test_the_catalogue_lists_what_can_be_asked(viewer):
    found = viewer.get("/api/analytics/metrics").json()
    revenue = next(metric for metric in found["metrics"] if metric["key"] == "net_revenue")
    assert revenue["expression"] == "total_revenue - refund_amount"
    assert revenue["has_refund_basis"] is True
    assert "partner" in revenue["dimensions"]
    assert revenue["example"]["value"] == 112
    assert len(found["dimensions"]) > 15
    assert any(sentence.startswith("T1 of 10 March") for sentence in found["example_day"])
