-- Interactions by their day.
SELECT
    contact.id, 'interaction' AS kind_of_fact, contact.subject AS reference, contact.occurred_at AS at,
    business_date(contact.occurred_at, %(timezone)s, %(day_starts_at)s) AS date,
    contact.type, contact.automated, contact.successful
FROM engagement_interaction AS contact
WHERE
    contact.organization_id = %(organization)s AND contact.occurred_at >= %(start)s AND contact.occurred_at < %(end)s
