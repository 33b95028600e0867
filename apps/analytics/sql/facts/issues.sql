-- Issues by the day they were reported, for whom their order was.
SELECT
    issue.id, 'issue' AS kind_of_fact, placed.number AS reference, issue.reported_at AS at,
    business_date(issue.reported_at, %(timezone)s, %(day_starts_at)s) AS date,
    issue.kind, placed.partner_id, partner.city AS partner_city, partner.region AS partner_region,
    partner.status AS partner_status
FROM marketplace_orderissue AS issue
JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = issue.order_id
LEFT JOIN marketplace_partner AS partner
    ON partner.organization_id = %(organization)s AND partner.id = placed.partner_id
WHERE
    issue.organization_id = %(organization)s AND issue.reported_at >= %(start)s AND issue.reported_at < %(end)s
