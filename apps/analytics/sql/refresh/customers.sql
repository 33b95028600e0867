-- Rows that would say the same are left alone. Where a customer stands is decided next (standing.sql).
INSERT INTO customer_analytics AS customer (
    id, organization_id, customer_id, total_orders, counted_orders, completed_orders, cancelled_orders, total_spent,
    refund_amount, lifetime_value, first_order_at, last_order_at, first_order_date, last_order_date, rating_sum,
    rating_count, favorite_category_id, preferred_payment_method, recent_orders, segment, churn_risk_score,
    is_at_churn_risk, refreshed_at
)
SELECT
    customer_id, %(organization)s, customer_id, total_orders, counted_orders, completed_orders, cancelled_orders,
    total_spent, refund_amount, total_spent - refund_amount, first_order_at, last_order_at, first_order_date,
    last_order_date, rating_sum, rating_count, favorite_category_id, preferred_payment_method, 0, '', 0, false,
    %(refreshed_at)s
FROM refresh_customer_totals
ON CONFLICT (organization_id, customer_id) DO UPDATE SET
    total_orders = excluded.total_orders,
    counted_orders = excluded.counted_orders,
    completed_orders = excluded.completed_orders,
    cancelled_orders = excluded.cancelled_orders,
    total_spent = excluded.total_spent,
    refund_amount = excluded.refund_amount,
    lifetime_value = excluded.lifetime_value,
    first_order_at = excluded.first_order_at,
    last_order_at = excluded.last_order_at,
    first_order_date = excluded.first_order_date,
    last_order_date = excluded.last_order_date,
    rating_sum = excluded.rating_sum,
    rating_count = excluded.rating_count,
    favorite_category_id = excluded.favorite_category_id,
    preferred_payment_method = excluded.preferred_payment_method,
    refreshed_at = excluded.refreshed_at
WHERE (
    customer.total_orders, customer.counted_orders, customer.completed_orders, customer.cancelled_orders,
    customer.total_spent, customer.refund_amount, customer.lifetime_value, customer.first_order_at, customer.last_order_at,
    customer.first_order_date, customer.last_order_date, customer.rating_sum, customer.rating_count,
    customer.favorite_category_id, customer.preferred_payment_method
) IS DISTINCT FROM (
    excluded.total_orders, excluded.counted_orders, excluded.completed_orders, excluded.cancelled_orders,
    excluded.total_spent, excluded.refund_amount, excluded.lifetime_value, excluded.first_order_at, excluded.last_order_at,
    excluded.first_order_date, excluded.last_order_date, excluded.rating_sum, excluded.rating_count,
    excluded.favorite_category_id, excluded.preferred_payment_method
)
