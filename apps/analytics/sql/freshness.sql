-- How fresh the rollups of an organization are; also before their first refresh. A function, because PostgreSQL keeps its
-- plan as long as a connection lasts, and every answer asks.
CREATE FUNCTION analytics_freshness(organization uuid) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'organization', organization,
            'data_version', state.data_version,
            'refreshed_through', state.refreshed_through,
            'published_through', state.published_through,
            'customers_as_of', state.customers_as_of,
            'pending', marks.number,
            'pending_since', marks.since,
            'now', now()
        )
        FROM (
            SELECT count(*) AS number, min(marked_at) AS since
            FROM analytics_changelog
            WHERE organization_id = organization
        ) AS marks
        LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization
    );
END
$$;
