-- A customer is new on the day of the first counted order ever, and returning on every later day with one. What was seen
-- is MATERIALIZED, or the statistics of a table that was just filled have it counted anew for each day.
WITH seen AS MATERIALIZED (
    SELECT
        activity.date,
        count(*) FILTER (WHERE customer.first_order_date = activity.date) AS new,
        count(*) FILTER (WHERE customer.first_order_date < activity.date) AS returning
    FROM analytics_dailycustomeractivity AS activity
    JOIN customer_analytics AS customer
        ON customer.organization_id = %(organization)s AND customer.customer_id = activity.customer_id
    WHERE
        activity.organization_id = %(organization)s
        AND activity.date = ANY (%(days)s::date[])
        AND activity.counted_orders > 0
    GROUP BY activity.date
)

UPDATE daily_revenue_summaries AS daily
SET new_customers = coalesce(seen.new, 0), returning_customers = coalesce(seen.returning, 0)
FROM unnest(%(days)s::date[]) AS day
LEFT JOIN seen ON seen.date = day
WHERE
    daily.organization_id = %(organization)s
    AND daily.date = day
    AND (daily.new_customers, daily.returning_customers)
        IS DISTINCT FROM (coalesce(seen.new, 0), coalesce(seen.returning, 0))
RETURNING daily.date
