-- Rows of the customers at hand that stand under another key than their customer's, or under the key of one of them: they
-- would be in the way of the right ones.
DELETE FROM customer_analytics AS customer
USING (
    SELECT held.id
    FROM refresh_customers
    JOIN customer_analytics AS held ON held.id = refresh_customers.customer_id
    WHERE held.organization_id = %(organization)s AND held.customer_id <> held.id
    UNION
    SELECT held.id
    FROM refresh_customers
    JOIN customer_analytics AS held
        ON held.organization_id = %(organization)s AND held.customer_id = refresh_customers.customer_id
    WHERE held.customer_id <> held.id
) AS misplaced
WHERE customer.organization_id = %(organization)s AND customer.id = misplaced.id
