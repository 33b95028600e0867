"""Every metric gives on the example day what its declaration says."""

import pytest

from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.values import rounded
from tests.analytics.metrics.conftest import THE_DAY


def value_of(scope, metric):
    by = [metric.example.by] if metric.example.by else []
    table = query_metrics(scope, [metric.key], period=THE_DAY, dimensions=by)
    row = next(row for row in table.rows if row.labels == (metric.example.named,)) if by else table.total
    return row[metric.key]


def test_every_metric_gives_what_its_example_says(scope):
    found = {key: value_of(scope, metric) for key, metric in METRICS.items()}
    assert found == {
        key: rounded(metric.example.value, metric.unit, scope.organization.currency) for key, metric in METRICS.items()
    }


@pytest.mark.parametrize("order", examples.ORDERS, ids=lambda order: order.number)
def test_the_orders_of_the_example_day_are_told(order):
    assert any(sentence.startswith(f"{order.number} of ") for sentence in examples.told())
