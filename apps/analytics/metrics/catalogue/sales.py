"""Sales: revenue, orders, refunds."""

from apps.analytics.metrics.declarations import Metric, Unit, example
from apps.analytics.metrics.expressions import Of, percent

GROUP = "Sales"

METRICS = (
    Metric(
        key="total_revenue",
        label="Total revenue",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "The totals of counted orders, on the business day they were placed. An order counts unless it was"
            " cancelled, rejected or a no-show."
        ),
        expression=Of("total_revenue"),
        example=example("120", "70 of T1, 30 of T2 and 20 of T5; T3 was cancelled, T4 rejected"),
        additive=True,
    ),
    Metric(
        key="gross_sales",
        label="Gross sales",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "The line totals of counted orders, quantity x unit price, before the order’s discount and without taxes,"
            " fees and tips that are added to it."
        ),
        expression=Of("gross_sales"),
        example=example("120", "70 of T1, 30 of T2, 20 of T5"),
        additive=True,
    ),
    Metric(
        key="net_revenue",
        label="Net revenue",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Total revenue less refunds; those of uncounted orders take nothing away.",
        expression=Of("total_revenue") - Of("refund_amount"),
        example=example("112", "120 less the 8 refunded that day"),
        additive=True,
    ),
    Metric(
        key="refund_amount",
        label="Refunds",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "Money given back for counted orders, on the day of the refund, or on the day of the order where that"
            " basis is asked for. A refund that names no order counts on its own day."
        ),
        expression=Of("refund_amount"),
        example=example("8", "for the order of 5 January; the 6 for T1 were refunded two days later"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="refund_count",
        label="Number of refunds",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Refunds of counted orders, or of no order in particular, by the day of the refund.",
        expression=Of("refund_count"),
        example=example("1", "the one of 8"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="refund_rate",
        label="Refund rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula=(
            "Refunds as a share of total revenue. By the day of the refund they may be of earlier orders, so that it"
            " can be more than 100."
        ),
        expression=percent(Of("refund_amount"), Of("total_revenue")),
        example=example("6.67", "8 of 120"),
        additive=False,
        higher=False,
    ),
    Metric(
        key="uncounted_refund_amount",
        label="Refunds of uncounted orders",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "Money given back for orders that were cancelled, rejected or a no-show, by the day of the refund. They"
            " brought no revenue, so this lowers none."
        ),
        expression=Of("uncounted_refund_amount"),
        example=example("25", "for T3, which was cancelled"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="order_count",
        label="Orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Orders placed in the period, whatever became of them.",
        expression=Of("order_count"),
        example=example("5", "T1 to T5"),
        additive=True,
    ),
    Metric(
        key="counted_orders",
        label="Counted orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Orders placed in the period that were not cancelled, rejected or a no-show.",
        expression=Of("counted_orders"),
        example=example("3", "T1, T2 and T5"),
        additive=True,
    ),
    Metric(
        key="completed_orders",
        label="Completed orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Orders placed in the period that have been completed by now.",
        expression=Of("completed_orders"),
        example=example("2", "T1 and T2"),
        additive=True,
    ),
    Metric(
        key="cancelled_orders",
        label="Cancelled orders",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Orders placed in the period that were cancelled.",
        expression=Of("cancelled_orders"),
        example=example("1", "T3"),
        additive=True,
        higher=False,
    ),
    Metric(
        key="average_order_value",
        label="Average order value",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Total revenue divided by counted orders.",
        expression=Of("total_revenue") / Of("counted_orders"),
        example=example("40", "120 by 3"),
        additive=False,
    ),
    Metric(
        key="completion_rate",
        label="Completion rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Completed orders as a share of all orders placed in the period; those still under way lower it.",
        expression=percent(Of("completed_orders"), Of("order_count")),
        example=example("40", "2 of 5"),
        additive=False,
    ),
    Metric(
        key="cancellation_rate",
        label="Cancellation rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Cancelled orders as a share of all orders placed in the period.",
        expression=percent(Of("cancelled_orders"), Of("order_count")),
        example=example("20", "1 of 5"),
        additive=False,
        higher=False,
    ),
    Metric(
        key="discount_amount",
        label="Discounts",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Discounts on counted orders, as a positive amount.",
        expression=Of("discount_amount"),
        example=example("10", "on T1"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="tax_amount",
        label="Taxes",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Taxes of counted orders, whether prices include them or not.",
        expression=Of("tax_amount"),
        example=example("5", "on T1"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="delivery_fee_amount",
        label="Delivery fees",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Delivery fees of counted orders.",
        expression=Of("delivery_fee_amount"),
        example=example("3", "on T1"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="tip_amount",
        label="Tips",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Tips on counted orders.",
        expression=Of("tip_amount"),
        example=example("2", "on T1"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="other_amount",
        label="Other amounts",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "What total revenue has beside line totals, discounts, tax, delivery fees and tips: orders without lines,"
            " fees of other kinds, roundings."
        ),
        expression=(
            Of("total_revenue")
            - Of("gross_sales")
            + Of("discount_amount")
            - Of("tax_amount")
            - Of("delivery_fee_amount")
            - Of("tip_amount")
        ),
        example=example("0", "120 less 120 of lines, plus 10 of discounts, less 5, 3 and 2"),
        additive=True,
        higher=None,
    ),
    Metric(
        key="automated_revenue",
        label="Automated revenue",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Total revenue of orders that came by the channels AI and automation.",
        expression=Of("automated_revenue"),
        example=example("30", "T2 came by AI"),
        additive=True,
    ),
    Metric(
        key="automation_rate",
        label="Automation rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Orders that came by the channels AI and automation, counted or not, as a share of all orders placed.",
        expression=percent(Of("automated_orders"), Of("order_count")),
        example=example("20", "1 of 5"),
        additive=False,
        higher=None,
    ),
)
