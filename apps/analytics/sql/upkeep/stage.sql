-- How far an organization has come: with figures, with facts that wait for them, or with neither. The first line answers
-- for everybody who has figures. A least value is read from an index; whether a row exists might be looked for in every
-- row of the other organizations.
SELECT CASE
    WHEN (SELECT min(date) FROM daily_revenue_summaries WHERE organization_id = %(organization)s) IS NOT NULL THEN 'ready'
    WHEN (SELECT min(date) FROM analytics_dailyengagement WHERE organization_id = %(organization)s) IS NOT NULL THEN 'ready'
    WHEN
        coalesce(
            (SELECT min(placed_at) FROM marketplace_order WHERE organization_id = %(organization)s),
            (SELECT min(refunded_at) FROM marketplace_refund WHERE organization_id = %(organization)s),
            (SELECT min(occurred_at) FROM engagement_interaction WHERE organization_id = %(organization)s)
        ) IS NULL
        THEN 'empty'
    WHEN
        EXISTS (SELECT FROM analytics_changelog WHERE organization_id = %(organization)s AND scope <> 'attributes')
        OR NOT EXISTS (
            SELECT FROM analytics_analyticsstate
            WHERE organization_id = %(organization)s AND refreshed_through IS NOT NULL
        )
        THEN 'preparing'
    ELSE 'ready'
END
