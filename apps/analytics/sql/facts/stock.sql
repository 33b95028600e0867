-- Products as they are at present.
SELECT
    product.id, 'product' AS kind_of_fact, product.name AS reference, NULL::timestamptz AS at, NULL::date AS date,
    product.id AS product_id, product.category_id, product.kind AS product_kind, product.stock_quantity, product.cost
FROM marketplace_product AS product
WHERE product.organization_id = %(organization)s
