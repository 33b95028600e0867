-- An order that an earlier file's refund cancelled stays cancelled when its own file comes again without that refund.
UPDATE import_fact_order o
SET status = t.status, cancelled_at = t.cancelled_at, completed_at = NULL, source_status = t.source_status
FROM marketplace_order t
WHERE t.organization_id = {organization} AND t.external_id = o.external_id AND t.status = 'cancelled'
    AND starts_with(t.source_status, 'cancelled by ') AND t.total = o.total AND o.status <> 'cancelled'
