-- Customers who are left without a history, and rows under another key than their customer's, which come anew.
DELETE FROM customer_analytics AS customer
USING refresh_customers
WHERE
    customer.organization_id = %(organization)s
    AND customer.customer_id = refresh_customers.customer_id
    AND (
        customer.id <> customer.customer_id
        OR NOT EXISTS (
            SELECT FROM refresh_customer_totals AS totals WHERE totals.customer_id = refresh_customers.customer_id
        )
    )
