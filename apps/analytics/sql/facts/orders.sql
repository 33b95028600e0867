-- Orders by the day they were placed.
SELECT
    placed.id, 'order' AS kind_of_fact, placed.number AS reference, placed.placed_at AS at,
    business_date(placed.placed_at, %(timezone)s, %(day_starts_at)s) AS date,
    placed.status, counted_order(placed.status) AS counted,
    (placed.status IN ('accepted', 'in_progress', 'ready', 'completed')
        OR (placed.status <> 'rejected' AND placed.accepted_at IS NOT NULL)) AS ever_accepted,
    extract(hour FROM placed.placed_at AT TIME ZONE %(timezone)s)::int::text AS hour,
    placed.placed_at, placed.accepted_at, placed.picked_up_at, placed.processed_at, placed.delivered_at,
    placed.completed_at,
    overlong_stages(
        placed.placed_at, placed.accepted_at, placed.picked_up_at, placed.processed_at, placed.delivered_at,
        placed.completed_at
    ) AS overlong_stages,
    placed.discount, placed.tax, placed.delivery_fee, placed.tip, placed.total,
    placed.channel, placed.partner_id, placed.customer_id,
    partner.city AS partner_city, partner.region AS partner_region, partner.status AS partner_status,
    partner.daily_capacity, customer.city, customer.region, customer.business_type, customer.acquisition_channel,
    customer.entity_id, standing.segment, standing.first_order_date,
    to_char(standing.first_order_date, 'YYYY-MM') AS cohort
FROM marketplace_order AS placed
LEFT JOIN marketplace_partner AS partner
    ON partner.organization_id = %(organization)s AND partner.id = placed.partner_id
LEFT JOIN marketplace_customer AS customer
    ON customer.organization_id = %(organization)s AND customer.id = placed.customer_id
LEFT JOIN customer_analytics AS standing
    ON standing.organization_id = %(organization)s AND standing.customer_id = placed.customer_id
WHERE
    placed.organization_id = %(organization)s AND placed.placed_at >= %(start)s AND placed.placed_at < %(end)s
