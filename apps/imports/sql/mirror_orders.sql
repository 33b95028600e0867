UPDATE import_fact_order o
SET status = 'cancelled', cancelled_at = p.refunded_at, completed_at = NULL, source_status = 'cancelled by ' || p.key
FROM import_mirror_pair p
WHERE p.external_id = o.external_id AND p.stored_id IS NULL
