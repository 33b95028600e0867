-- The orders of those days, read once for all rollups. OFFSET 0 keeps the windows as bounds of an index scan, one for
-- each day: the planner's guess about a bound that comes from a join would have it read the whole organization. What was
-- refunded of them is looked up when their number is known (refunded.sql).
CREATE TEMP TABLE refresh_orders ON COMMIT DROP AS
SELECT
    days.date,
    placed.*,
    counted_order(placed.status) AS counted,
    extract(hour FROM placed.placed_at AT TIME ZONE %(timezone)s)::smallint AS hour,
    0::numeric AS refunded
FROM refresh_days AS days
CROSS JOIN LATERAL (
    SELECT
        id, customer_id, partner_id, channel, status, placed_at, accepted_at, picked_up_at, processed_at, delivered_at,
        completed_at, discount, tax, delivery_fee, tip, total
    FROM marketplace_order
    WHERE organization_id = %(organization)s AND placed_at >= days.starts_at AND placed_at < days.ends_at
    OFFSET 0
) AS placed
