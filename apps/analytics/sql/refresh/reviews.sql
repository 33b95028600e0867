-- The reviews of those days, with whose order they judge.
CREATE TEMP TABLE refresh_reviews ON COMMIT DROP AS
SELECT days.date, review.id, review.rating, placed.partner_id, placed.customer_id
FROM refresh_days AS days
CROSS JOIN LATERAL (
    SELECT id, order_id, rating
    FROM marketplace_review
    WHERE organization_id = %(organization)s AND reviewed_at >= days.starts_at AND reviewed_at < days.ends_at
    OFFSET 0
) AS review
JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = review.order_id
