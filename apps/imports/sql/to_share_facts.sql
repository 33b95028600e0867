SELECT f.external_id AS item, 'amount' AS kind,
    row_number() OVER (PARTITION BY f.external_id ORDER BY o.external_id) AS k,
    f.amount, o.total AS weight, o.external_id AS "order"
FROM {facts} f
JOIN import_fact_order o ON o.origin = f."order" AND o.external_id <> o.origin
