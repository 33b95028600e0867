"""How the business does: today, this month, over the period, and what changed."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.models import CacheType
from apps.analytics.rest.recent import RecentOrders
from apps.analytics.rest.sections import ALL, BY_LENGTH, Drivers, Table, Values
from apps.backoffice.dashboards.charts import Lines
from apps.backoffice.dashboards.figures import Figures
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.rankings import Changes, Feed, Ranking

_TODAY = ("total_revenue", "order_count", "average_order_value", "customers", "new_customers")
_MONTH = ("total_revenue", "net_revenue", "order_count", "refund_amount", "returning_customer_rate")

OVERVIEW = Page(
    key="overview",
    title=_("Overview"),
    about=_("How the business does today, this month, and over the period"),
    icon="monitoring",
    type=CacheType.DASHBOARD,
    filters=("partner", "channel"),
    panels=(
        Figures(
            key="today",
            title=_("Today so far"),
            about=_("against the same time of the same weekday last week"),
            section=Values(metrics=_TODAY, timeframe="today", compare="same_weekdays"),
            spark=Table(metrics=_TODAY, timeframe="30d", grain="day"),
        ),
        Figures(
            key="month",
            title=_("Month to date"),
            about=_("against the same part of the month before"),
            section=Values(metrics=_MONTH, timeframe="mtd", compare="previous_period"),
            spark=Table(metrics=_MONTH, timeframe="mtd", grain="day"),
        ),
        Lines(
            key="trend",
            title=_("Revenue and orders"),
            section=Table(
                metrics=("total_revenue", "order_count", "net_revenue", "customers"), grain=BY_LENGTH, compares=True
            ),
        ),
        Changes(
            key="changes",
            title=_("What changed since yesterday"),
            about=_("until the same time"),
            section=Drivers(timeframe="today", compare="previous_period"),
            width=6,
        ),
        Feed(key="recent", title=_("Latest orders"), section=RecentOrders(), width=6),
        Ranking(
            key="top_partners",
            title=_("Top partners"),
            section=Table(
                metrics=("total_revenue", "order_count", "fulfilment_rate", "average_rating"),
                by=("partner",),
                compares=True,
            ),
            spark=Table(metrics=("total_revenue",), by=("partner",), grain=BY_LENGTH),
            names="dashboard_partner",
        ),
        Changes(
            key="drivers",
            title=_("Why revenue changed over the period"),
            section=Drivers(),
            width=6,
        ),
        Ranking(
            key="segments",
            title=_("Customers by segment"),
            about=_("as they stand today"),
            section=Table(
                metrics=("customer_count", "lifetime_value", "at_risk_customers"), by=("segment",), limit=ALL
            ),
            width=6,
        ),
    ),
)
