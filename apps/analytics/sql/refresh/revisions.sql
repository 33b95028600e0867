-- Rows of published days that say something else than before. What a row is made of stands in `old` and `new`, without
-- its key and the time it was refreshed.
INSERT INTO analytics_revision (id, organization_id, rollup, row_id, date, old, new, facts_changed, revised_at,
    is_repair)
SELECT
    rollup_key(changed.date, %(organization)s, changed.rollup || changed.row_id || %(refreshed_at)s::timestamptz),
    %(organization)s, changed.rollup, changed.row_id, changed.date, changed.old, changed.new,
    coalesce(facts.changed, 0), %(refreshed_at)s, false
FROM refresh_differences AS changed
LEFT JOIN unnest(%(fact_days)s::date[], %(fact_counts)s::integer[]) AS facts (date, changed) USING (date)
WHERE changed.rollup = ANY (%(rollups)s) AND changed.date <= %(published_through)s
