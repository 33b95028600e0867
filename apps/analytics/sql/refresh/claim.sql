-- Take the marks of one organization and say which days they are, with the number of facts on each and the time of its
-- oldest mark. A mark without limits has no day: it covers all that are known, and is taken only where `everything` is. The
-- calendar is read with the marks, in one snapshot: a time zone that is seen here has its own mark seen here too.
WITH claimed AS (
    DELETE FROM analytics_changelog
    WHERE
        organization_id = %(organization)s AND scope IN ('facts', 'held')
        AND (%(everything)s OR isfinite(first_at))
    RETURNING first_at, last_at, facts, marked_at
),
stretches AS (
    SELECT
        business_date(claimed.first_at, organization.timezone, organization.day_starts_at) AS first_day,
        business_date(claimed.last_at, organization.timezone, organization.day_starts_at) AS last_day,
        claimed.facts, claimed.marked_at
    FROM claimed
    JOIN accounts_organization AS organization ON organization.id = %(organization)s
    WHERE isfinite(claimed.first_at)
)
SELECT first_day + number AS day, sum(facts), min(marked_at)
FROM stretches
CROSS JOIN LATERAL generate_series(0, last_day - first_day) AS number
GROUP BY day
UNION ALL
SELECT NULL, count(*), min(marked_at) FROM claimed WHERE NOT isfinite(first_at) HAVING count(*) > 0
ORDER BY day
