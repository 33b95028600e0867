"""Customers: of a period, and as they stand today."""

from apps.analytics.metrics.declarations import Metric, Unit, example
from apps.analytics.metrics.expressions import Of, percent

GROUP = "Customers"

METRICS = (
    Metric(
        key="customers",
        label="Customers",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Different customers with a counted order in the period. One who ordered on two days is one customer of"
            " both together."
        ),
        expression=Of("customers"),
        example=example("2", "Ann and Ben; what Cem ordered was rejected"),
        additive=False,
    ),
    Metric(
        key="new_customers",
        label="New customers",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Customers whose first counted order ever falls into the period.",
        expression=Of("new_customers"),
        example=example("1", "Ben; Ann ordered in January"),
        additive=True,
    ),
    Metric(
        key="returning_customers",
        label="Returning customers",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Customers with a counted order in the period and one before it: customers less new customers.",
        expression=Of("customers") - Of("new_customers"),
        example=example("1", "Ann"),
        additive=False,
    ),
    Metric(
        key="returning_customer_rate",
        label="Returning customer rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula="Returning customers as a share of customers.",
        expression=percent(Of("customers") - Of("new_customers"), Of("customers")),
        example=example("50", "1 of 2"),
        additive=False,
    ),
    Metric(
        key="orders_per_customer",
        label="Orders per customer",
        group=GROUP,
        unit=Unit.NUMBER,
        formula="Counted orders, also those without a customer, divided by customers.",
        expression=Of("counted_orders") / Of("customers"),
        example=example("1.5", "3 by 2"),
        additive=False,
    ),
    Metric(
        key="revenue_per_customer",
        label="Revenue per customer",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Total revenue, also that of orders without a customer, divided by customers.",
        expression=Of("total_revenue") / Of("customers"),
        example=example("60", "120 by 2"),
        additive=False,
    ),
    Metric(
        key="customer_count",
        label="Customers to date",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Customers with at least one counted order, as of now.",
        expression=Of("customer_count"),
        example=example("4", "Ann, Ben, Dee and Eve"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="lifetime_value",
        label="Total lifetime value",
        group=GROUP,
        unit=Unit.MONEY,
        formula=(
            "What customers have spent on counted orders, less their refunds, over all time. It is what was, not a"
            " prediction."
        ),
        expression=Of("lifetime_value"),
        example=example("168", "Ann 40 + 70 + 20 - 8 - 6, Ben 30, Dee 12, Eve 10"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="average_lifetime_value",
        label="Average lifetime value",
        group=GROUP,
        unit=Unit.MONEY,
        formula="Total lifetime value divided by customers to date.",
        expression=Of("lifetime_value") / Of("customer_count"),
        example=example("42", "168 by 4"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="lifetime_orders",
        label="Customers’ orders to date",
        group=GROUP,
        unit=Unit.COUNT,
        formula="Counted orders over all time, as of now; those without a customer are not among them.",
        expression=Of("lifetime_orders"),
        example=example("6", "Ann 3, Ben 1, Dee 1, Eve 1"),
        additive=False,
        is_snapshot=True,
    ),
    Metric(
        key="at_risk_customers",
        label="Customers at risk",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Customers who have not churned but whose churn risk, 0 to 100, has reached the organization’s threshold,"
            " 60 by default, as of now."
        ),
        expression=Of("at_risk_customers"),
        example=example("1", "Eve, who ordered once, two months ago; Dee has churned already"),
        additive=False,
        higher=False,
        is_snapshot=True,
    ),
    Metric(
        key="churned_customers",
        label="Churned customers",
        group=GROUP,
        unit=Unit.COUNT,
        formula=(
            "Customers to date whose last counted order is longer ago than the organization says, 90 days by default,"
            " as of now."
        ),
        expression=Of("churned_customers"),
        example=example("1", "Dee"),
        additive=False,
        higher=False,
        is_snapshot=True,
    ),
    Metric(
        key="churn_rate",
        label="Churn rate",
        group=GROUP,
        unit=Unit.PERCENT,
        formula=(
            "Churned customers as a share of customers to date, as of now. It is not the share that was lost in a"
            " period."
        ),
        expression=percent(Of("churned_customers"), Of("customer_count")),
        example=example("25", "1 of 4"),
        additive=False,
        higher=False,
        is_snapshot=True,
    ),
)
