-- A payment of a divided basket becomes one payment for each order that has a share of it.
SELECT {kept},
    CASE WHEN t.k IS NULL OR t.k = 1 THEN f.id ELSE {id} END AS id,
    f.external_id || COALESCE('/' || t.k, '') AS external_id,
    COALESCE(t."order", f."order") AS "order",
    COALESCE(s.amount, f.amount) AS amount
FROM {facts} f
LEFT JOIN import_to_share t ON t.item = f.external_id
LEFT JOIN import_share s ON s.item = t.item AND s.k = t.k
WHERE t.k IS NULL OR s.amount > 0 OR (f.amount = 0 AND t.k = 1)
