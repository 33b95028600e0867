-- Take the marks of one organization and say which days they are, with the number of facts on each and the time of its
-- oldest mark. A mark without limits has no day: it covers all that are known, and is taken only where `everything` is. The
-- calendar is read with the marks, in one snapshot: a time zone that is seen here has its own mark seen here too. A day is
-- requested where nothing but a request to compute it again marked it.
WITH claimed AS (
    DELETE FROM analytics_changelog
    WHERE
        organization_id = %(organization)s AND scope IN ('facts', 'held')
        AND (%(everything)s OR isfinite(first_at))
    RETURNING first_at, last_at, facts, marked_at, cause
),
stretches AS (
    SELECT
        business_date(claimed.first_at, organization.timezone, organization.day_starts_at) AS first_day,
        business_date(claimed.last_at, organization.timezone, organization.day_starts_at) AS last_day,
        claimed.facts, claimed.marked_at, claimed.cause = ANY (%(requests)s) AS requested
    FROM claimed
    JOIN accounts_organization AS organization ON organization.id = %(organization)s
    WHERE isfinite(claimed.first_at)
)
SELECT first_day + number AS day, sum(facts), min(marked_at), bool_and(requested)
FROM stretches
CROSS JOIN LATERAL generate_series(0, last_day - first_day) AS number
GROUP BY day
UNION ALL
SELECT NULL, count(*), min(marked_at), false FROM claimed WHERE NOT isfinite(first_at) HAVING count(*) > 0
ORDER BY day
