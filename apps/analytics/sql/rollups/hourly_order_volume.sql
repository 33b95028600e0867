INSERT INTO analytics_hourlyordervolume (
    id, organization_id, date, hour, order_count, counted_orders, total_revenue
)
SELECT
    rollup_key(date, %(organization)s, hour::text), %(organization)s, date, hour, count(*),
    count(*) FILTER (WHERE counted), coalesce(sum(total) FILTER (WHERE counted), 0)
FROM refresh_orders
GROUP BY date, hour
