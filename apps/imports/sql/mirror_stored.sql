UPDATE marketplace_order o
SET status = 'cancelled', cancelled_at = p.refunded_at, completed_at = NULL,
    source_status = 'cancelled by ' || p.key, updated_at = now()
FROM import_mirror_pair p
WHERE o.organization_id = {organization} AND o.id = p.stored_id AND o.status <> 'cancelled'
