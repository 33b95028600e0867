"""The metrics. Every surface asks for them by key; the glossary, the admin and OpenAPI show what stands here."""

from collections.abc import Mapping

from apps.analytics.metrics.catalogue import contact, customers, partners, products, sales
from apps.analytics.metrics.declarations import Metric

METRICS: Mapping[str, Metric] = {
    metric.key: metric for group in (sales, customers, partners, products, contact) for metric in group.METRICS
}
