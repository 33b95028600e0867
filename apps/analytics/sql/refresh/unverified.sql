-- Organizations whose night it is, from three to six on the wall clock, and whose rollups were not verified today.
SELECT organization.id
FROM accounts_organization AS organization
JOIN analytics_analyticsstate AS state ON state.organization_id = organization.id
WHERE
    extract(hour FROM %(now)s::timestamptz AT TIME ZONE organization.timezone) BETWEEN 3 AND 5
    AND (
        state.verified_on IS NULL
        OR state.verified_on < (%(now)s::timestamptz AT TIME ZONE organization.timezone)::date
    )
ORDER BY organization.id
