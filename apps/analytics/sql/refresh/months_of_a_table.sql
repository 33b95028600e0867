-- The first and last business day in each month that one table has rows of. The walk goes from month to month by the index,
-- so that a single row in 1950 costs one step more and no empty months.
(
    WITH RECURSIVE walk AS (
        SELECT least_day AS first_day, (date_trunc('month', least_day) + interval '1 month')::date AS next_month
        FROM (SELECT {least_day} AS least_day FROM {table} WHERE organization_id = %(organization)s) AS beginning
        UNION ALL
        SELECT following.least_day, (date_trunc('month', following.least_day) + interval '1 month')::date
        FROM walk
        CROSS JOIN LATERAL (
            SELECT {least_day} AS least_day
            FROM {table}
            WHERE organization_id = %(organization)s AND {column} >= {next_begins}
        ) AS following
        WHERE following.least_day IS NOT NULL
    )

    SELECT walk.first_day, coalesce(ending.last_day, walk.first_day) AS last_day
    FROM walk
    CROSS JOIN LATERAL (
        SELECT {greatest_day} AS last_day
        FROM {table}
        WHERE organization_id = %(organization)s AND {column} < {next_begins}
    ) AS ending
    WHERE walk.first_day IS NOT NULL
)
