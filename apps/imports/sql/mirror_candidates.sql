-- Orders of the same customer and the same total within the window before the refund, of which every line comes back.
WITH candidate AS (
    SELECT c.key, c.refunded_at, o.external_id, o.placed_at, NULL::uuid AS stored_id, false AS linked
    FROM import_mirror_refund c
    JOIN import_fact_order o ON o.customer = c.customer AND o.total = c.total
    WHERE o.placed_at <= c.refunded_at AND o.placed_at > c.refunded_at - {window}::interval
    UNION ALL
    SELECT c.key, c.refunded_at, o.external_id, o.placed_at, o.id, o.source_status = 'cancelled by ' || c.key
    FROM import_mirror_refund c
    JOIN marketplace_customer s ON s.organization_id = {organization} AND s.external_id = c.customer
    JOIN marketplace_order o ON o.organization_id = {organization} AND o.customer_id = s.id AND o.total = c.total
    WHERE o.placed_at <= c.refunded_at AND o.placed_at > c.refunded_at - {window}::interval
        AND NOT EXISTS (SELECT FROM import_fact_order f WHERE f.external_id = o.external_id)
        AND (o.status = 'completed' OR o.source_status = 'cancelled by ' || c.key)
), line AS (
    SELECT d.key, d.external_id, l.product, l.quantity, l.unit_price, count(*) AS times
    FROM candidate d JOIN import_fact_order_line l ON l."order" = d.external_id
    WHERE d.stored_id IS NULL GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT d.key, d.external_id, p.external_id, l.quantity, l.unit_price, count(*)
    FROM candidate d JOIN marketplace_orderline l ON l.organization_id = {organization} AND l.order_id = d.stored_id
    LEFT JOIN marketplace_product p ON p.organization_id = {organization} AND p.id = l.product_id
    WHERE d.stored_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
), returned AS (
    SELECT key, product, -quantity AS quantity, price, count(*) AS times FROM ({rows}) r GROUP BY 1, 2, 3, 4
)
SELECT * FROM candidate d
WHERE NOT EXISTS (
    SELECT FROM line l
    WHERE l.key = d.key AND l.external_id = d.external_id AND NOT EXISTS (
        SELECT FROM returned r
        WHERE r.key = l.key AND r.product = l.product AND r.quantity = l.quantity
            AND r.price = l.unit_price AND r.times = l.times
    )
)
