-- Refunds that could cancel an order: their lines together, with the sign turned.
SELECT key, customer, min(instant) AS refunded_at, sum(-round(quantity * price, 2)) AS total
FROM ({rows}) c
GROUP BY key, customer
HAVING sum(-round(quantity * price, 2)) > 0
