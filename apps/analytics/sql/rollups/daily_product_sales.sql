-- Each order's total is divided over its lines by rounding the running sum, so that no cent is lost. Lines without a
-- price share alike.
INSERT INTO analytics_dailyproductsales (
    id, organization_id, date, product_id, order_count, line_count, quantity, gross_sales, total_revenue,
    lineless_orders, lineless_revenue
)
WITH lines AS (
    SELECT
        orders.date, orders.id AS order_id, orders.total AS order_total, line.product_id, line.quantity, line.total,
        sum(line.total) OVER running AS reached,
        sum(line.total) OVER whole AS lines_total,
        row_number() OVER running AS number,
        count(*) OVER whole AS line_count
    FROM refresh_orders AS orders
    JOIN marketplace_orderline AS line ON line.organization_id = %(organization)s AND line.order_id = orders.id
    WHERE orders.counted
    WINDOW
        whole AS (PARTITION BY orders.id),
        running AS (PARTITION BY orders.id ORDER BY line.id ROWS UNBOUNDED PRECEDING)
),
shares AS (
    SELECT
        date, order_id, product_id, quantity, total AS gross_sales,
        CASE
            WHEN order_total = lines_total THEN total
            WHEN lines_total > 0 THEN
                round(order_total * reached / lines_total, 2) - round(order_total * (reached - total) / lines_total, 2)
            ELSE round(order_total * number / line_count, 2) - round(order_total * (number - 1) / line_count, 2)
        END AS revenue
    FROM lines
),
sold AS (
    SELECT
        date, product_id, count(DISTINCT order_id) AS order_count, count(*) AS line_count, sum(quantity) AS quantity,
        sum(gross_sales) AS gross_sales, sum(revenue) AS revenue, 0 AS lineless_orders, 0::numeric AS lineless_revenue
    FROM shares
    GROUP BY date, product_id
    UNION ALL
    SELECT date, NULL, 0, 0, 0, 0, sum(total), count(*), sum(total)
    FROM refresh_orders AS orders
    WHERE counted AND NOT EXISTS (
        SELECT FROM marketplace_orderline AS line
        WHERE line.organization_id = %(organization)s AND line.order_id = orders.id
    )
    GROUP BY date
)
SELECT
    rollup_key(date, %(organization)s, product_id::text), %(organization)s, date, product_id, sum(order_count),
    sum(line_count), sum(quantity), sum(gross_sales), sum(revenue), sum(lineless_orders), sum(lineless_revenue)
FROM sold
GROUP BY date, product_id
