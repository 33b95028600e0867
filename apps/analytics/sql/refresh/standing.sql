-- Where the customers at hand stand on a business day; only rows that change are written. A day lies within n days of
-- today when it is not before today - n. The usual gap between orders is the customer's own, at least a week; for a
-- single order, a third of the time after which customers count as churned. Three usual gaps without an order, or that
-- time, make the risk 100.
UPDATE customer_analytics AS customer
SET
    recent_orders = standing.recent_orders,
    segment = standing.segment,
    churn_risk_score = standing.score,
    is_at_churn_risk = standing.at_risk,
    refreshed_at = %(refreshed_at)s
FROM (
    SELECT
        scored.*,
        coalesce(score >= %(at_risk_score)s AND segment <> 'churned' AND segment <> '', false) AS at_risk
    FROM (
        SELECT
            known.customer_id,
            known.recent_orders,
            CASE
                WHEN counted_orders = 0 THEN ''
                WHEN silence > %(churned_after_days)s THEN 'churned'
                WHEN counted_orders >= %(vip_orders)s AND lifetime_value >= %(vip_line)s THEN 'vip'
                WHEN known.recent_orders >= %(regular_orders)s THEN 'regular'
                WHEN counted_orders = 1 AND silence <= %(new_within_days)s THEN 'new'
                ELSE 'occasional'
            END AS segment,
            CASE
                WHEN counted_orders = 0 THEN 0
                WHEN silence > %(churned_after_days)s THEN 100
                WHEN counted_orders = 1 THEN least(100, 100 * silence / %(churned_after_days)s)
                WHEN span < 7 * (counted_orders::bigint - 1) THEN least(100, 100 * silence / 21)
                ELSE least(100, 100 * silence::bigint * (counted_orders - 1) / (3 * span))
            END AS score
        FROM (
            SELECT
                candidate.customer_id,
                candidate.counted_orders,
                candidate.lifetime_value,
                greatest(0, %(today)s - candidate.last_order_date) AS silence,
                candidate.last_order_date - candidate.first_order_date AS span,
                coalesce(recent.orders, 0) AS recent_orders
            FROM refresh_customers
            JOIN customer_analytics AS candidate
                ON candidate.organization_id = %(organization)s
                AND candidate.customer_id = refresh_customers.customer_id
            LEFT JOIN (
                SELECT activity.customer_id, sum(activity.counted_orders) AS orders
                FROM refresh_customers
                JOIN analytics_dailycustomeractivity AS activity
                    ON activity.organization_id = %(organization)s
                    AND activity.customer_id = refresh_customers.customer_id
                WHERE activity.date >= %(today)s - %(regular_within_days)s
                GROUP BY activity.customer_id
            ) AS recent ON recent.customer_id = candidate.customer_id
        ) AS known
    ) AS scored
) AS standing
WHERE
    customer.organization_id = %(organization)s
    AND customer.customer_id = standing.customer_id
    AND (customer.recent_orders, customer.segment, customer.churn_risk_score, customer.is_at_churn_risk)
        IS DISTINCT FROM (standing.recent_orders, standing.segment, standing.score, standing.at_risk)
