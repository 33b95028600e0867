-- What was refunded of the orders at hand, whenever that was. Few of them have any.
UPDATE refresh_orders AS placed
SET refunded = given.amount
FROM (
    SELECT refund.order_id, sum(refund.amount) AS amount
    FROM refresh_orders
    JOIN marketplace_refund AS refund
        ON refund.organization_id = %(organization)s AND refund.order_id = refresh_orders.id
    GROUP BY refund.order_id
) AS given
WHERE placed.id = given.order_id
