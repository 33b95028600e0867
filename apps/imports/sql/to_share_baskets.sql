SELECT p.basket AS item, x.kind, p.k, x.amount, p.weight
FROM import_part p
JOIN import_fact_order o ON o.external_id = p.basket
CROSS JOIN LATERAL (
    VALUES ('discount', o.discount), ('tax', o.tax), ('delivery_fee', o.delivery_fee), ('tip', o.tip), ('total', o.total)
) x(kind, amount)
WHERE p.n > 1 AND x.amount IS NOT NULL
