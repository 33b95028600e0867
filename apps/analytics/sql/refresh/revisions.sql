-- Rows of published days that say something else than before. What a row is made of stands in `old` and `new`, without
-- its key and the time it was refreshed. What a repair replaced is marked as such, with the start of the last verification
-- that left the day right: from when on the old values stood there nobody knows. A day with marks changed meanwhile as well,
-- so its difference is no repair.
INSERT INTO analytics_revision (
    id, organization_id, rollup, row_id, date, old, new, facts_changed, revised_at, is_repair, right_until
)
SELECT
    rollup_key(changed.date, %(organization)s, changed.rollup || changed.row_id || %(revised_at)s::timestamptz),
    %(organization)s, changed.rollup, changed.row_id, changed.date, changed.old, changed.new,
    coalesce(facts.changed, 0), %(revised_at)s, repair.is_one, CASE WHEN repair.is_one THEN clean.started_at END
FROM refresh_differences AS changed
LEFT JOIN unnest(%(fact_days)s::date[], %(fact_counts)s::bigint[]) AS facts (date, changed) USING (date)
CROSS JOIN LATERAL (
    SELECT (%(is_repair)s OR changed.date = ANY (%(requested)s::date[])) AND NOT EXISTS (
        SELECT FROM refresh_days AS days
        JOIN analytics_changelog AS mark ON mark.first_at < days.ends_at AND mark.last_at >= days.starts_at
        WHERE days.date = changed.date AND mark.organization_id = %(organization)s AND mark.scope = 'facts'
    ) AS is_one
) AS repair
CROSS JOIN LATERAL (
    SELECT max(started_at) AS started_at
    FROM analytics_verification
    WHERE
        organization_id = %(organization)s AND (differences = 0 OR repaired)
        AND first_date <= changed.date AND last_date >= changed.date
) AS clean
WHERE changed.rollup = ANY (%(rollups)s) AND changed.date <= %(published_through)s
