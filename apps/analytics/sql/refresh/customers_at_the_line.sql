-- Customers whom the line between VIPs and others passed when it moved.
INSERT INTO refresh_customers (customer_id)
SELECT customer_id
FROM customer_analytics
WHERE
    organization_id = %(organization)s
    AND lifetime_value >= least(%(old_line)s, %(new_line)s)
    AND lifetime_value < greatest(%(old_line)s, %(new_line)s)
ON CONFLICT DO NOTHING
