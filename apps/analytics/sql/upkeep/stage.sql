-- How far an organization has come: with figures, with facts that wait for them, or with neither. The first line answers
-- for everybody who has figures.
SELECT CASE
    WHEN EXISTS (SELECT FROM daily_revenue_summaries WHERE organization_id = %(organization)s) THEN 'ready'
    WHEN EXISTS (SELECT FROM analytics_dailyengagement WHERE organization_id = %(organization)s) THEN 'ready'
    WHEN
        NOT EXISTS (SELECT FROM marketplace_order WHERE organization_id = %(organization)s)
        AND NOT EXISTS (SELECT FROM marketplace_refund WHERE organization_id = %(organization)s)
        AND NOT EXISTS (SELECT FROM engagement_interaction WHERE organization_id = %(organization)s)
        THEN 'empty'
    WHEN
        EXISTS (SELECT FROM analytics_changelog WHERE organization_id = %(organization)s)
        OR NOT EXISTS (
            SELECT FROM analytics_analyticsstate
            WHERE organization_id = %(organization)s AND refreshed_through IS NOT NULL
        )
        THEN 'preparing'
    ELSE 'ready'
END
