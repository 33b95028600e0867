-- The days to rebuild, each with its half-open window of instants.
CREATE TEMP TABLE refresh_days ON COMMIT DROP AS
SELECT
    day AS date,
    business_day_start(day, %(timezone)s, %(day_starts_at)s) AS starts_at,
    business_day_start(day + 1, %(timezone)s, %(day_starts_at)s) AS ends_at
FROM unnest(%(days)s::date[]) AS day
