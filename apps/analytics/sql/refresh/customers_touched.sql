-- Customers of the days to rebuild, as the rollup has them: run before the days are filled and after.
INSERT INTO refresh_customers (customer_id)
SELECT DISTINCT activity.customer_id
FROM refresh_days AS days
JOIN analytics_dailycustomeractivity AS activity
    ON activity.organization_id = %(organization)s AND activity.date = days.date
WHERE activity.customer_id IS NOT NULL
ON CONFLICT DO NOTHING
