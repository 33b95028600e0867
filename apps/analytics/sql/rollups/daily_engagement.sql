INSERT INTO analytics_dailyengagement (
    id, organization_id, date, interaction_count, calls, emails, meetings, support_tickets, complaints, feedbacks,
    pending, in_progress, completed, cancelled, automated, successful, unsuccessful, customers_contacted,
    segment_assignments
)
WITH contacts AS (
    SELECT
        days.date,
        count(*) AS interactions,
        count(*) FILTER (WHERE contact.type = 'call') AS calls,
        count(*) FILTER (WHERE contact.type = 'email') AS emails,
        count(*) FILTER (WHERE contact.type = 'meeting') AS meetings,
        count(*) FILTER (WHERE contact.type = 'support_ticket') AS support_tickets,
        count(*) FILTER (WHERE contact.type = 'complaint') AS complaints,
        count(*) FILTER (WHERE contact.type = 'feedback') AS feedbacks,
        count(*) FILTER (WHERE contact.status = 'pending') AS pending,
        count(*) FILTER (WHERE contact.status = 'in_progress') AS in_progress,
        count(*) FILTER (WHERE contact.status = 'completed') AS completed,
        count(*) FILTER (WHERE contact.status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE contact.automated) AS automated,
        count(*) FILTER (WHERE contact.successful) AS successful,
        count(*) FILTER (WHERE NOT contact.successful) AS unsuccessful,
        count(DISTINCT contact.customer_id) AS customers
    FROM refresh_days AS days
    CROSS JOIN LATERAL (
        SELECT customer_id, type, status, automated, successful
        FROM engagement_interaction
        WHERE organization_id = %(organization)s AND occurred_at >= days.starts_at AND occurred_at < days.ends_at
        OFFSET 0
    ) AS contact
    GROUP BY days.date
),
assignments AS (
    SELECT days.date, count(*) AS assigned
    FROM engagement_segmentmember AS member
    JOIN refresh_days AS days ON member.assigned_at >= days.starts_at AND member.assigned_at < days.ends_at
    WHERE member.organization_id = %(organization)s
    GROUP BY days.date
)
SELECT
    rollup_key(date, %(organization)s, ''), %(organization)s, date, coalesce(interactions, 0), coalesce(calls, 0),
    coalesce(emails, 0), coalesce(meetings, 0), coalesce(support_tickets, 0), coalesce(complaints, 0),
    coalesce(feedbacks, 0), coalesce(pending, 0), coalesce(in_progress, 0), coalesce(completed, 0),
    coalesce(cancelled, 0), coalesce(automated, 0), coalesce(successful, 0), coalesce(unsuccessful, 0),
    coalesce(customers, 0), coalesce(assigned, 0)
FROM contacts
FULL JOIN assignments USING (date)
