-- Three years of fifty organizations are 54,750 marks: all days of one in a statement.
INSERT INTO analytics_changelog (organization_id, scope, cause, first_at, last_at, facts, job_id)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::uuid[])
