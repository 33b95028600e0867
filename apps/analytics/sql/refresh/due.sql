-- Organizations with something to do: marks in the log, those of attributes too, or customers as of an earlier business
-- day; not those whose last attempts failed and whose pause is not over.
SELECT organization.id
FROM accounts_organization AS organization
LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization.id
WHERE
    (state.retry_at IS NULL OR state.retry_at <= %(now)s)
    AND (
        state.customers_as_of IS NULL
        OR state.customers_as_of < business_date(%(now)s, organization.timezone, organization.day_starts_at)
        OR EXISTS (SELECT FROM analytics_changelog AS mark WHERE mark.organization_id = organization.id)
    )
ORDER BY organization.id
