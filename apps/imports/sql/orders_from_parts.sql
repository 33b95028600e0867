-- Orders as they will be stored. Amounts of the whole basket are shared; amounts of lines stay with their partner.
-- A completed or cancelled order without its instant takes the last instant that is known of it.
SELECT {kept},
    o.origin,
    CASE WHEN p.n > 1 THEN o.external_id || '/' || COALESCE(p.partner, '') ELSE o.external_id END AS external_id,
    CASE WHEN p.k = 1 THEN o.id ELSE {part_id} END AS id,
    COALESCE(o.number, o.external_id) AS number,
    p.partner,
    CASE WHEN {split} THEN o.external_id ELSE o.basket_reference END AS basket_reference,
    a.subtotal, a.discount, a.tax, a.delivery_fee, a.tip,
    COALESCE(s.total, CASE WHEN p.n = 1 THEN o.total END,
        a.subtotal - a.discount + a.tax + a.delivery_fee + a.tip) AS total,
    o.status,
    CASE WHEN o.status <> 'pending' THEN o.accepted_at END AS accepted_at,
    CASE WHEN o.status = 'completed' THEN COALESCE(o.completed_at, last.known) END AS completed_at,
    CASE WHEN o.status = 'cancelled' THEN COALESCE(o.cancelled_at, last.known) END AS cancelled_at
FROM import_fact_order o
JOIN import_part p ON p.basket = o.external_id
LEFT JOIN (
    SELECT item, k,
        max(amount) FILTER (WHERE kind = 'discount') AS discount, max(amount) FILTER (WHERE kind = 'tax') AS tax,
        max(amount) FILTER (WHERE kind = 'delivery_fee') AS delivery_fee, max(amount) FILTER (WHERE kind = 'tip') AS tip,
        max(amount) FILTER (WHERE kind = 'total') AS total
    FROM import_share GROUP BY 1, 2
) s ON s.item = p.basket AND s.k = p.k
CROSS JOIN LATERAL (
    SELECT COALESCE(s.discount, o.discount, 0) + COALESCE(p.discount, 0) AS discount,
        COALESCE(s.tax, o.tax, 0) + COALESCE(p.tax, 0) AS tax,
        COALESCE(s.delivery_fee, o.delivery_fee, 0) + COALESCE(p.delivery_fee, 0) AS delivery_fee,
        COALESCE(s.tip, o.tip, 0) + COALESCE(p.tip, 0) AS tip
) extra
CROSS JOIN LATERAL (
    SELECT extra.*, COALESCE(CASE WHEN p.n = 1 THEN o.subtotal END, p.lines_total,
        o.total + extra.discount - extra.tax - extra.delivery_fee - extra.tip, 0) AS subtotal
) a
CROSS JOIN LATERAL (
    SELECT GREATEST(o.placed_at, o.accepted_at, o.picked_up_at, o.processed_at, o.delivered_at) AS known
) last
