-- The lifetime value at which the top share of the customers who ever ordered begins: a tenth of ten is one of them, and
-- a tenth of eleven is two. No share has no line. Who ever ordered has the date of a first order, so an index
-- alone counts them.
SELECT min(lifetime_value)
FROM (
    SELECT lifetime_value
    FROM customer_analytics
    WHERE organization_id = %(organization)s AND counted_orders > 0
    ORDER BY lifetime_value DESC
    LIMIT (
        SELECT ceil(count(*) * %(vip_share)s)::bigint
        FROM customer_analytics
        WHERE organization_id = %(organization)s AND first_order_date IS NOT NULL
    )
) AS top
