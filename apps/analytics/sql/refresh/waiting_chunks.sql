-- The marks of a rebuild by the calendar's month, the newest first: people look at those days.
SELECT min(mark.first_at), max(mark.first_at)
FROM analytics_changelog AS mark
JOIN accounts_organization AS organization ON organization.id = mark.organization_id
WHERE mark.organization_id = %(organization)s AND mark.scope = 'days'
GROUP BY date_trunc('month', mark.first_at AT TIME ZONE organization.timezone)
ORDER BY min(mark.first_at) DESC
