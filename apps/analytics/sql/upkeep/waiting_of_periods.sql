-- What waits in the log of one organization of the days of some periods: rows as those of `waiting`, from all marks however
-- many, of whatever scope is about days. Of days that are not over at an instant only the marks from before it count: facts
-- of a day that goes on come all the time. Marks of one quarter of an hour are one, as there.
WITH organization AS (
    SELECT timezone, day_starts_at, business_date(%(due_at)s, timezone, day_starts_at) AS today
    FROM accounts_organization
    WHERE id = %(organization)s
),
periods AS (
    SELECT
        period.first_day,
        period.last_day,
        business_day_start(period.first_day, organization.timezone, organization.day_starts_at) AS starts_at,
        business_day_start(period.last_day + 1, organization.timezone, organization.day_starts_at) AS ends_at
    FROM unnest(%(first_days)s::date[], %(last_days)s::date[]) AS period (first_day, last_day)
    CROSS JOIN organization
),
marks AS (
    SELECT
        CASE WHEN mark.scope = 'customers' OR isfinite(mark.first_at) THEN mark.scope ELSE 'everything' END AS scope,
        min(mark.first_at) AS first_at,
        max(mark.last_at) AS last_at,
        sum(mark.facts) AS facts,
        min(mark.marked_at) AS marked_at
    FROM analytics_changelog AS mark
    WHERE
        mark.organization_id = %(organization)s
        AND mark.scope <> 'attributes'
        AND (
            mark.scope = 'customers'
            OR EXISTS (SELECT FROM periods WHERE mark.first_at < periods.ends_at AND mark.last_at >= periods.starts_at)
        )
    GROUP BY
        1,
        CASE WHEN isfinite(mark.first_at) THEN date_bin('15 minutes', mark.first_at, 'epoch') END,
        CASE WHEN isfinite(mark.last_at) THEN date_bin('15 minutes', mark.last_at, 'epoch') END,
        mark.marked_at < %(due_at)s
),
days AS (
    SELECT stretch.first_day + number AS day, stretch.facts, stretch.marked_at
    FROM (
        SELECT
            business_date(marks.first_at, organization.timezone, organization.day_starts_at) AS first_day,
            business_date(marks.last_at, organization.timezone, organization.day_starts_at) AS last_day,
            marks.facts,
            marks.marked_at
        FROM marks
        CROSS JOIN organization
        WHERE marks.scope NOT IN ('customers', 'everything')
    ) AS stretch
    CROSS JOIN LATERAL generate_series(0, stretch.last_day - stretch.first_day) AS number
)
SELECT 'day' AS kind, days.day, sum(days.facts)::bigint AS facts, min(days.marked_at) AS since
FROM days
CROSS JOIN organization
WHERE
    (days.day < organization.today OR days.marked_at < %(due_at)s)
    AND EXISTS (SELECT FROM periods WHERE days.day BETWEEN periods.first_day AND periods.last_day)
GROUP BY days.day
UNION ALL
SELECT scope, NULL, 0, min(marked_at)
FROM marks
WHERE scope IN ('customers', 'everything')
GROUP BY scope
ORDER BY day DESC NULLS LAST
