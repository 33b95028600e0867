-- Customers as they stand at present.
SELECT
    source.customer_id AS id, 'customer' AS kind_of_fact,
    coalesce(
        nullif(customer.name, ''), CASE WHEN position('@' IN customer.external_id) = 0 THEN customer.external_id END, ''
    ) AS reference,
    source.last_order_at AS at, source.last_order_date AS date, source.*, customer.city, customer.region,
    customer.business_type, customer.acquisition_channel, customer.entity_id,
    source.is_at_churn_risk::text AS churn_risk, lifetime_value_band(source.lifetime_value) AS lifetime_value_band,
    to_char(source.first_order_date, 'YYYY-MM') AS cohort
FROM (SELECT customer_id, counted_orders, lifetime_value, segment, is_at_churn_risk, last_order_at,
    last_order_date, first_order_date
    FROM customer_analytics WHERE organization_id = %(organization)s) AS source
JOIN marketplace_customer AS customer
    ON customer.organization_id = %(organization)s AND customer.id = source.customer_id
