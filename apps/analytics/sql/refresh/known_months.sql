-- The first and last business day of each month that any fact or any row of a rollup lies in.
SELECT min(first_day), max(last_day)
FROM ({months}) AS months
GROUP BY date_trunc('month', first_day)
ORDER BY 1
