-- What was captured for counted orders, by the day of the order, and what is left of each unpaid: the parts of revenue.
SELECT
    part.id, part.kind_of_fact, placed.number AS reference, placed.placed_at AS at,
    business_date(placed.placed_at, %(timezone)s, %(day_starts_at)s) AS date,
    part.payment_method, part.amount
FROM marketplace_order AS placed
CROSS JOIN LATERAL (
    SELECT payment.id, 'payment' AS kind_of_fact, payment.method AS payment_method, payment.amount
    FROM marketplace_payment AS payment
    WHERE
        payment.organization_id = %(organization)s AND payment.order_id = placed.id AND payment.status = 'captured'
    UNION ALL
    SELECT
        placed.id, 'order', 'unpaid',
        placed.total - (
            SELECT coalesce(sum(payment.amount), 0)
            FROM marketplace_payment AS payment
            WHERE
                payment.organization_id = %(organization)s
                AND payment.order_id = placed.id
                AND payment.status = 'captured'
        )
) AS part
WHERE
    placed.organization_id = %(organization)s AND placed.placed_at >= %(start)s AND placed.placed_at < %(end)s
    AND counted_order(placed.status) AND part.amount <> 0
