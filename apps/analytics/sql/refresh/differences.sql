-- What differs from the facts. Days with a mark are left out: they changed meanwhile, and somebody's refresh follows. Facts
-- that were seen have marks that are seen: this statement begins after those that read the facts.
SELECT difference.rollup, difference.row_id, difference.date, difference.old::text, difference.new::text
FROM refresh_differences AS difference
WHERE NOT EXISTS (
    SELECT FROM refresh_days AS days
    JOIN analytics_changelog AS mark ON mark.first_at < days.ends_at AND mark.last_at >= days.starts_at
    WHERE days.date = difference.date AND mark.organization_id = %(organization)s AND mark.scope IN ('facts', 'held')
)
ORDER BY difference.date, difference.rollup, difference.row_id
