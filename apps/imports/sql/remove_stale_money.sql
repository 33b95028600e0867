-- Only what came with the order's own id is the files' to remove; the rest was entered elsewhere.
DELETE FROM {stored} t
USING import_ready_order o
WHERE t.organization_id = {organization} AND t.order_id = o.id AND o.outcome <> 'new'
    AND starts_with(t.external_id, o.origin || '/')
    AND NOT EXISTS (SELECT FROM {ready} r WHERE r.id = t.id)
