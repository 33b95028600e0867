-- The band that a duration lies in, by the seconds at which it begins; its name is in the dimension `duration`.
CREATE FUNCTION duration_band(seconds double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ARRAY[0, 60, 120, 300, 600, 1200, 3600, 7200, 18000, 36000, 86400, 172800, 432000, 864000])[
        width_bucket(seconds, '{0,60,120,300,600,1200,3600,7200,18000,36000,86400,172800,432000,864000}'::float8[])
    ]
$$;

-- How wide the bins of a band are: a twentieth of where it begins, so that no bin is wider than 5 % of what lies in it;
-- three seconds below a minute.
CREATE FUNCTION duration_bin_width(band integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(band / 20, 3)
$$;

-- The 1-2-5 band that a lifetime value lies in, by the amount at which it begins; its name is in the dimension
-- `lifetime_value_band`.
CREATE FUNCTION lifetime_value_band(amount numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN amount < 0 THEN 'below_zero'
        WHEN amount < 1 THEN '0'
        ELSE (
            SELECT (unit * CASE WHEN amount >= 5 * unit THEN 5 WHEN amount >= 2 * unit THEN 2 ELSE 1 END)::text
            FROM (SELECT power(10::numeric, least(length(trunc(amount)::text), 10) - 1)::bigint AS unit) AS known
        )
    END
$$;
