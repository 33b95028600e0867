-- What waits in the log of one organization: business days with the number of facts changed on each and the time of the
-- oldest mark, the newest day first; then a row without a day for "every day" and one for "every customer". No more marks
-- are read than a page can tell of, and those of one quarter of an hour are one: few calendars divide it.
WITH marks AS (
    SELECT scope, min(first_at) AS first_at, max(last_at) AS last_at, sum(facts) AS facts, min(marked_at) AS marked_at
    FROM (
        SELECT mark.scope, mark.first_at, mark.last_at, mark.facts, mark.marked_at
        FROM analytics_changelog AS mark
        WHERE mark.organization_id = %(organization)s AND mark.scope <> 'attributes'
        LIMIT %(most)s
    ) AS mark
    GROUP BY
        scope,
        CASE WHEN isfinite(first_at) THEN date_bin('15 minutes', first_at, 'epoch') END,
        CASE WHEN isfinite(last_at) THEN date_bin('15 minutes', last_at, 'epoch') END
),
stretches AS (
    SELECT
        business_date(marks.first_at, organization.timezone, organization.day_starts_at) AS first_day,
        business_date(marks.last_at, organization.timezone, organization.day_starts_at) AS last_day,
        marks.facts,
        marks.marked_at
    FROM marks
    JOIN accounts_organization AS organization ON organization.id = %(organization)s
    WHERE marks.scope <> 'customers' AND isfinite(marks.first_at)
)
SELECT 'day' AS kind, first_day + number AS day, sum(facts)::bigint AS facts, min(marked_at) AS since
FROM stretches
CROSS JOIN LATERAL generate_series(0, last_day - first_day) AS number
GROUP BY day
UNION ALL
SELECT CASE scope WHEN 'customers' THEN 'customers' ELSE 'everything' END, NULL, 0, min(marked_at)
FROM marks
WHERE scope = 'customers' OR NOT isfinite(first_at)
GROUP BY 1
ORDER BY day DESC NULLS LAST
