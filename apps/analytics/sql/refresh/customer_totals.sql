-- The whole history of the customers at hand, from their days; what they like, from the lines and payments of their
-- counted orders. Products come after the lines: the planner takes the lines of a product for so few that it would begin with
-- all products, and read every line of the organization.
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
bought AS MATERIALIZED (
    SELECT orders.customer_id, line.product_id, sum(line.total) AS amount
    FROM refresh_customer_orders AS orders
    JOIN marketplace_orderline AS line ON line.organization_id = %(organization)s AND line.order_id = orders.id
    WHERE line.product_id IS NOT NULL
    GROUP BY orders.customer_id, line.product_id
),
categories AS (
    SELECT DISTINCT ON (customer_id) customer_id, category_id
    FROM (
        SELECT bought.customer_id, product.category_id, sum(bought.amount) AS amount
        FROM bought
        JOIN marketplace_product AS product
            ON product.organization_id = %(organization)s AND product.id = bought.product_id
        WHERE product.category_id IS NOT NULL
        GROUP BY bought.customer_id, product.category_id
    ) AS spent
    ORDER BY customer_id, amount DESC, category_id
),
methods AS (
    SELECT DISTINCT ON (customer_id) customer_id, method
    FROM (
        SELECT orders.customer_id, payment.method, count(*) AS payments, sum(payment.amount) AS amount
        FROM refresh_customer_orders AS orders
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
