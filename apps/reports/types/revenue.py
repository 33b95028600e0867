"""What came in, through which ways, and what was given back."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.sections import ALL, BY_LENGTH, Table, Values
from apps.reports.types.parts import Changes, Figures, OverTime, Ranking
from apps.reports.types.report import Report

_REFUNDS = ("refund_amount", "refund_count", "net_revenue", "refund_rate")

REVENUE = Report(
    key="revenue",
    about=_("What came in, through which ways, and what was given back"),
    figures=("total_revenue", "net_revenue", "counted_orders", "average_order_value", "refund_amount"),
    parts=(
        OverTime(
            key="trend",
            title=_("Revenue over time"),
            question=Table(
                metrics=("total_revenue", "net_revenue", "refund_amount", "counted_orders", "average_order_value"),
                grain=BY_LENGTH,
                compares=True,
            ),
            charts=(("total_revenue",), ("average_order_value",)),
        ),
        Figures(
            key="waterfall",
            title=_("From gross sales to net revenue"),
            question=Values(
                metrics=(
                    "gross_sales",
                    "discount_amount",
                    "tax_amount",
                    "delivery_fee_amount",
                    "tip_amount",
                    "other_amount",
                    "total_revenue",
                    "refund_amount",
                    "net_revenue",
                )
            ),
        ),
        Figures(
            key="refunds_by_own_day",
            title=_("Refunds on their own day"),
            about=_("what was given back in the period"),
            question=Values(metrics=_REFUNDS, refund_basis="refund_day"),
        ),
        Figures(
            key="refunds_by_order_day",
            title=_("Refunds on the day of the order"),
            about=_("what was given back, until now, for orders of the period"),
            question=Values(metrics=_REFUNDS, refund_basis="order_day"),
        ),
        Ranking(
            key="by_payment_method",
            title=_("Revenue by payment method"),
            question=Table(metrics=("total_revenue",), by=("payment_method",), limit=ALL, compares=True),
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
        Changes(key="drivers", title=_("Why revenue changed")),
        Ranking(
            key="by_category",
            title=_("Revenue by category"),
            question=Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), compares=True),
        ),
        Ranking(
            key="top_products",
            title=_("Best sellers"),
            question=Table(metrics=("total_revenue", "quantity", "product_orders"), by=("product",), compares=True),
        ),
    ),
)
