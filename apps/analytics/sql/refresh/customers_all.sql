INSERT INTO refresh_customers (customer_id)
SELECT customer_id FROM customer_analytics WHERE organization_id = %(organization)s
UNION
SELECT customer_id FROM analytics_dailycustomeractivity
WHERE organization_id = %(organization)s AND customer_id IS NOT NULL
ON CONFLICT DO NOTHING
