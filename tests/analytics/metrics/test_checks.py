"""What cannot be kept is refused at the start."""

from dataclasses import replace

import pytest

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.checks import check_metrics, dimension_errors, measure_errors, metric_errors
from apps.analytics.metrics.declarations import Column, Facts, example
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS, Of, Ratio
from apps.analytics.metrics.measures import MEASURES

REVENUE, VALUE = METRICS["total_revenue"], METRICS["average_order_value"]
MEASURE = MEASURES["total_revenue"]


def read(source, aggregate, **options):
    return replace(MEASURE, columns={source: Column(aggregate=aggregate, **options)})


def test_what_is_declared_holds_together():
    assert check_metrics(None) == []


@pytest.mark.parametrize(
    ("measure", "number"),
    [
        (read("moon", "sum(source.total_revenue)"), "E020"),
        (read("daily_revenue", "sum(source.turnover)"), "E021"),
        (read("partners", "sum(partner.daily_capacity)"), "E021"),
        (read("daily_revenue", "sum(partner.daily_capacity)", needs=("partner",)), "E021"),
        (read("daily_revenue", "sum(source.returning_customers)"), "E022"),
        (read("engagement", "sum(source.customers_contacted)"), "E022"),
        (read("products", "sum(source.order_count)"), "E022"),
        (replace(MEASURE, facts=Facts(relation="rumours", value="1")), "E023"),
    ],
)
def test_a_measure_that_cannot_be_read_or_summed_is_an_error(measure, number):
    assert [error.id for error in measure_errors(measure)] == [f"bellwether.{number}"]


@pytest.mark.parametrize(
    ("dimension", "number"),
    [
        (replace(DIMENSIONS["channel"], columns={"moon": ("source.channel", "")}), "E020"),
        (replace(DIMENSIONS["channel"], columns={"channels": ("source.colour", "")}), "E021"),
        (replace(DIMENSIONS["city"], columns={"customers": ("customer.city", "")}), "E021"),
        (replace(DIMENSIONS["partner"], lookup="marketplace_rival"), "E021"),
    ],
)
def test_a_dimension_that_cannot_be_read_is_an_error(dimension, number):
    assert [error.id for error in dimension_errors(dimension)] == [f"bellwether.{number}"]


@pytest.mark.parametrize(
    ("metric", "number"),
    [
        (replace(REVENUE, expression=Of("turnover")), "E024"),
        (replace(VALUE, additive=True), "E025"),
        (replace(METRICS["customers"], additive=True), "E025"),
        (replace(METRICS["lifetime_value"], additive=True), "E025"),
        (replace(REVENUE, additive=False), "E025"),
        (replace(VALUE, expression=Of("total_revenue") * Of("order_count")), "E026"),
        (replace(VALUE, expression=Ratio(Of("total_revenue") / Of("order_count"), DAYS)), "E026"),
        (replace(REVENUE, formula="sum(total)"), "E027"),
        (replace(REVENUE, label=""), "E027"),
        (replace(REVENUE, example=example("1", "")), "E028"),
        (replace(REVENUE, example=example("1", "1", by="planet")), "E028"),
    ],
)
def test_a_metric_that_cannot_keep_its_word_is_an_error(metric, number):
    assert [error.id for error in metric_errors(metric)] == [f"bellwether.{number}"]
