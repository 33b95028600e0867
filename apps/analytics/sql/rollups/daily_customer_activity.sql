INSERT INTO analytics_dailycustomeractivity (
    id, organization_id, date, customer_id, order_count, counted_orders, completed_orders, cancelled_orders,
    total_revenue, refund_amount, order_day_refund_amount, rating_sum, rating_count, first_counted_at, last_counted_at
)
SELECT
    rollup_key(date, %(organization)s, customer_id::text), %(organization)s, date, customer_id, sum(order_count),
    sum(counted_orders), sum(completed_orders), sum(cancelled_orders), sum(total_revenue), sum(refund_amount),
    sum(order_day_refund_amount), sum(rating_sum), sum(rating_count), min(first_counted_at), max(last_counted_at)
FROM (
    SELECT
        date, customer_id, 1 AS order_count, counted::int AS counted_orders,
        (status = 'completed')::int AS completed_orders, (status = 'cancelled')::int AS cancelled_orders,
        CASE WHEN counted THEN total ELSE 0 END AS total_revenue, 0::numeric AS refund_amount,
        CASE WHEN counted THEN refunded ELSE 0 END AS order_day_refund_amount, 0 AS rating_sum, 0 AS rating_count,
        CASE WHEN counted THEN placed_at END AS first_counted_at, CASE WHEN counted THEN placed_at END AS last_counted_at
    FROM refresh_orders
    UNION ALL
    SELECT date, customer_id, 0, 0, 0, 0, 0, amount, CASE WHEN unlinked THEN amount ELSE 0 END, 0, 0, NULL, NULL
    FROM refresh_refunds
    WHERE counted
    UNION ALL
    SELECT date, customer_id, 0, 0, 0, 0, 0, 0, 0, rating, 1, NULL, NULL
    FROM refresh_reviews
) AS parts
GROUP BY date, customer_id
