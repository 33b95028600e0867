-- New and returning customers as they were stored, where a row was: the customers from whom they follow are verified after
-- the days, and these with them.
UPDATE daily_revenue_summaries AS daily
SET new_customers = kept.new_customers, returning_customers = kept.returning_customers
FROM kept_daily_revenue AS kept
WHERE daily.organization_id = %(organization)s AND daily.id = kept.id
