-- How fresh the rollups of an organization are; one row, also before their first refresh. A function, because
-- PostgreSQL keeps its plan for as long as a connection lasts, and every answer asks.
CREATE FUNCTION analytics_freshness(organization uuid) RETURNS TABLE (
    data_version bigint, refreshed_through timestamptz, published_through date, customers_as_of date,
    waiting bigint, waiting_since timestamptz, read_at timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT
        state.data_version, state.refreshed_through, state.published_through, state.customers_as_of, marks.number,
        marks.since, now()
    FROM (
        SELECT count(*) AS number, min(marked_at) AS since
        FROM analytics_changelog
        WHERE organization_id = organization
    ) AS marks
    LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization;
END
$$;
