-- Every organization of the platform with how fresh it is: those that fail first, then those that wait longest.
SELECT
    organization.id, organization.name, organization.timezone, state.refreshed_through, state.published_through,
    coalesce(state.failures, 0), state.last_error, state.verified_on, marks.days, marks.everything, marks.since,
    jobs.failed
FROM accounts_organization AS organization
LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization.id
CROSS JOIN LATERAL (
    SELECT
        count(DISTINCT business_date(mark.first_at, organization.timezone, organization.day_starts_at))
        FILTER (WHERE isfinite(mark.first_at)) AS days,
        count(*) FILTER (WHERE mark.scope = 'facts' AND NOT isfinite(mark.first_at)) > 0 AS everything,
        min(mark.since) AS since
    FROM (
        SELECT scope, min(first_at) AS first_at, min(marked_at) AS since
        FROM analytics_changelog
        WHERE organization_id = organization.id AND scope <> 'attributes'
        GROUP BY scope, CASE WHEN isfinite(first_at) THEN date_bin('15 minutes', first_at, 'epoch') END
    ) AS mark
) AS marks
CROSS JOIN LATERAL (
    SELECT count(*) AS failed
    FROM core_jobrun AS job
    WHERE job.organization_id = organization.id AND job.queued_at > %(lately)s AND job.status = 'failed'
) AS jobs
WHERE organization.is_active
ORDER BY coalesce(state.failures, 0) > 0 DESC, marks.since NULLS LAST, jobs.failed DESC, organization.name, organization.id
LIMIT %(most)s
