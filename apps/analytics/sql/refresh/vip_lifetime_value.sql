-- The lifetime value at which the top share of the customers who ever ordered begins.
SELECT percentile_disc(1 - %(vip_share)s) WITHIN GROUP (ORDER BY lifetime_value)
FROM customer_analytics
WHERE organization_id = %(organization)s AND counted_orders > 0
