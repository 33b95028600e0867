-- Customers of the days to rebuild, as the rollup has them: run before the days are filled and after. OFFSET 0 has the
-- rows looked up by day: nothing is known of the days yet, and the planner would read the whole history.
INSERT INTO refresh_customers (customer_id)
SELECT DISTINCT activity.customer_id
FROM refresh_days AS days
CROSS JOIN LATERAL (
    SELECT customer_id
    FROM analytics_dailycustomeractivity
    WHERE organization_id = %(organization)s AND date = days.date AND customer_id IS NOT NULL
    OFFSET 0
) AS activity
ON CONFLICT DO NOTHING
