-- Line totals come from the product sales of the same days, which are filled before. New and returning customers are
-- counted when the customers are known (new_and_returning.sql).
INSERT INTO daily_revenue_summaries (
    id, organization_id, date, order_count, counted_orders, pending_orders, accepted_orders, rejected_orders,
    in_progress_orders, ready_orders, completed_orders, cancelled_orders, no_show_orders, total_revenue, gross_sales,
    discount_amount, tax_amount, delivery_fee_amount, tip_amount, cash_revenue, card_revenue, wallet_revenue,
    online_revenue, unpaid_revenue, refund_amount, refund_count, order_day_refund_amount, uncounted_refund_amount,
    new_customers, returning_customers, refreshed_at
)
WITH placed AS (
    SELECT
        date,
        count(*) AS order_count,
        count(*) FILTER (WHERE counted) AS counted_orders,
        count(*) FILTER (WHERE status = 'pending') AS pending_orders,
        count(*) FILTER (WHERE status = 'accepted') AS accepted_orders,
        count(*) FILTER (WHERE status = 'rejected') AS rejected_orders,
        count(*) FILTER (WHERE status = 'in_progress') AS in_progress_orders,
        count(*) FILTER (WHERE status = 'ready') AS ready_orders,
        count(*) FILTER (WHERE status = 'completed') AS completed_orders,
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled_orders,
        count(*) FILTER (WHERE status = 'no_show') AS no_show_orders,
        coalesce(sum(total) FILTER (WHERE counted), 0) AS total_revenue,
        coalesce(sum(discount) FILTER (WHERE counted), 0) AS discount,
        coalesce(sum(tax) FILTER (WHERE counted), 0) AS tax,
        coalesce(sum(delivery_fee) FILTER (WHERE counted), 0) AS delivery_fee,
        coalesce(sum(tip) FILTER (WHERE counted), 0) AS tip,
        coalesce(sum(refunded) FILTER (WHERE counted), 0) AS refunded
    FROM refresh_orders
    GROUP BY date
),
paid AS (
    SELECT
        orders.date,
        sum(payment.amount) FILTER (WHERE payment.method = 'cash') AS cash,
        sum(payment.amount) FILTER (WHERE payment.method = 'card') AS card,
        sum(payment.amount) FILTER (WHERE payment.method = 'wallet') AS wallet,
        sum(payment.amount) FILTER (WHERE payment.method = 'online') AS online,
        sum(payment.amount) AS amount
    FROM refresh_orders AS orders
    JOIN marketplace_payment AS payment
        ON payment.organization_id = %(organization)s AND payment.order_id = orders.id
    WHERE orders.counted AND payment.status = 'captured'
    GROUP BY orders.date
),
sold AS (
    SELECT sales.date, sum(sales.gross_sales) AS gross_sales
    FROM refresh_days AS days
    JOIN analytics_dailyproductsales AS sales
        ON sales.organization_id = %(organization)s AND sales.date = days.date
    GROUP BY sales.date
),
refunded AS (
    SELECT
        date,
        coalesce(sum(amount) FILTER (WHERE counted), 0) AS amount,
        count(*) FILTER (WHERE counted) AS refund_count,
        coalesce(sum(amount) FILTER (WHERE unlinked), 0) AS unlinked,
        coalesce(sum(amount) FILTER (WHERE NOT counted), 0) AS uncounted
    FROM refresh_refunds
    GROUP BY date
)
SELECT
    rollup_key(date, %(organization)s, ''), %(organization)s, date, coalesce(placed.order_count, 0),
    coalesce(placed.counted_orders, 0), coalesce(placed.pending_orders, 0), coalesce(placed.accepted_orders, 0),
    coalesce(placed.rejected_orders, 0), coalesce(placed.in_progress_orders, 0), coalesce(placed.ready_orders, 0),
    coalesce(placed.completed_orders, 0), coalesce(placed.cancelled_orders, 0), coalesce(placed.no_show_orders, 0),
    coalesce(placed.total_revenue, 0), coalesce(sold.gross_sales, 0), coalesce(placed.discount, 0),
    coalesce(placed.tax, 0), coalesce(placed.delivery_fee, 0), coalesce(placed.tip, 0), coalesce(paid.cash, 0),
    coalesce(paid.card, 0), coalesce(paid.wallet, 0), coalesce(paid.online, 0),
    coalesce(placed.total_revenue, 0) - coalesce(paid.amount, 0), coalesce(refunded.amount, 0),
    coalesce(refunded.refund_count, 0), coalesce(placed.refunded, 0) + coalesce(refunded.unlinked, 0),
    coalesce(refunded.uncounted, 0), 0, 0, %(refreshed_at)s
FROM placed
FULL JOIN refunded USING (date)
LEFT JOIN paid USING (date)
LEFT JOIN sold USING (date)
