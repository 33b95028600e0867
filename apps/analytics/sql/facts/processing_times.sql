-- Orders by the day they were placed, once for each stage that they have a time of.
SELECT
    placed.id, 'order' AS kind_of_fact, placed.number AS reference, placed.placed_at AS at,
    business_date(placed.placed_at, %(timezone)s, %(day_starts_at)s) AS date, timed.stage,
    duration_band(extract(epoch FROM stage_time(timed.began_at, timed.ended_at))::float8)::text AS duration
FROM marketplace_order AS placed
CROSS JOIN LATERAL (VALUES
    ('acceptance', placed.placed_at, placed.accepted_at),
    ('pickup', placed.accepted_at, placed.picked_up_at),
    ('processing', placed.picked_up_at, placed.processed_at),
    ('delivery', placed.processed_at, placed.delivered_at),
    ('total', placed.placed_at, placed.completed_at)
) AS timed (stage, began_at, ended_at)
WHERE
    placed.organization_id = %(organization)s AND placed.placed_at >= %(start)s AND placed.placed_at < %(end)s
    AND stage_time(timed.began_at, timed.ended_at) IS NOT NULL
