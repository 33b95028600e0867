"""How orders come in, how far they get, and how long they take."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.models import CacheType
from apps.analytics.rest.sections import ALL, BY_LENGTH, ProcessingTimes, Table, Values
from apps.backoffice.dashboards.charts import Lines
from apps.backoffice.dashboards.columns import Distribution
from apps.backoffice.dashboards.figures import Figures
from apps.backoffice.dashboards.heats import HeatMap
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.rankings import Ranking
from apps.backoffice.dashboards.stages import Percentiles

_FIGURES = ("order_count", "completion_rate", "cancellation_rate", "rejection_rate", "average_order_value")

ORDERS = Page(
    key="orders",
    title=_("Orders"),
    about=_("How orders come in, how far they get, and how long they take"),
    icon="receipt_long",
    type=CacheType.ORDERS,
    filters=("partner", "weekday"),
    panels=(
        Figures(
            key="summary",
            title=_("The period"),
            section=Values(metrics=_FIGURES),
            spark=Table(metrics=_FIGURES, grain=BY_LENGTH),
        ),
        Lines(
            key="trend",
            title=_("Orders over time"),
            section=Table(
                metrics=("order_count", "completed_orders", "cancelled_orders", "completion_rate", "total_minutes"),
                grain=BY_LENGTH,
                compares=True,
            ),
        ),
        Ranking(
            key="by_status",
            title=_("How far orders have come"),
            about=_("by now"),
            section=Table(metrics=("order_count",), by=("status",), limit=ALL, compares=True),
            in_order=True,
            shares=True,
            width=6,
        ),
        Ranking(
            key="by_channel",
            title=_("By channel"),
            section=Table(
                metrics=("order_count", "completion_rate", "average_order_value"),
                by=("channel",),
                limit=ALL,
                compares=True,
            ),
            width=6,
        ),
        HeatMap(
            key="by_hour",
            title=_("When orders come in"),
            about=_("by day of the week and hour, in all weeks of the period"),
            section=Table(metrics=("order_count",), by=("weekday", "hour"), limit=ALL),
        ),
        Percentiles(
            key="processing_times",
            title=_("How long orders take"),
            about=_("measured to within 5%"),
            section=ProcessingTimes(),
            width=6,
        ),
        Distribution(
            key="durations",
            title=_("How the times spread"),
            section=Table(metrics=("timed_orders",), by=("stage", "duration"), limit=ALL),
            width=6,
        ),
        Ranking(
            key="by_category",
            title=_("By category"),
            section=Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), compares=True),
        ),
    ),
)
