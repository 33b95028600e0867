-- An order counts as accepted when its instant says so, or a status that only accepted orders reach. The nil UUID stands
-- for no partner while the parts are joined: NULL cannot be hashed.
INSERT INTO partner_performance_metrics (
    id, organization_id, date, partner_id, orders_received, orders_accepted, orders_rejected, orders_completed,
    orders_cancelled, counted_orders, total_revenue, refund_amount, refund_count, order_day_refund_amount,
    acceptance_time, acceptance_count, pickup_time, pickup_count, processing_time, processing_count, delivery_time,
    delivery_count, total_time, total_time_count, overlong_stages, rating_sum, rating_count, issues_reported,
    items_damaged, items_lost, items_late, refreshed_at
)
WITH timed AS (
    SELECT
        *,
        coalesce(partner_id, '00000000-0000-0000-0000-000000000000') AS grain,
        stage_time(placed_at, accepted_at) AS acceptance,
        stage_time(accepted_at, picked_up_at) AS pickup,
        stage_time(picked_up_at, processed_at) AS processing,
        stage_time(processed_at, delivered_at) AS delivery,
        stage_time(placed_at, completed_at) AS whole,
        overlong_stages(placed_at, accepted_at, picked_up_at, processed_at, delivered_at, completed_at) AS overlong
    FROM refresh_orders
),
placed AS (
    SELECT
        date, grain,
        count(*) AS received,
        count(*) FILTER (
            WHERE status IN ('accepted', 'in_progress', 'ready', 'completed')
            OR (status <> 'rejected' AND accepted_at IS NOT NULL)
        ) AS accepted,
        count(*) FILTER (WHERE status = 'rejected') AS rejected,
        count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE counted) AS counted,
        coalesce(sum(total) FILTER (WHERE counted), 0) AS revenue,
        coalesce(sum(refunded) FILTER (WHERE counted), 0) AS refunded,
        sum(acceptance) AS acceptance, count(acceptance) AS acceptance_count,
        sum(pickup) AS pickup, count(pickup) AS pickup_count,
        sum(processing) AS processing, count(processing) AS processing_count,
        sum(delivery) AS delivery, count(delivery) AS delivery_count,
        sum(whole) AS whole, count(whole) AS whole_count, sum(overlong) AS overlong
    FROM timed
    GROUP BY date, grain
),
refunds AS (
    SELECT
        date, coalesce(partner_id, '00000000-0000-0000-0000-000000000000') AS grain, sum(amount) AS amount, count(*) AS refund_count,
        coalesce(sum(amount) FILTER (WHERE unlinked), 0) AS unlinked
    FROM refresh_refunds
    WHERE counted
    GROUP BY date, grain
),
ratings AS (
    SELECT
        date, coalesce(partner_id, '00000000-0000-0000-0000-000000000000') AS grain, sum(rating) AS rating_sum, count(*) AS rating_count
    FROM refresh_reviews
    GROUP BY date, grain
),
issues AS (
    SELECT
        days.date, coalesce(placed.partner_id, '00000000-0000-0000-0000-000000000000') AS grain,
        count(*) AS reported,
        count(*) FILTER (WHERE issue.kind = 'damaged') AS damaged,
        count(*) FILTER (WHERE issue.kind = 'lost') AS lost,
        count(*) FILTER (WHERE issue.kind = 'late') AS late
    FROM refresh_days AS days
    CROSS JOIN LATERAL (
        SELECT order_id, kind
        FROM marketplace_orderissue
        WHERE organization_id = %(organization)s AND reported_at >= days.starts_at AND reported_at < days.ends_at
        OFFSET 0
    ) AS issue
    JOIN marketplace_order AS placed ON placed.organization_id = %(organization)s AND placed.id = issue.order_id
    GROUP BY days.date, grain
)
SELECT
    rollup_key(date, %(organization)s, nullif(grain, '00000000-0000-0000-0000-000000000000')::text), %(organization)s, date,
    nullif(grain, '00000000-0000-0000-0000-000000000000'), coalesce(placed.received, 0), coalesce(placed.accepted, 0), coalesce(placed.rejected, 0),
    coalesce(placed.completed, 0), coalesce(placed.cancelled, 0), coalesce(placed.counted, 0),
    coalesce(placed.revenue, 0), coalesce(refunds.amount, 0), coalesce(refunds.refund_count, 0),
    coalesce(placed.refunded, 0) + coalesce(refunds.unlinked, 0), coalesce(placed.acceptance, interval '0'),
    coalesce(placed.acceptance_count, 0), coalesce(placed.pickup, interval '0'), coalesce(placed.pickup_count, 0),
    coalesce(placed.processing, interval '0'), coalesce(placed.processing_count, 0),
    coalesce(placed.delivery, interval '0'), coalesce(placed.delivery_count, 0), coalesce(placed.whole, interval '0'),
    coalesce(placed.whole_count, 0), coalesce(placed.overlong, 0), coalesce(ratings.rating_sum, 0),
    coalesce(ratings.rating_count, 0), coalesce(issues.reported, 0), coalesce(issues.damaged, 0), coalesce(issues.lost, 0), coalesce(issues.late, 0),
    %(refreshed_at)s
FROM placed
FULL JOIN refunds USING (date, grain)
FULL JOIN ratings USING (date, grain)
FULL JOIN issues USING (date, grain)
