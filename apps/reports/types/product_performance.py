"""What sold, what it brought, and how long the stock lasts."""

from django.utils.translation import gettext_lazy as _

from apps.analytics.rest.sections import ALL, BY_LENGTH, Table, Values
from apps.reports.types.parts import Figures, Movers, OverTime, Ranking
from apps.reports.types.report import Report

_LISTED = 100

PRODUCT_PERFORMANCE = Report(
    key="product_performance",
    about=_("What sold, what it brought, and how long the stock lasts"),
    figures=("quantity", "gross_sales", "total_revenue", "counted_orders", "average_order_value"),
    parts=(
        OverTime(
            key="trend",
            title=_("Sales over time"),
            question=Table(metrics=("gross_sales", "quantity", "total_revenue"), grain=BY_LENGTH, compares=True),
            charts=(("gross_sales",), ("quantity",)),
        ),
        Ranking(
            key="best_sellers",
            title=_("Best sellers"),
            question=Table(
                metrics=("total_revenue", "gross_sales", "quantity", "product_orders"),
                by=("product",),
                limit=_LISTED,
                compares=True,
            ),
        ),
        Ranking(
            key="categories",
            title=_("By category"),
            question=Table(
                metrics=("total_revenue", "gross_sales", "quantity"), by=("category",), limit=_LISTED, compares=True
            ),
        ),
        Movers(
            key="movers",
            title=_("What rose and what fell"),
            question=Table(metrics=("total_revenue",), by=("product",), limit=ALL, compares=True),
        ),
        Ranking(
            key="low_sellers",
            title=_("Lowest sales among what sold"),
            question=Table(metrics=("quantity", "total_revenue"), by=("product",), order="quantity"),
            charted=False,
        ),
        Figures(
            key="stock",
            title=_("Stock"),
            about=_("as it stands today"),
            question=Values(metrics=("product_count", "stock_quantity", "stock_cost", "days_of_cover"), compares=False),
        ),
        Ranking(
            key="inventory",
            title=_("What runs out first"),
            question=Table(
                metrics=("days_of_cover", "stock_quantity", "quantity", "stock_cost"),
                by=("product",),
                order="days_of_cover",
                filters={"product_kind": ("good",)},
            ),
            charted=False,
        ),
    ),
)
