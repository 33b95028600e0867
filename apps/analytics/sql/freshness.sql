-- How fresh the rollups of an organization are; also before their first refresh. A function, because PostgreSQL keeps its
-- plan as long as a connection lasts, and every answer asks. Marks of attributes move the version until a refresh takes them
-- and counts them in (sql/attributes.sql); nothing waits for them. Days that are held back are failing, not pending: what
-- is fresh is fresh beside them.
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
            'is_failing', coalesce(state.failures > 1 OR (state.failures > 0 AND state.last_error <> ''), false),
            'failing_days', (
                SELECT json_agg(failing.date)
                FROM (
                    SELECT date
                    FROM analytics_failingday
                    WHERE organization_id = organization
                    ORDER BY date DESC NULLS LAST
                    LIMIT 100
                ) AS failing
            ),
            'now', now()
        )
        FROM (
            SELECT
                count(*) FILTER (WHERE scope NOT IN ('attributes', 'held')) AS number,
                min(marked_at) FILTER (WHERE scope NOT IN ('attributes', 'held')) AS since,
                count(*) FILTER (WHERE scope = 'attributes') AS attributes
            FROM analytics_changelog
            WHERE organization_id = organization
        ) AS marks
        LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization
    );
END
$$;
