"""Every figure that rollups of days know, by all that they can be divided by: to be remembered, and compared."""

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import Any

from apps.accounts.models import Organization
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Unit
from apps.analytics.metrics.doubts import is_of_now
from apps.analytics.metrics.percentiles import processing_time_percentiles
from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.questions import MAX_LIMIT, MAX_METRICS, dimensions_of
from apps.analytics.metrics.values import rounded
from apps.analytics.models import DailyCustomerActivity
from apps.core.context import organization_context
from apps.core.periods import Period

BASE = ("customer_count", "lifetime_value", "lifetime_orders", "average_lifetime_value")
KNOWN = [key for key, metric in METRICS.items() if not is_of_now(metric) and key not in BASE]
DIVIDED_BY = (
    "weekday", "hour", "channel", "status", "payment_method", "stage", "duration", "partner", "product", "customer",
)  # fmt: skip


def batched(keys: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]


def figures(scope: Any, period: Period) -> dict[Any, Any]:
    """Every metric over all, by day and by dimensions; percentiles of stages; customers by cohort."""
    found: dict[Any, Any] = {
        "stages": {one.stage: (one.orders, one.minutes) for one in processing_time_percentiles(scope, period=period)},
        # Whose first order is of a day that is not over has no cohort then, and no counted order before it.
        "cohorts": {
            key: row
            for key, row in rows_of(scope, period, ["customers"], dimensions=["cohort"], grain="month").items()
            if row["customers"]
        },
    }
    overall = [key for key in KNOWN if key not in {"product_orders", "timed_orders"}]
    for basis in ("refund_day", "order_day"):
        for some in batched(overall, MAX_METRICS):
            found[basis, some] = rows_of(scope, period, list(some), grain="day", refund_basis=basis)
    for dimension in DIVIDED_BY:
        for some in batched([key for key in KNOWN if dimension in dimensions_of(METRICS[key])], MAX_METRICS):
            found[dimension, some] = rows_of(scope, period, list(some), dimensions=[dimension])
    return found


def rows_of(scope: Any, period: Period, metrics: list[str], **options: Any) -> dict[Any, Any]:
    table = query_metrics(scope, metrics, period=period, limit=200 if "grain" in options else MAX_LIMIT, **options)
    rows = {(row.bucket and row.bucket.first, row.keys): dict(row.values) for row in table.rows}
    return {"total": dict(table.total.values), **rows}


def base_of(organization: Organization, today: datetime.date) -> dict[str, Any]:
    """What customers have spent and ordered on days before today, by plain sums over what the rollup says."""
    orders, value = defaultdict(int), Decimal(0)
    with organization_context(organization.pk):
        for row in DailyCustomerActivity.objects.filter(date__lt=today, customer__isnull=False):
            orders[row.customer_id] += row.counted_orders
            value += row.total_revenue - row.refund_amount
    customers = sum(number > 0 for number in orders.values())
    spent = rounded(value, Unit.MONEY, organization.currency)
    return {"customer_count": customers, "lifetime_orders": sum(orders.values()), "lifetime_value": spent}
