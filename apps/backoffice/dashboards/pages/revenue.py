"""What came in, through which ways, and what was given back."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.models import CacheType
from apps.analytics.rest.sections import ALL, BY_LENGTH, Drivers, Table, Values
from apps.backoffice.dashboards.charts import Lines, Step, Waterfall
from apps.backoffice.dashboards.figures import Figures
from apps.backoffice.dashboards.page import Page
from apps.backoffice.dashboards.rankings import Changes, Ranking

_FIGURES = ("total_revenue", "net_revenue", "counted_orders", "average_order_value", "refund_amount")
_REFUNDS = ("refund_amount", "net_revenue", "refund_rate")

REVENUE = Page(
    key="revenue",
    title=_("Revenue"),
    about=_("What came in, through which ways, and what was given back"),
    icon="payments",
    type=CacheType.REVENUE,
    filters=("partner", "channel", "category"),
    panels=(
        Figures(
            key="summary",
            title=_("The period"),
            section=Values(metrics=_FIGURES),
            spark=Table(metrics=_FIGURES, grain=BY_LENGTH),
        ),
        Lines(
            key="trend",
            title=_("Revenue over time"),
            section=Table(
                metrics=("total_revenue", "net_revenue", "refund_amount", "average_order_value"),
                grain=BY_LENGTH,
                compares=True,
            ),
        ),
        Waterfall(
            key="waterfall",
            title=_("From gross sales to net revenue"),
            section=Values(
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
                ),
                compares=False,
            ),
            steps=(
                Step(metric="gross_sales"),
                Step(metric="discount_amount", sign=-1),
                Step(metric="tax_amount", sign=1),
                Step(metric="delivery_fee_amount", sign=1),
                Step(metric="tip_amount", sign=1),
                Step(metric="other_amount", sign=1),
                Step(metric="total_revenue"),
                Step(metric="refund_amount", sign=-1),
                Step(metric="net_revenue"),
            ),
        ),
        Figures(
            key="refunds_by_own_day",
            title=_("Refunds on their own day"),
            about=_("what was given back in the period"),
            section=Values(metrics=_REFUNDS, refund_basis="refund_day"),
            width=6,
        ),
        Figures(
            key="refunds_by_order_day",
            title=_("Refunds on the day of the order"),
            about=_("what was given back, until now, for orders of the period"),
            section=Values(metrics=_REFUNDS, refund_basis="order_day"),
            width=6,
        ),
        Ranking(
            key="by_payment_method",
            title=_("Revenue by payment method"),
            section=Table(metrics=("total_revenue",), by=("payment_method",), limit=ALL, compares=True),
            width=6,
        ),
        Ranking(
            key="by_channel",
            title=_("Revenue by channel"),
            section=Table(
                metrics=("total_revenue", "order_count", "average_order_value"),
                by=("channel",),
                limit=ALL,
                compares=True,
            ),
            width=6,
        ),
        Changes(key="drivers", title=_("Why revenue changed"), section=Drivers()),
        Ranking(
            key="by_category",
            title=_("Revenue by category"),
            section=Table(metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), compares=True),
        ),
        Ranking(
            key="top_products",
            title=_("Best sellers"),
            section=Table(metrics=("total_revenue", "quantity", "product_orders"), by=("product",), compares=True),
        ),
    ),
)
