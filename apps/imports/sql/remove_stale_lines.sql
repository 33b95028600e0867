DELETE FROM marketplace_orderline t
USING import_ready_order o
WHERE t.organization_id = {organization} AND t.order_id = o.id AND o.outcome <> 'new'
    AND NOT EXISTS (SELECT FROM import_ready_order_line l WHERE l.id = t.id)
