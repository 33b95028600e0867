-- Lines of counted orders with their shares of the orders' totals, by the statement that fills product sales: it stands
-- before this text, up to `sold`. An order without lines is one row, without a product.
SELECT
    coalesce(sold.line_id, sold.order_id) AS id,
    CASE WHEN sold.line_id IS NULL THEN 'order' ELSE 'order_line' END AS kind_of_fact, placed.number AS reference,
    placed.placed_at AS at, sold.date, sold.line_id IS NOT NULL AS is_line, sold.quantity, sold.total AS line_total,
    sold.revenue, sold.product_id, sold.order_id::text || coalesce(sold.product_id::text, '') AS order_and_product,
    product.category_id, product.kind AS product_kind, product.stock_quantity
FROM sold
JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = sold.order_id
LEFT JOIN marketplace_product AS product
    ON product.organization_id = %(organization)s AND product.id = sold.product_id
