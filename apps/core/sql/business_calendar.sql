-- The instant at which a business day begins. PostgreSQL takes a wall-clock time that occurs twice as the second;
-- the offset of the day before gives the first. One that is skipped is taken by the offset before the change.
CREATE FUNCTION business_day_start(day date, zone text, day_starts_at time) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN earlier AT TIME ZONE zone = wall THEN least(earlier, later) ELSE later END
    FROM (
        SELECT
            wall,
            later,
            later + (wall - ((later - interval '24 hours') AT TIME ZONE zone) - interval '24 hours') AS earlier
        FROM (
            SELECT day + day_starts_at AS wall, (day + day_starts_at) AT TIME ZONE zone AS later
        ) AS second_occurrence
    ) AS both_occurrences
$$;

-- The business day that an instant falls on: the one whose half-open window holds it.
CREATE FUNCTION business_date(instant timestamptz, zone text, day_starts_at time) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN instant < business_day_start(day, zone, day_starts_at) THEN day - 1
        WHEN instant >= business_day_start(day + 1, zone, day_starts_at) THEN day + 1
        ELSE day
    END
    FROM (SELECT ((instant AT TIME ZONE zone) - day_starts_at)::date AS day) AS by_the_wall_clock
$$;
