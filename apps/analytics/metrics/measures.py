"""The sums and counts that metrics are made of, and the facts behind each."""

from collections.abc import Mapping

from apps.analytics.metrics.declarations import Column, Facts, Measure

_EVERYWHERE = ("daily_revenue", "channels", "hours", "partners", "customers")


def _sum(column: str, *, where: str = "", needs: tuple[str, ...] = ()) -> Column:
    filtered = f" FILTER (WHERE {where})" if where else ""
    return Column(aggregate=f"sum(source.{column}){filtered}", needs=needs)


def _sums(column: str, *sources: str, **named: str) -> dict[str, Column]:
    """Read a column from these sources, and columns of other names from those named."""
    return {source: _sum(name) for source, name in {**dict.fromkeys(sources, column), **named}.items()}


def _minutes(column: str) -> dict[str, Column]:
    # Seconds are added up, not intervals: those end where their days no longer fit an integer.
    return {"partners": Column(aggregate=f"sum(extract(epoch FROM source.{column})) / 60")}


def _distinct(column: str, where: str) -> Column:
    return Column(aggregate=f"count(DISTINCT source.{column}) FILTER (WHERE {where})")


def _orders(value: str = "1", where: str = "true") -> Facts:
    return Facts(relation="orders", value=value, where=where)


def _timed(column: str, begin: str, end: str) -> tuple[Measure, Measure]:
    """Return the minutes between two instants of an order, and the number of orders with a time of that stage."""
    taken = f"stage_time(fact.{begin}, fact.{end})"
    where = f"{taken} IS NOT NULL"
    minutes = f"extract(epoch FROM {taken}) / 60"
    name = "total_time_count" if column == "total_time" else column.replace("_time", "_count")
    return (
        Measure(key=column, columns=_minutes(column), facts=_orders(minutes, where)),
        Measure(key=name, columns=_sums(name, "partners"), facts=_orders("1", where)),
    )


def _of_order(key: str, column: str) -> Measure:
    return Measure(key=key, columns=_sums(key, "daily_revenue"), facts=_orders(f"fact.{column}", "fact.counted"))


def _contacts(key: str, column: str, where: str = "true") -> Measure:
    return Measure(
        key=key,
        columns=_sums(column, "engagement"),
        facts=Facts(relation="interactions", value="1", where=where),
    )


def _issues(key: str, where: str = "true") -> Measure:
    return Measure(key=key, columns=_sums(key, "partners"), facts=Facts(relation="issues", value="1", where=where))


def _base(key: str, aggregate: str, value: str, where: str = "true", *, is_of_now: bool = False) -> Measure:
    """Return a measure of what customers are at present; `is_of_now` where it does not follow from their days."""
    filtered = f"{aggregate} FILTER (WHERE {where.replace('fact.', 'source.')})"
    return Measure(
        key=key,
        columns={"customer_base": Column(aggregate=filtered)},
        facts=Facts(relation="customer_base", value=value, where=where),
        is_of_now=is_of_now,
    )


def _refunds(value: str) -> Facts:
    return Facts(relation="refunds", value=value, where="fact.counted")


def _ordered_refunds(value: str) -> Facts:
    return Facts(relation="refunds_by_order_day", value=value, where="fact.counted")


_DECLARED: tuple[Measure, ...] = (
    # Orders
    Measure(
        key="total_revenue",
        columns={
            **_sums("total_revenue", *_EVERYWHERE, "products"),
            "payment_methods": Column(aggregate="sum(split.amount)"),
        },
        facts=_orders("fact.total", "fact.counted"),
        facts_of={
            "products": Facts(relation="lines", value="fact.revenue"),
            "payment_methods": Facts(relation="payments", value="fact.amount"),
        },
    ),
    Measure(
        key="order_count",
        columns={
            **_sums("order_count", *_EVERYWHERE[:3], "customers", partners="orders_received"),
            "statuses": Column(aggregate="sum(split.amount)"),
        },
        facts=_orders(),
    ),
    Measure(key="counted_orders", columns=_sums("counted_orders", *_EVERYWHERE), facts=_orders("1", "fact.counted")),
    Measure(
        key="completed_orders",
        columns=_sums("completed_orders", "daily_revenue", "channels", "customers", partners="orders_completed"),
        facts=_orders("1", "fact.status = 'completed'"),
    ),
    Measure(
        key="cancelled_orders",
        columns=_sums("cancelled_orders", "daily_revenue", "customers", partners="orders_cancelled"),
        facts=_orders("1", "fact.status = 'cancelled'"),
    ),
    Measure(
        key="rejected_orders",
        columns=_sums("rejected_orders", "daily_revenue", partners="orders_rejected"),
        facts=_orders("1", "fact.status = 'rejected'"),
    ),
    Measure(
        key="orders_accepted",
        columns=_sums("orders_accepted", "partners"),
        facts=_orders("1", "fact.ever_accepted"),
    ),
    _of_order("discount_amount", "discount"),
    _of_order("tax_amount", "tax"),
    _of_order("delivery_fee_amount", "delivery_fee"),
    _of_order("tip_amount", "tip"),
    Measure(
        key="automated_revenue",
        columns={"channels": _sum("total_revenue", where="source.channel IN ('ai', 'automation')")},
        facts=_orders("fact.total", "fact.counted AND fact.channel IN ('ai', 'automation')"),
    ),
    Measure(
        key="automated_orders",
        columns={"channels": _sum("order_count", where="source.channel IN ('ai', 'automation')")},
        facts=_orders("1", "fact.channel IN ('ai', 'automation')"),
    ),
    # Lines
    Measure(
        key="gross_sales",
        columns={"daily_revenue": _sum("gross_sales"), "products": _sum("gross_sales")},
        facts=Facts(relation="lines", value="fact.line_total", where="fact.is_line"),
    ),
    Measure(
        key="quantity",
        columns=_sums("quantity", "products"),
        facts=Facts(relation="lines", value="fact.quantity", where="fact.is_line"),
    ),
    Measure(
        key="product_orders",
        columns=_sums("order_count", "products"),
        only_by="product",
        facts=Facts(
            relation="lines",
            value="1",
            where="fact.is_line",
            distinct="order_and_product",
        ),
    ),
    # Refunds
    Measure(
        key="refund_amount",
        columns=_sums("refund_amount", "daily_revenue", "channels", "partners", "customers"),
        by_order_day=_sums("order_day_refund_amount", "daily_revenue", "channels", "partners", "customers"),
        facts=_refunds("fact.amount"),
        facts_by_order_day=_ordered_refunds("fact.amount"),
    ),
    Measure(
        key="refund_count",
        columns=_sums("refund_count", "daily_revenue", "partners"),
        facts=_refunds("1"),
    ),
    Measure(
        key="uncounted_refund_amount",
        columns=_sums("uncounted_refund_amount", "daily_revenue"),
        facts=Facts(relation="refunds", value="fact.amount", where="NOT fact.counted"),
    ),
    # Customers of a period
    Measure(
        key="customers",
        columns={"customers": _distinct("customer_id", "source.counted_orders > 0")},
        is_sum=False,
        facts=Facts(
            relation="orders", value="1", where="fact.counted AND fact.customer_id IS NOT NULL", distinct="customer_id"
        ),
    ),
    Measure(
        key="new_customers",
        columns={
            "daily_revenue": _sum("new_customers"),
            "customers": Column(
                aggregate=(
                    "count(*) FILTER (WHERE source.counted_orders > 0 AND source.date = standing.first_order_date)"
                ),
                needs=("standing",),
            ),
        },
        facts=Facts(
            relation="orders",
            value="1",
            where="fact.counted AND fact.date = fact.first_order_date",
            distinct="customer_id",
        ),
    ),
    # Work of partners
    *_timed("acceptance_time", "placed_at", "accepted_at"),
    *_timed("pickup_time", "accepted_at", "picked_up_at"),
    *_timed("processing_time", "picked_up_at", "processed_at"),
    *_timed("delivery_time", "processed_at", "delivered_at"),
    *_timed("total_time", "placed_at", "completed_at"),
    Measure(
        key="overlong_stages",
        columns=_sums("overlong_stages", "partners"),
        facts=_orders("fact.overlong_stages", "fact.overlong_stages > 0"),
    ),
    Measure(
        key="timed_orders",
        columns=_sums("order_count", "processing_times"),
        only_by="stage",
        facts=Facts(relation="processing_times", value="1"),
    ),
    Measure(
        key="rating_sum",
        columns=_sums("rating_sum", "partners", "customers"),
        facts=Facts(relation="reviews", value="fact.rating"),
    ),
    Measure(
        key="rating_count",
        columns=_sums("rating_count", "partners", "customers"),
        facts=Facts(relation="reviews", value="1"),
    ),
    _issues("issues_reported"),
    _issues("items_damaged", "fact.kind = 'damaged'"),
    _issues("items_lost", "fact.kind = 'lost'"),
    _issues("items_late", "fact.kind = 'late'"),
    Measure(
        key="selling_partners",
        columns={"partners": _distinct("partner_id", "source.counted_orders > 0")},
        is_sum=False,
        facts=Facts(
            relation="orders", value="1", where="fact.counted AND fact.partner_id IS NOT NULL", distinct="partner_id"
        ),
    ),
    Measure(
        key="orders_within_capacity",
        columns={
            "partners": _sum("counted_orders", where="partner.daily_capacity IS NOT NULL", needs=("partner",)),
        },
        facts=_orders("1", "fact.counted AND fact.daily_capacity IS NOT NULL"),
    ),
    Measure(
        key="daily_capacity",
        columns={"partner_base": Column(aggregate="sum(source.daily_capacity)")},
        facts=Facts(relation="partner_base", value="fact.daily_capacity", where="fact.daily_capacity IS NOT NULL"),
    ),
    Measure(
        key="partner_count",
        columns={"partner_base": Column(aggregate="count(*)")},
        facts=Facts(relation="partner_base", value="1"),
    ),
    Measure(
        key="active_partners",
        columns={"partner_base": Column(aggregate="count(*) FILTER (WHERE source.status = 'active')")},
        facts=Facts(relation="partner_base", value="1", where="fact.partner_status = 'active'"),
    ),
    # Contact
    _contacts("interaction_count", "interaction_count"),
    _contacts("automated_interactions", "automated", "fact.automated"),
    _contacts("successful_interactions", "successful", "fact.successful"),
    _contacts("unsuccessful_interactions", "unsuccessful", "NOT fact.successful"),
    _contacts("complaints", "complaints", "fact.type = 'complaint'"),
    _contacts("support_tickets", "support_tickets", "fact.type = 'support_ticket'"),
    # What customers are at present
    _base("customer_count", "count(*)", "1", "fact.counted_orders > 0"),
    _base("lifetime_value", "sum(source.lifetime_value)", "fact.lifetime_value"),
    _base("at_risk_customers", "count(*)", "1", "fact.is_at_churn_risk", is_of_now=True),
    _base("churned_customers", "count(*)", "1", "fact.segment = 'churned'", is_of_now=True),
    _base("lifetime_orders", "sum(source.counted_orders)", "fact.counted_orders"),
    # What is on the shelves at present
    Measure(
        key="product_count",
        columns={"stock": Column(aggregate="count(*)")},
        facts=Facts(relation="stock", value="1"),
    ),
    Measure(
        key="stock_quantity",
        columns={"stock": Column(aggregate="sum(source.stock_quantity)")},
        facts=Facts(relation="stock", value="fact.stock_quantity", where="fact.stock_quantity IS NOT NULL"),
    ),
    Measure(
        key="stock_cost",
        columns={"stock": Column(aggregate="sum(round(source.stock_quantity * source.cost, 2))")},
        facts=Facts(
            relation="stock",
            value="round(fact.stock_quantity * fact.cost, 2)",
            where="fact.stock_quantity IS NOT NULL AND fact.cost IS NOT NULL",
        ),
    ),
    Measure(
        key="quantity_from_stock",
        columns={"products": _sum("quantity", where="product.stock_quantity IS NOT NULL", needs=("product",))},
        facts=Facts(
            relation="lines",
            value="fact.quantity",
            where="fact.is_line AND fact.stock_quantity IS NOT NULL",
        ),
    ),
)

MEASURES: Mapping[str, Measure] = {measure.key: measure for measure in _DECLARED}
