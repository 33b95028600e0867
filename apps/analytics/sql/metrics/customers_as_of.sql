-- Customers as of an instant, from their days; where they stand is of the present, because it is not kept.
SELECT
    history.customer_id AS id, history.*, coalesce(standing.segment, '') AS segment,
    coalesce(standing.is_at_churn_risk, false) AS is_at_churn_risk
FROM (
    SELECT
        organization_id, customer_id, sum(counted_orders) AS counted_orders,
        sum(total_revenue) - sum(refund_amount) AS lifetime_value,
        min(date) FILTER (WHERE counted_orders > 0) AS first_order_date,
        max(date) FILTER (WHERE counted_orders > 0) AS last_order_date
    FROM ({activity}) AS activity
    WHERE customer_id IS NOT NULL
    GROUP BY organization_id, customer_id
) AS history
LEFT JOIN customer_analytics AS standing
    ON standing.organization_id = history.organization_id AND standing.customer_id = history.customer_id
