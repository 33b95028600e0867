-- Only payments that came with the order's own id are the files' to remove; others were entered elsewhere.
DELETE FROM marketplace_payment t
USING import_ready_order o
WHERE t.organization_id = {organization} AND t.order_id = o.id AND o.outcome <> 'new'
    AND starts_with(t.external_id, o.origin || '/')
    AND NOT EXISTS (SELECT FROM import_ready_payment p WHERE p.id = t.id)
