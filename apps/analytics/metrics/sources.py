"""Where measures are read from: the rollups by the day, and what is known of the present."""

from apps.analytics.metrics.declarations import Source

_PARTNER = (
    "LEFT JOIN marketplace_partner AS partner"
    " ON partner.organization_id = source.organization_id AND partner.id = source.partner_id"
)
_PRODUCT = (
    "LEFT JOIN marketplace_product AS product"
    " ON product.organization_id = source.organization_id AND product.id = source.product_id"
)
_CUSTOMER = (
    "LEFT JOIN marketplace_customer AS customer"
    " ON customer.organization_id = source.organization_id AND customer.id = source.customer_id"
)
_STANDING = (
    "LEFT JOIN customer_analytics AS standing"
    " ON standing.organization_id = source.organization_id AND standing.customer_id = source.customer_id"
)

SOURCES = {
    source.key: source
    for source in (
        Source(key="daily_revenue", table="daily_revenue_summaries", rollup="daily_revenue"),
        Source(
            key="payment_methods",
            table="daily_revenue_summaries",
            rollup="daily_revenue",
            split=(
                "CROSS JOIN LATERAL (VALUES ('cash', source.cash_revenue), ('card', source.card_revenue),"
                " ('wallet', source.wallet_revenue), ('online', source.online_revenue),"
                " ('unpaid', source.unpaid_revenue)) AS split (name, amount)"
            ),
        ),
        Source(
            key="statuses",
            table="daily_revenue_summaries",
            rollup="daily_revenue",
            split=(
                "CROSS JOIN LATERAL (VALUES ('pending', source.pending_orders), ('accepted', source.accepted_orders),"
                " ('rejected', source.rejected_orders), ('in_progress', source.in_progress_orders),"
                " ('ready', source.ready_orders), ('completed', source.completed_orders),"
                " ('cancelled', source.cancelled_orders), ('no_show', source.no_show_orders)) AS split (name, amount)"
            ),
        ),
        Source(
            key="partners",
            table="partner_performance_metrics",
            rollup="partner_performance",
            joins={"partner": _PARTNER},
        ),
        Source(
            key="products",
            table="analytics_dailyproductsales",
            rollup="daily_product_sales",
            joins={"product": _PRODUCT},
        ),
        Source(key="channels", table="analytics_dailychannelsales", rollup="daily_channel_sales"),
        Source(key="processing_times", table="analytics_processingtimes", rollup="processing_times"),
        Source(key="hours", table="analytics_hourlyordervolume", rollup="hourly_order_volume"),
        Source(
            key="customers",
            table="analytics_dailycustomeractivity",
            rollup="daily_customer_activity",
            joins={"customer": _CUSTOMER, "standing": _STANDING},
        ),
        Source(key="engagement", table="analytics_dailyengagement", rollup="daily_engagement"),
        Source(key="customer_base", table="customer_analytics", joins={"customer": _CUSTOMER}, from_days=True),
        Source(key="partner_base", table="marketplace_partner"),
        Source(key="stock", table="marketplace_product"),
    )
}
