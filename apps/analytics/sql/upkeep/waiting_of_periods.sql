-- What waits in the log of one organization of the days of some periods: rows as those of `waiting`, from all marks however
-- many, of whatever scope is about days. Of days that are not over at an instant only the marks from before it count: facts
-- of a day that goes on come all the time. Where days begin is worked out once for each day: marks are looked up among these
-- instants, the last of which is the end of the period.
WITH organization AS (
    SELECT timezone, day_starts_at, business_date(%(due_at)s, timezone, day_starts_at) AS today
    FROM accounts_organization
    WHERE id = %(organization)s
),
periods AS (
    SELECT
        period.number,
        period.first_day,
        array_agg(
            business_day_start(period.first_day + day.number, organization.timezone, organization.day_starts_at)
            ORDER BY day.number
        ) AS starts
    FROM unnest(%(first_days)s::date[], %(last_days)s::date[]) WITH ORDINALITY AS period (first_day, last_day, number)
    CROSS JOIN organization
    CROSS JOIN LATERAL generate_series(0, period.last_day - period.first_day + 1) AS day (number)
    GROUP BY period.number, period.first_day
),
stretches AS (
    SELECT
        periods.number,
        periods.first_day + greatest(width_bucket(mark.first_at, periods.starts), 1) - 1 AS first_day,
        periods.first_day + least(width_bucket(mark.last_at, periods.starts), cardinality(periods.starts) - 1) - 1 AS last_day,
        sum(mark.facts) AS facts,
        min(mark.marked_at) AS marked_at
    FROM analytics_changelog AS mark
    JOIN periods
        ON mark.first_at < periods.starts[cardinality(periods.starts)] AND mark.last_at >= periods.starts[1]
    WHERE
        mark.organization_id = %(organization)s
        AND mark.scope NOT IN ('attributes', 'customers')
        AND isfinite(mark.first_at)
    GROUP BY 1, 2, 3, mark.marked_at < %(due_at)s
),
days AS (
    SELECT stretches.first_day + day.number AS day, sum(stretches.facts) AS facts, min(stretches.marked_at) AS marked_at
    FROM stretches
    CROSS JOIN organization
    CROSS JOIN LATERAL generate_series(0, stretches.last_day - stretches.first_day) AS day (number)
    WHERE stretches.first_day + day.number < organization.today OR stretches.marked_at < %(due_at)s
    GROUP BY stretches.number, 1
)
-- A day of two periods waits once.
SELECT 'day' AS kind, days.day, max(days.facts)::bigint AS facts, min(days.marked_at) AS since
FROM days
GROUP BY days.day
UNION ALL
SELECT CASE scope WHEN 'customers' THEN 'customers' ELSE 'everything' END, NULL, 0, min(marked_at)
FROM analytics_changelog
WHERE organization_id = %(organization)s AND (scope = 'customers' OR (scope <> 'attributes' AND NOT isfinite(first_at)))
GROUP BY 1
ORDER BY day DESC NULLS LAST
