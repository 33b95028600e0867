-- The days on which a first order was, or is now.
SELECT DISTINCT day
FROM (
    SELECT before.first_order_date AS old_day, totals.first_order_date AS new_day
    FROM refresh_customers
    LEFT JOIN customer_analytics AS before
        ON before.organization_id = %(organization)s AND before.customer_id = refresh_customers.customer_id
    LEFT JOIN refresh_customer_totals AS totals ON totals.customer_id = refresh_customers.customer_id
) AS customers
CROSS JOIN LATERAL (VALUES (old_day), (new_day)) AS days (day)
WHERE old_day IS DISTINCT FROM new_day AND day IS NOT NULL
