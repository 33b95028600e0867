"""How the business did, on one page and a few more."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.sections import ALL, BY_LENGTH, Table
from apps.reports.types.parts import Changes, OverTime, Ranking
from apps.reports.types.report import Report

_LISTED = 10

EXECUTIVE_SUMMARY = Report(
    key="executive_summary",
    about=_("How the business did: revenue, orders, customers and partners, and what changed"),
    figures=(
        "total_revenue",
        "net_revenue",
        "order_count",
        "average_order_value",
        "customers",
        "new_customers",
        "refund_amount",
        "completion_rate",
    ),
    parts=(
        OverTime(
            key="trend",
            title=_("Revenue and orders"),
            question=Table(
                metrics=("total_revenue", "net_revenue", "order_count", "customers"), grain=BY_LENGTH, compares=True
            ),
            charts=(("total_revenue",), ("order_count",)),
        ),
        Changes(key="drivers", title=_("Why revenue changed")),
        Ranking(
            key="top_partners",
            title=_("Top partners"),
            question=Table(
                metrics=("total_revenue", "order_count", "fulfilment_rate", "average_rating"),
                by=("partner",),
                limit=_LISTED,
                compares=True,
            ),
        ),
        Ranking(
            key="by_category",
            title=_("Revenue by category"),
            question=Table(metrics=("total_revenue", "quantity"), by=("category",), limit=_LISTED, compares=True),
        ),
        Ranking(
            key="by_channel",
            title=_("Revenue by channel"),
            question=Table(
                metrics=("total_revenue", "order_count", "average_order_value"),
                by=("channel",),
                limit=ALL,
                compares=True,
            ),
        ),
        Ranking(
            key="segments",
            title=_("Customers by segment"),
            about=_("as they stand today"),
            question=Table(
                metrics=("customer_count", "lifetime_value", "at_risk_customers"), by=("segment",), limit=ALL
            ),
        ),
    ),
)
