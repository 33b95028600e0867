-- Reviews by their own day, for whom their order was and who placed it.
SELECT
    review.id, 'review' AS kind_of_fact, placed.number AS reference, review.reviewed_at AS at,
    business_date(review.reviewed_at, %(timezone)s, %(day_starts_at)s) AS date,
    review.rating, placed.partner_id, placed.customer_id,
    partner.city AS partner_city, partner.region AS partner_region, partner.status AS partner_status,
    partner.daily_capacity, customer.city, customer.region, customer.business_type, customer.acquisition_channel,
    customer.entity_id, standing.segment, standing.first_order_date,
    to_char(standing.first_order_date, 'YYYY-MM') AS cohort
FROM marketplace_review AS review
JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = review.order_id
LEFT JOIN marketplace_partner AS partner
    ON partner.organization_id = %(organization)s AND partner.id = placed.partner_id
LEFT JOIN marketplace_customer AS customer
    ON customer.organization_id = %(organization)s AND customer.id = placed.customer_id
LEFT JOIN customer_analytics AS standing
    ON standing.organization_id = %(organization)s AND standing.customer_id = placed.customer_id
WHERE
    review.organization_id = %(organization)s AND review.reviewed_at >= %(start)s AND review.reviewed_at < %(end)s
