-- The refunds booked on those days. One whose order does not count takes nothing back that was counted.
CREATE TEMP TABLE refresh_refunds ON COMMIT DROP AS
SELECT
    days.date,
    refund.id,
    refund.amount,
    refund.order_id IS NULL AS unlinked,
    coalesce(counted_order(placed.status), true) AS counted,
    placed.partner_id,
    coalesce(placed.channel, '') AS channel,
    coalesce(placed.customer_id, refund.customer_id) AS customer_id
FROM refresh_days AS days
CROSS JOIN LATERAL (
    SELECT id, order_id, customer_id, amount
    FROM marketplace_refund
    WHERE organization_id = %(organization)s AND refunded_at >= days.starts_at AND refunded_at < days.ends_at
    OFFSET 0
) AS refund
LEFT JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = refund.order_id
