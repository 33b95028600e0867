-- Pair the refunds and orders that are each other's first choice: the latest order, the earliest refund. Run again
-- until nothing is left to pair, so that one refund cancels one order.
INSERT INTO import_mirror_pair
SELECT key, external_id, stored_id, refunded_at
FROM (
    SELECT c.*,
        row_number() OVER (PARTITION BY key ORDER BY linked DESC, placed_at DESC, external_id) AS for_refund,
        row_number() OVER (PARTITION BY external_id ORDER BY linked DESC, refunded_at, key) AS for_order
    FROM import_mirror_candidate c
    WHERE NOT EXISTS (SELECT FROM import_mirror_pair p WHERE p.key = c.key OR p.external_id = c.external_id)
) ranked
WHERE for_refund = 1 AND for_order = 1
