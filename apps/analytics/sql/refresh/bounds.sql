-- The first and last day that any fact or any row of a rollup lies on; without limits where there is none.
SELECT
    least(min(business_date(at, %(timezone)s, %(day_starts_at)s)), min(date)),
    greatest(max(business_date(at, %(timezone)s, %(day_starts_at)s)), max(date))
FROM (
    SELECT at, NULL::date AS date
    FROM (
        SELECT min(placed_at) AS at FROM marketplace_order WHERE organization_id = %(organization)s
        UNION ALL SELECT max(placed_at) FROM marketplace_order WHERE organization_id = %(organization)s
        UNION ALL SELECT min(refunded_at) FROM marketplace_refund WHERE organization_id = %(organization)s
        UNION ALL SELECT max(refunded_at) FROM marketplace_refund WHERE organization_id = %(organization)s
        UNION ALL SELECT min(reviewed_at) FROM marketplace_review WHERE organization_id = %(organization)s
        UNION ALL SELECT max(reviewed_at) FROM marketplace_review WHERE organization_id = %(organization)s
        UNION ALL SELECT min(reported_at) FROM marketplace_orderissue WHERE organization_id = %(organization)s
        UNION ALL SELECT max(reported_at) FROM marketplace_orderissue WHERE organization_id = %(organization)s
        UNION ALL SELECT min(occurred_at) FROM engagement_interaction WHERE organization_id = %(organization)s
        UNION ALL SELECT max(occurred_at) FROM engagement_interaction WHERE organization_id = %(organization)s
        UNION ALL SELECT min(assigned_at) FROM engagement_segmentmember WHERE organization_id = %(organization)s
        UNION ALL SELECT max(assigned_at) FROM engagement_segmentmember WHERE organization_id = %(organization)s
    ) AS facts
    UNION ALL
    SELECT NULL, date
    FROM (
        SELECT min(date) AS date FROM daily_revenue_summaries WHERE organization_id = %(organization)s
        UNION ALL SELECT max(date) FROM daily_revenue_summaries WHERE organization_id = %(organization)s
        UNION ALL SELECT min(date) FROM partner_performance_metrics WHERE organization_id = %(organization)s
        UNION ALL SELECT max(date) FROM partner_performance_metrics WHERE organization_id = %(organization)s
        UNION ALL SELECT min(date) FROM analytics_dailycustomeractivity WHERE organization_id = %(organization)s
        UNION ALL SELECT max(date) FROM analytics_dailycustomeractivity WHERE organization_id = %(organization)s
        UNION ALL SELECT min(date) FROM analytics_dailyengagement WHERE organization_id = %(organization)s
        UNION ALL SELECT max(date) FROM analytics_dailyengagement WHERE organization_id = %(organization)s
    ) AS rollups
) AS known
