-- Stored orders of a basket in the files that the basket no longer has, and the order that takes what refers to them.
SELECT DISTINCT ON (t.id) t.id, o.basket_reference AS basket, o.id AS heir_id
FROM import_ready_order o
JOIN marketplace_order t ON t.organization_id = {organization} AND t.basket_reference = o.basket_reference
WHERE o.basket_reference <> '' AND t.external_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM import_ready_order r WHERE r.id = t.id)
ORDER BY t.id, o.total DESC, o.external_id
