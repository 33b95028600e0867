-- The whole history of the customers at hand, from their days; what they like, from the lines and payments of their
-- orders. OFFSET 0 has the lines looked up by order: the planner takes the orders of a few customers for so many that it
-- would read every line of the organization instead.
CREATE TEMP TABLE refresh_customer_totals ON COMMIT DROP AS
WITH totals AS (
    SELECT
        activity.customer_id,
        sum(activity.order_count) AS total_orders,
        sum(activity.counted_orders) AS counted_orders,
        sum(activity.completed_orders) AS completed_orders,
        sum(activity.cancelled_orders) AS cancelled_orders,
        sum(activity.total_revenue) AS total_spent,
        sum(activity.refund_amount) AS refund_amount,
        sum(activity.rating_sum) AS rating_sum,
        sum(activity.rating_count) AS rating_count,
        min(activity.first_counted_at) AS first_order_at,
        max(activity.last_counted_at) AS last_order_at,
        min(activity.date) FILTER (WHERE activity.counted_orders > 0) AS first_order_date,
        max(activity.date) FILTER (WHERE activity.counted_orders > 0) AS last_order_date
    FROM refresh_customers
    JOIN analytics_dailycustomeractivity AS activity
        ON activity.organization_id = %(organization)s AND activity.customer_id = refresh_customers.customer_id
    GROUP BY activity.customer_id
),
orders AS MATERIALIZED (
    SELECT placed.customer_id, placed.id
    FROM refresh_customers
    JOIN marketplace_order AS placed
        ON placed.organization_id = %(organization)s AND placed.customer_id = refresh_customers.customer_id
    WHERE counted_order(placed.status)
),
categories AS (
    SELECT DISTINCT ON (customer_id) customer_id, category_id
    FROM (
        SELECT orders.customer_id, product.category_id, sum(line.total) AS amount
        FROM orders
        CROSS JOIN LATERAL (
            SELECT product_id, total
            FROM marketplace_orderline
            WHERE organization_id = %(organization)s AND order_id = orders.id
            OFFSET 0
        ) AS line
        JOIN marketplace_product AS product
            ON product.organization_id = %(organization)s AND product.id = line.product_id
        WHERE product.category_id IS NOT NULL
        GROUP BY orders.customer_id, product.category_id
    ) AS spent
    ORDER BY customer_id, amount DESC, category_id
),
methods AS (
    SELECT DISTINCT ON (customer_id) customer_id, method
    FROM (
        SELECT orders.customer_id, payment.method, count(*) AS payments, sum(payment.amount) AS amount
        FROM orders
        JOIN marketplace_payment AS payment
            ON payment.organization_id = %(organization)s AND payment.order_id = orders.id
        WHERE payment.status = 'captured'
        GROUP BY orders.customer_id, payment.method
    ) AS paid
    ORDER BY customer_id, payments DESC, amount DESC, method
)
SELECT totals.*, categories.category_id AS favorite_category_id, coalesce(methods.method, '') AS preferred_payment_method
FROM totals
LEFT JOIN categories USING (customer_id)
LEFT JOIN methods USING (customer_id)
