DELETE FROM {stored} t
USING import_stale_order s
WHERE t.organization_id = {organization} AND t.order_id = s.id
    AND (starts_with(t.external_id, s.basket || '/') OR t.external_id = s.basket)
    AND NOT EXISTS (SELECT FROM {ready} r WHERE r.id = t.id)
