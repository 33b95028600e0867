-- Days on which rollups of one organization contradict each other: what a rollup adds up to beside what the day does. It
-- needs no fact and no recomputation, and one statement sees one moment. A rollup that does not keep a sum has NULL for it.
WITH sums AS (
    SELECT
        'daily_revenue' AS rollup, date, order_count::numeric, counted_orders::numeric, total_revenue, gross_sales,
        refund_amount, order_day_refund_amount
    FROM daily_revenue_summaries
    WHERE organization_id = %(organization)s
    UNION ALL
    SELECT
        'partner_performance', date, sum(orders_received), sum(counted_orders), sum(total_revenue), NULL,
        sum(refund_amount), sum(order_day_refund_amount)
    FROM partner_performance_metrics
    WHERE organization_id = %(organization)s
    GROUP BY date
    UNION ALL
    SELECT 'daily_product_sales', date, NULL, NULL, sum(total_revenue), sum(gross_sales), NULL, NULL
    FROM analytics_dailyproductsales
    WHERE organization_id = %(organization)s
    GROUP BY date
    UNION ALL
    SELECT 'categories', sales.date, NULL, NULL, sum(sales.total_revenue), sum(sales.gross_sales), NULL, NULL
    FROM (
        SELECT sold.date, product.category_id, sum(sold.total_revenue) AS total_revenue, sum(sold.gross_sales) AS gross_sales
        FROM analytics_dailyproductsales AS sold
        LEFT JOIN marketplace_product AS product
            ON product.organization_id = sold.organization_id AND product.id = sold.product_id
        WHERE sold.organization_id = %(organization)s
        GROUP BY sold.date, product.category_id
    ) AS sales
    GROUP BY sales.date
    UNION ALL
    SELECT
        'daily_channel_sales', date, sum(order_count), sum(counted_orders), sum(total_revenue), NULL, sum(refund_amount),
        sum(order_day_refund_amount)
    FROM analytics_dailychannelsales
    WHERE organization_id = %(organization)s
    GROUP BY date
    UNION ALL
    SELECT 'hourly_order_volume', date, sum(order_count), sum(counted_orders), sum(total_revenue), NULL, NULL, NULL
    FROM analytics_hourlyordervolume
    WHERE organization_id = %(organization)s
    GROUP BY date
    UNION ALL
    SELECT
        'daily_customer_activity', date, sum(order_count), sum(counted_orders), sum(total_revenue), NULL,
        sum(refund_amount), sum(order_day_refund_amount)
    FROM analytics_dailycustomeractivity
    WHERE organization_id = %(organization)s
    GROUP BY date
    UNION ALL
    SELECT
        'payment_methods', date, NULL, NULL, cash_revenue + card_revenue + wallet_revenue + online_revenue + unpaid_revenue,
        NULL, NULL, NULL
    FROM daily_revenue_summaries
    WHERE organization_id = %(organization)s
    UNION ALL
    SELECT
        'statuses', date,
        pending_orders + accepted_orders + rejected_orders + in_progress_orders + ready_orders + completed_orders
        + cancelled_orders + no_show_orders,
        NULL, NULL, NULL, NULL, NULL
    FROM daily_revenue_summaries
    WHERE organization_id = %(organization)s
),
rollups (rollup, measures) AS (
    VALUES
    ('partner_performance', '{order_count,counted_orders,total_revenue,refund_amount,order_day_refund_amount}'::text[]),
    ('daily_product_sales', '{total_revenue,gross_sales}'),
    ('categories', '{total_revenue,gross_sales}'),
    ('daily_channel_sales', '{order_count,counted_orders,total_revenue,refund_amount,order_day_refund_amount}'),
    ('hourly_order_volume', '{order_count,counted_orders,total_revenue}'),
    ('daily_customer_activity', '{order_count,counted_orders,total_revenue,refund_amount,order_day_refund_amount}'),
    ('payment_methods', '{total_revenue}'),
    ('statuses', '{order_count}')
),
compared AS (
    SELECT
        rollups.rollup, dates.date, parts.measure, coalesce(parts.amount, 0) AS amount, coalesce(parts.expected, 0) AS expected
    FROM (SELECT DISTINCT date FROM sums) AS dates
    CROSS JOIN rollups
    LEFT JOIN sums AS daily ON daily.rollup = 'daily_revenue' AND daily.date = dates.date
    LEFT JOIN sums AS part ON part.rollup = rollups.rollup AND part.date = dates.date
    CROSS JOIN LATERAL (VALUES
        ('order_count', part.order_count, daily.order_count),
        ('counted_orders', part.counted_orders, daily.counted_orders),
        ('total_revenue', part.total_revenue, daily.total_revenue),
        ('gross_sales', part.gross_sales, daily.gross_sales),
        ('refund_amount', part.refund_amount, daily.refund_amount),
        ('order_day_refund_amount', part.order_day_refund_amount, daily.order_day_refund_amount)
    ) AS parts (measure, amount, expected)
    WHERE parts.measure = ANY (rollups.measures)
)
SELECT rollup, date, measure, amount, expected
FROM compared
WHERE amount <> expected
UNION ALL
-- Customers altogether, from the same days.
SELECT 'customer_analytics', NULL, parts.measure, parts.amount, parts.expected
FROM (
    SELECT coalesce(sum(total_spent), 0) AS spent, coalesce(sum(refund_amount), 0) AS refunded, coalesce(sum(counted_orders), 0) AS orders
    FROM customer_analytics
    WHERE organization_id = %(organization)s
) AS customers
CROSS JOIN (
    SELECT coalesce(sum(total_revenue), 0) AS spent, coalesce(sum(refund_amount), 0) AS refunded, coalesce(sum(counted_orders), 0) AS orders
    FROM analytics_dailycustomeractivity
    WHERE organization_id = %(organization)s AND customer_id IS NOT NULL
) AS days
CROSS JOIN LATERAL (VALUES
    ('total_spent', customers.spent, days.spent),
    ('refund_amount', customers.refunded, days.refunded),
    ('counted_orders', customers.orders, days.orders)
) AS parts (measure, amount, expected)
WHERE parts.amount <> parts.expected AND %(with_customers)s
ORDER BY date, rollup, measure
