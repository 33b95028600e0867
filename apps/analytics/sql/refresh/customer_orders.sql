-- The counted orders of the customers at hand: a table, because the planner has to know how many they are to choose between
-- looking their lines up one by one and reading all of the organization.
CREATE TEMP TABLE refresh_customer_orders ON COMMIT DROP AS
SELECT placed.customer_id, placed.id
FROM refresh_customers
JOIN marketplace_order AS placed
    ON placed.organization_id = %(organization)s AND placed.customer_id = refresh_customers.customer_id
WHERE counted_order(placed.status)
