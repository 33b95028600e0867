-- Organizations with something to do: marks in the log, customers as of an earlier business day, or a day that failed and
-- is due again. One whose last refresh did not come to its end waits until its pause is over; where single days are held
-- back, the others go on. Customers that are held back wait like a day.
SELECT organization.id
FROM accounts_organization AS organization
LEFT JOIN analytics_analyticsstate AS state ON state.organization_id = organization.id
CROSS JOIN LATERAL (
    SELECT
        coalesce(bool_or(failing.retry_at <= %(now)s), false) AS are_due,
        coalesce(bool_or(failing.date IS NULL AND failing.retry_at > %(now)s), false) AS hold_customers
    FROM analytics_failingday AS failing
    WHERE failing.organization_id = organization.id
) AS failing
WHERE
    (state.attempted_at IS NULL OR state.retry_at IS NULL OR state.retry_at <= %(now)s)
    AND (
        failing.are_due
        OR EXISTS (
            SELECT FROM analytics_changelog AS mark
            WHERE
                mark.organization_id = organization.id AND mark.scope <> 'held'
                AND (mark.scope <> 'customers' OR NOT failing.hold_customers)
        )
        OR (
            NOT failing.hold_customers
            AND (
                state.customers_as_of IS NULL
                OR state.customers_as_of < business_date(%(now)s, organization.timezone, organization.day_starts_at)
            )
        )
    )
ORDER BY organization.id
