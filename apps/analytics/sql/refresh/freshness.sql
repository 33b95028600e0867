SELECT
    state.data_version, state.refreshed_through, state.published_through, state.customers_as_of, marks.waiting,
    marks.since, now()
FROM (
    SELECT count(*) AS waiting, min(marked_at) AS since
    FROM analytics_changelog
    WHERE organization_id = %(organization)s
) AS marks
LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = %(organization)s
