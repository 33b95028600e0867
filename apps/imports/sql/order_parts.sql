-- One row for each order that a basket becomes: k of n, its partner, and what its lines add up to.
SELECT o.external_id AS basket,
    row_number() OVER (PARTITION BY o.external_id ORDER BY b.partner NULLS FIRST) AS k,
    count(*) OVER (PARTITION BY o.external_id) AS n,
    COALESCE(b.partner, o.partner) AS partner,
    b.lines_total, b.delivery_fee, b.tax, b.tip, b.discount,
    COALESCE(b.lines_total, 0) AS weight
FROM import_fact_order o
LEFT JOIN (
    SELECT "order" AS basket, {partner} AS partner, sum(total) AS lines_total,
        sum(round(delivery_fee, 2)) AS delivery_fee, sum(round(tax, 2)) AS tax,
        sum(round(tip, 2)) AS tip, sum(round(discount, 2)) AS discount
    FROM import_fact_order_line GROUP BY 1, 2
) b ON b.basket = o.external_id
