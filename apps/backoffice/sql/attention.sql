-- What the sidebar counts: days that cannot be computed, days that have waited for long, a last verification that found
-- a difference, jobs that failed lately without one of their kind that
-- succeeded since, mails that did not arrive lately or may not have, and schedules that fail. Every page asks this, so it
-- reads no more marks than make a difference.
SELECT
    (
        SELECT count(DISTINCT first_day + number)
        FROM (
            SELECT
                business_date(min(mark.first_at), organization.timezone, organization.day_starts_at) AS first_day,
                business_date(max(mark.last_at), organization.timezone, organization.day_starts_at) AS last_day
            FROM (
                SELECT first_at, last_at
                FROM analytics_changelog
                WHERE
                    organization_id = %(organization)s AND marked_at < %(late)s AND scope IN ('facts', 'days')
                    AND isfinite(first_at)
                LIMIT %(most)s
            ) AS mark
            CROSS JOIN (
                SELECT timezone, day_starts_at FROM accounts_organization WHERE id = %(organization)s
            ) AS organization
            GROUP BY
                organization.timezone, organization.day_starts_at,
                date_bin('15 minutes', mark.first_at, 'epoch'), date_bin('15 minutes', mark.last_at, 'epoch')
        ) AS stretches
        CROSS JOIN LATERAL generate_series(0, last_day - first_day) AS number
    ) AS days,
    EXISTS (
        SELECT
        FROM analytics_changelog
        WHERE
            organization_id = %(organization)s AND marked_at < %(late)s AND scope = 'facts' AND NOT isfinite(first_at)
    ) AS everything,
    (
        SELECT count(*)
        FROM core_jobrun AS failed
        WHERE
            failed.organization_id = %(organization)s AND failed.queued_at > %(lately)s AND failed.status = 'failed'
            AND NOT EXISTS (
                SELECT
                FROM core_jobrun AS later
                WHERE
                    later.organization_id = %(organization)s AND later.queued_at > %(lately)s
                    AND later.kind = failed.kind AND later.queued_at > failed.queued_at AND later.status = 'succeeded'
            )
    ) AS failed,
    (
        SELECT count(*)
        FROM (
            SELECT
            FROM notifications_delivery
            WHERE
                organization_id = %(organization)s AND state = ANY(%(undelivered)s) AND created_at > %(this_week)s
            LIMIT %(most)s
        ) AS delivery
    ) AS undelivered,
    (
        SELECT count(*)
        FROM reports_reportschedule
        WHERE organization_id = %(organization)s AND failures > 0
    ) AS failing_schedules,
    (SELECT count(*) FROM analytics_failingday WHERE organization_id = %(organization)s) AS failing_days,
    coalesce(
        (
            SELECT differences > 0 OR imbalances > 0
            FROM analytics_verification
            WHERE organization_id = %(organization)s
            ORDER BY started_at DESC
            LIMIT 1
        ),
        false
    ) AS differs
