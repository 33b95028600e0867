-- A refund that names no order has no channel either: it is in the row whose channel is empty.
INSERT INTO analytics_dailychannelsales (
    id, organization_id, date, channel, order_count, counted_orders, completed_orders, total_revenue, refund_amount,
    order_day_refund_amount
)
SELECT
    rollup_key(date, %(organization)s, channel), %(organization)s, date, channel, sum(order_count), sum(counted_orders),
    sum(completed_orders), sum(total_revenue), sum(refund_amount), sum(order_day_refund_amount)
FROM (
    SELECT
        date, channel, count(*) AS order_count, count(*) FILTER (WHERE counted) AS counted_orders,
        count(*) FILTER (WHERE status = 'completed') AS completed_orders,
        coalesce(sum(total) FILTER (WHERE counted), 0) AS total_revenue, 0::numeric AS refund_amount,
        coalesce(sum(refunded) FILTER (WHERE counted), 0) AS order_day_refund_amount
    FROM refresh_orders
    GROUP BY date, channel
    UNION ALL
    SELECT date, channel, 0, 0, 0, 0, sum(amount), coalesce(sum(amount) FILTER (WHERE unlinked), 0)
    FROM refresh_refunds
    WHERE counted
    GROUP BY date, channel
) AS parts
GROUP BY date, channel
