-- The histogram of a period, stage by stage and bin by bin.
SELECT stage, from_seconds, from_seconds + duration_bin_width(duration_band(from_seconds)), sum(order_count)::bigint
FROM {rows} AS source
WHERE organization_id = %(organization)s AND date >= %(first)s AND date <= %(last)s AND {conditions}
GROUP BY stage, from_seconds
ORDER BY stage, from_seconds
