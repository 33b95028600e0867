-- Orders with a time of a stage, by how long it was: what percentiles of any period come from. A
-- bin is known by where it begins; bins are counted from the beginning of their band, which they fill. OFFSET 0 has each
-- band worked out once, not wherever it is used.
INSERT INTO analytics_processingtimes (
    id, organization_id, date, stage, from_seconds, order_count
)
SELECT
    rollup_key(date, %(organization)s, stage || from_seconds), %(organization)s, date, stage, from_seconds, count(*)
FROM (
    SELECT
        date, stage,
        band + floor((seconds - band) / duration_bin_width(band))::integer * duration_bin_width(band) AS from_seconds
    FROM (
        SELECT date, stage, seconds, duration_band(seconds) AS band
        FROM (
            SELECT placed.date, timed.stage, extract(epoch FROM stage_time(timed.began_at, timed.ended_at))::float8 AS seconds
            FROM refresh_orders AS placed
            CROSS JOIN LATERAL (VALUES
                ('acceptance', placed.placed_at, placed.accepted_at),
                ('pickup', placed.accepted_at, placed.picked_up_at),
                ('processing', placed.picked_up_at, placed.processed_at),
                ('delivery', placed.processed_at, placed.delivered_at),
                ('total', placed.placed_at, placed.completed_at)
            ) AS timed (stage, began_at, ended_at)
            WHERE stage_time(timed.began_at, timed.ended_at) IS NOT NULL
        ) AS stages
        OFFSET 0
    ) AS banded
) AS binned
GROUP BY date, stage, from_seconds
