-- How fresh the rollups of an organization are; also before their first refresh. A function, because PostgreSQL keeps its
-- plan as long as a connection lasts, and every answer asks. Marks of attributes move the version until a refresh takes them
-- and counts them in (sql/attributes.sql); nothing waits for them.
CREATE OR REPLACE FUNCTION analytics_freshness(organization uuid) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'organization', organization,
            'data_version', coalesce(state.data_version, 0) + marks.attributes,
            'refreshed_through', state.refreshed_through,
            'published_through', state.published_through,
            'customers_as_of', state.customers_as_of,
            'pending', marks.number,
            'pending_since', marks.since,
            'now', now()
        )
        FROM (
            SELECT
                count(*) FILTER (WHERE scope <> 'attributes') AS number,
                min(marked_at) FILTER (WHERE scope <> 'attributes') AS since,
                count(*) FILTER (WHERE scope = 'attributes') AS attributes
            FROM analytics_changelog
            WHERE organization_id = organization
        ) AS marks
        LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization
    );
END
$$;
