"""Questions and their answers."""

import datetime
from decimal import Decimal

import pytest

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.explanation import explain, parts_of
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.questions import InvalidQuestion, ask, dimensions_of
from apps.core.periods import Period
from tests.analytics.metrics.conftest import THE_DAY
from tests.analytics.metrics.plain_answers import ONLY_BY

EVER = Period(datetime.date(2025, 9, 1), datetime.date(2026, 3, 13))


def pairs():
    return [(metric, key) for metric in METRICS.values() for key in dimensions_of(metric)]


def test_what_adds_up_adds_up_by_every_dimension(scope):
    for metric, key in pairs():
        table = query_metrics(scope, [metric.key], period=EVER, dimensions=[key], limit=1000)
        whole = None if table.total[metric.key] is None else query_metrics(scope, [metric.key], period=EVER).total
        if whole is None:
            continue
        assert table.total[metric.key] == whole[metric.key], (metric.key, key)
        if metric.additive or metric.key in {"customer_count", "lifetime_value", "partner_count", "stock_quantity"}:
            assert sum(table.values(metric.key)) == whole[metric.key], (metric.key, key)


def test_what_adds_up_adds_up_over_time(scope):
    for metric in METRICS.values():
        if not metric.additive or metric.key in ONLY_BY:
            continue
        for grain in ("day", "week", "month", "quarter", "year"):
            table = query_metrics(scope, [metric.key], period=EVER, grain=grain)
            assert sum(table.values(metric.key)) == table.total[metric.key], (metric.key, grain)


@pytest.mark.parametrize("basis", ["refund_day", "order_day"])
def test_the_facts_behind_a_value_add_up_to_it(scope, basis):
    for metric in METRICS.values():
        if metric.key in ONLY_BY:
            continue
        explained = explain(ask([metric.key], period=EVER, refund_basis=basis), scope, page_size=200)
        if parts_of(metric).keys() == {"value"}:
            assert sum(fact.value for fact in explained.contributions) == explained.table.total[metric.key], metric.key
        for name in explained.parts:
            page = explain(ask([metric.key], period=EVER, refund_basis=basis), scope, part=name, page_size=200)
            terms = sum(term.sign * term.value for term in page.parts[name])
            assert sum(fact.value for fact in page.contributions) == terms, (metric.key, name)


def test_the_facts_behind_a_group_add_up_to_it(scope):
    for metric, key in pairs():
        if parts_of(metric).keys() != {"value"}:
            continue
        table = query_metrics(scope, [metric.key], period=EVER, dimensions=[key], limit=1000)
        for row in table.rows:
            asked = ask([metric.key], period=EVER, filters={key: row.keys})
            assert sum(f.value for f in explain(asked, scope, page_size=200).contributions) == row[metric.key], (
                metric.key,
                key,
                row.labels,
            )


def test_pages_of_facts_are_the_whole_list(scope):
    asked = ask(["net_revenue"], period=EVER)
    whole = explain(asked, scope, page_size=200).contributions
    assert len(whole) == 8
    found, cursor = [], None
    while True:
        page = explain(asked, scope, cursor=cursor, page_size=3)
        found.extend(page.contributions)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert tuple(found) == whole


def test_days_without_anything_are_rows(scope):
    table = query_metrics(
        scope, ["total_revenue", "average_order_value"], period=Period(THE_DAY.first, EVER.last), grain="day"
    )
    assert [(row.bucket.start.day, row["total_revenue"], row["average_order_value"]) for row in table.rows] == [
        (10, Decimal("120.00"), Decimal("40.00")),
        (11, Decimal("0.00"), None),
        (12, Decimal("0.00"), None),
        (13, Decimal("0.00"), None),
    ]


def test_distinct_customers_of_a_month_are_not_those_of_its_days(scope):
    table = query_metrics(scope, ["customers"], period=Period(datetime.date(2026, 1, 1), EVER.last), grain="month")
    assert table.values("customers") == [2, 0, 2]
    assert table.total["customers"] == 3


def test_groups_are_ranked_and_the_rest_is_in_the_total(scope):
    table = query_metrics(scope, ["total_revenue"], period=EVER, dimensions=["partner"], limit=1)
    assert [(row.labels, row["total_revenue"]) for row in table.rows] == [(("North",), Decimal("132.00"))]
    assert table.groups == 3
    assert table.total["total_revenue"] == Decimal("182.00")


def test_every_dimension_can_be_filtered_by_what_it_shows(scope):
    for key in DIMENSIONS.keys() - {"duration"}:  # of one stage only
        metric = next(metric for metric in METRICS.values() if key in dimensions_of(metric))
        for row in query_metrics(scope, [metric.key], period=EVER, dimensions=[key]).rows:
            kept = query_metrics(scope, [metric.key], period=EVER, filters={key: row.keys})
            assert kept.total[metric.key] == row[metric.key], (key, row.labels)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("metrics", {"metrics": ["turnover"]}),
        ("metrics", {"metrics": []}),
        ("metrics", {"metrics": ["total_revenue", "total_revenue"]}),
        ("dimensions", {"dimensions": ["planet"]}),
        ("dimensions", {"metrics": ["tip_amount"], "dimensions": ["partner"]}),
        ("dimensions", {"metrics": ["product_orders"]}),
        ("dimensions", {"dimensions": ["partner", "channel", "hour"]}),
        ("filters", {"metrics": ["tip_amount"], "filters": {"partner": [""]}}),
        ("filters", {"filters": {"planet": ["Mars"]}}),
        ("filters.partner", {"filters": {"partner": ["North"]}}),
        ("filters.channel", {"filters": {"channel": ["pigeon"]}}),
        ("filters.channel", {"filters": {"channel": []}}),
        ("grain", {"grain": "hour"}),
        ("grain", {"metrics": ["lifetime_value"], "grain": "day"}),
        ("compare", {"compare": "yesterday"}),
        ("refund_basis", {"refund_basis": "never"}),
        ("order", {"order": "customers"}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": 1001}),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_field(field, options):
    with pytest.raises(InvalidQuestion) as refused:
        ask(**{"metrics": ["total_revenue"], "period": THE_DAY, **options})
    assert refused.value.field == field
