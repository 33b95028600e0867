"""Addresses of the metrics, below /api/analytics/."""

from apps.analytics.rest.catalogue import Explain, Metrics, Query
from apps.analytics.rest.dashboards import ENDPOINTS
from apps.core.rest.routing import address

urlpatterns = [
    *(address(endpoint.name, endpoint.as_view(), f"analytics-{endpoint.name}") for endpoint in ENDPOINTS),
    address("metrics", Metrics.as_view(), "analytics-metrics"),
    address("metrics/(?P<key>[^/]+)/explain", Explain.as_view(), "analytics-explain"),
    address("query", Query.as_view(), "analytics-query"),
]
