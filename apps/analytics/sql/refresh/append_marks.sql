-- Three years of fifty organizations are 54,750 marks: all days of one in a statement. A mark that was taken and is put
-- back keeps the time it was made.
INSERT INTO analytics_changelog (organization_id, scope, cause, first_at, last_at, facts, job_id, marked_at)
SELECT organization_id, scope, cause, first_at, last_at, facts, job_id, coalesce(marked_at, now())
FROM unnest(
    %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::uuid[], %s::timestamptz[]
) AS marks (organization_id, scope, cause, first_at, last_at, facts, job_id, marked_at)
