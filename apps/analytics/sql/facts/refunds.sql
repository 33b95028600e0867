-- Refunds by their own day.
SELECT
    refund.id, 'refund' AS kind_of_fact, coalesce(placed.number, '') AS reference, refund.refunded_at AS at,
    business_date(refund.refunded_at, %(timezone)s, %(day_starts_at)s) AS date,
    refund.amount, coalesce(counted_order(placed.status), true) AS counted,
    coalesce(placed.channel, '') AS channel, placed.partner_id,
    coalesce(placed.customer_id, refund.customer_id) AS customer_id,
    partner.city AS partner_city, partner.region AS partner_region, partner.status AS partner_status,
    partner.daily_capacity, customer.city, customer.region, customer.business_type, customer.acquisition_channel,
    customer.entity_id, standing.segment, standing.first_order_date,
    to_char(standing.first_order_date, 'YYYY-MM') AS cohort
FROM marketplace_refund AS refund
LEFT JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = refund.order_id
LEFT JOIN marketplace_partner AS partner
    ON partner.organization_id = %(organization)s AND partner.id = placed.partner_id
LEFT JOIN marketplace_customer AS customer
    ON customer.organization_id = %(organization)s AND customer.id = coalesce(placed.customer_id, refund.customer_id)
LEFT JOIN customer_analytics AS standing
    ON standing.organization_id = %(organization)s AND standing.customer_id = coalesce(placed.customer_id, refund.customer_id)
WHERE
    refund.organization_id = %(organization)s AND refund.refunded_at >= %(start)s AND refund.refunded_at < %(end)s
