"""Products: what is sold, and what is in stock."""

from apps.analytics.metrics.declarations import Metric, Unit, example
from apps.analytics.metrics.expressions import DAYS, Of, Ratio

GROUP = "Products"

METRICS = (
    Metric(
        key="quantity",
        label="Quantity sold",
        group=GROUP,
        unit=Unit.QUANTITY,
        formula="Quantities on the lines of counted orders.",
        expression=Of("quantity"),
        example=example("11", "5 shirts and 1 ironing of T1, 3 shirts of T2, 2 of T5"),
        additive=True,
    ),
    Metric(
        key="product_orders",
        label="Orders with the product",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Counted orders with a line of the product. An order with two products is one order of each, so this only"
            " makes sense by product."
        ),
        expression=Of("product_orders"),
        example=example("3", "T1, T2 and T5 have the product Shirt", by="product", named="Shirt"),
        additive=True,
    ),
    Metric(
        key="product_count",
        label="Number of products",
        group=GROUP,
        unit=Unit.COUNT,
        formula="All products, as of now.",
        expression=Of("product_count"),
        example=example("2", "Shirt and Ironing"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="stock_quantity",
        label="Quantity in stock",
        group=GROUP,
        unit=Unit.QUANTITY,
        formula="Quantities in stock, as of now, of products whose stock is kept.",
        expression=Of("stock_quantity"),
        example=example("30", "shirts"),
        additive=False,
        higher=None,
        is_snapshot=True,
    ),
    Metric(
        key="stock_cost",
        label="Stock value at cost",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Quantities in stock times their cost, as of now, of products with both.",
        expression=Of("stock_cost"),
        example=example("120", "30 shirts at 4"),
        additive=False,
        higher=None,
        is_snapshot=True,
    ),
    Metric(
        key="days_of_cover",
        label="Days of cover",
        group=GROUP,
        unit=Unit.DAYS,
        formula=(
            "For how many days the present stock lasts at the mean daily quantity sold in the period, of products"
            " whose stock is kept."
        ),
        expression=Ratio(Of("stock_quantity") * DAYS, Of("quantity_from_stock")),
        example=example("3", "30 in stock, 10 sold in one day"),
        additive=False,
        higher=None,
    ),
)
