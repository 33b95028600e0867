-- The first day of the bucket that a business day falls in: grain is day, week, month, quarter or year, and anything else
-- is an error. Weeks are moved to begin on a Monday, cut, and moved back. There is no CASE, because only an expression of
-- strict functions can be inlined where the function is strict.
CREATE FUNCTION business_bucket(day date, grain text, week_starts_on int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT date_trunc(
        regexp_replace(grain, '^(?!(day|week|month|quarter|year)$)', 'unknown grain: '),
        (day + (grain = 'week')::int * (8 - week_starts_on))::timestamp
    )::date - (grain = 'week')::int * (8 - week_starts_on)
$$;
