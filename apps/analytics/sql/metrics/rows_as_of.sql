-- What the rows of a rollup said at an instant: those that were not revised since as they are, and of each of the others
-- what the first later revision says was there. What a repair replaced was never right: its revision is passed over.
-- NOT IN, because it hashes also where statistics have not seen the revisions yet.
WITH revised AS MATERIALIZED (
    SELECT DISTINCT ON (row_id) row_id, old
    FROM analytics_revision
    WHERE
        organization_id = %(organization)s AND rollup = {rollup} AND date >= {first} AND date <= {last}
        AND revised_at > %(as_of)s AND NOT is_repair
    ORDER BY row_id, revised_at
)
SELECT {columns}
FROM {table} AS present
WHERE
    organization_id = %(organization)s AND date >= {first} AND date <= {last}
    AND present.id NOT IN (SELECT row_id FROM revised)
UNION ALL
SELECT {old_columns}
FROM revised
CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, revised.old) AS old
WHERE revised.old IS NOT NULL
