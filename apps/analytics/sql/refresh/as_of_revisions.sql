-- What the rows of a rollup said at an instant, where they were revised since: the old values of the first later revision.
SELECT DISTINCT ON (row_id) row_id, old::text
FROM analytics_revision
WHERE
    organization_id = %(organization)s
    AND rollup = %(rollup)s
    AND date BETWEEN %(first)s AND %(last)s
    AND revised_at > %(instant)s
ORDER BY row_id, revised_at
