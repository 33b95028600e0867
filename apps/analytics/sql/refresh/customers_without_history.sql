DELETE FROM customer_analytics AS customer
USING refresh_customers
WHERE
    customer.organization_id = %(organization)s
    AND customer.customer_id = refresh_customers.customer_id
    AND NOT EXISTS (
        SELECT FROM refresh_customer_totals AS totals WHERE totals.customer_id = refresh_customers.customer_id
    )
