-- Each order's total is divided over its lines by rounding the running sum, so that no cent is lost. Lines without a
-- price share alike.
INSERT INTO analytics_dailyproductsales (
    id, organization_id, date, product_id, order_count, line_count, quantity, gross_sales, total_revenue,
    lineless_orders, lineless_revenue
)
WITH lines AS (
    SELECT
        orders.date, orders.id AS order_id, orders.total AS order_total, line.id AS line_id, line.product_id,
        line.quantity, line.total,
        sum(line.total) OVER running AS reached,
        sum(line.total) OVER whole AS lines_total,
        row_number() OVER running AS number,
        count(*) OVER whole AS line_count
    FROM refresh_orders AS orders
    LEFT JOIN marketplace_orderline AS line ON line.organization_id = %(organization)s AND line.order_id = orders.id
    WHERE orders.counted
    WINDOW
        whole AS (PARTITION BY orders.id),
        running AS (PARTITION BY orders.id ORDER BY line.id ROWS UNBOUNDED PRECEDING)
),
sold AS (
    SELECT
        date, order_id, order_total, line_id, product_id, quantity, total,
        CASE
            WHEN line_id IS NULL OR order_total = lines_total THEN coalesce(total, order_total)
            WHEN lines_total > 0 THEN
                round(order_total * reached / lines_total, 2) - round(order_total * (reached - total) / lines_total, 2)
            ELSE round(order_total * number / line_count, 2) - round(order_total * (number - 1) / line_count, 2)
        END AS revenue
    FROM lines
)
SELECT
    rollup_key(date, %(organization)s, product_id::text), %(organization)s, date, product_id,
    count(DISTINCT order_id) FILTER (WHERE line_id IS NOT NULL), count(line_id), coalesce(sum(quantity), 0),
    coalesce(sum(total), 0), sum(revenue), count(*) FILTER (WHERE line_id IS NULL),
    coalesce(sum(order_total) FILTER (WHERE line_id IS NULL), 0)
FROM sold
GROUP BY date, product_id
