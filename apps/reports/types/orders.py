"""How orders came in, how far they got, and how long they took."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.sections import ALL, BY_LENGTH, Table, Values
from apps.reports.types.parts import Figures, OverTime, Percentiles, Ranking
from apps.reports.types.report import Report

_MINUTES = ("acceptance_minutes", "pickup_minutes", "processing_minutes", "delivery_minutes", "total_minutes")

ORDERS = Report(
    key="orders",
    about=_("How orders came in, how far they got, and how long they took"),
    figures=("order_count", "completion_rate", "cancellation_rate", "rejection_rate", "average_order_value"),
    parts=(
        OverTime(
            key="trend",
            title=_("Orders over time"),
            question=Table(
                metrics=("order_count", "completed_orders", "cancelled_orders", "completion_rate"),
                grain=BY_LENGTH,
                compares=True,
            ),
            charts=(("order_count",), ("completion_rate",)),
        ),
        Ranking(
            key="by_status",
            title=_("How far orders have come"),
            about=_("by now"),
            question=Table(metrics=("order_count",), by=("status",), limit=ALL, compares=True),
            in_order=True,
        ),
        Ranking(
            key="by_channel",
            title=_("By channel"),
            question=Table(
                metrics=("order_count", "completion_rate", "average_order_value"),
                by=("channel",),
                limit=ALL,
                compares=True,
            ),
        ),
        Ranking(
            key="by_weekday",
            title=_("By day of the week"),
            question=Table(metrics=("order_count", "total_revenue"), by=("weekday",), limit=ALL, every=True),
            in_order=True,
        ),
        Ranking(
            key="by_hour",
            title=_("By hour of the day"),
            question=Table(metrics=("order_count", "total_revenue"), by=("hour",), limit=ALL, every=True),
            in_order=True,
        ),
        Figures(
            key="minutes",
            title=_("How long orders take, on average"),
            question=Values(metrics=(*_MINUTES, "overlong_stages")),
        ),
        Percentiles(
            key="processing_times",
            title=_("How long orders take"),
            about=_("so many took no longer, to 5 %"),
        ),
        Ranking(
            key="by_category",
            title=_("By category"),
            question=Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), compares=True),
        ),
    ),
)
