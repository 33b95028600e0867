-- The band that a duration lies in, by the seconds at which it begins; its name is in the dimension `duration`.
CREATE OR REPLACE FUNCTION duration_band(seconds double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (ARRAY[0, 60, 120, 300, 600, 1200, 3600, 7200, 18000, 36000, 86400, 172800, 432000, 864000])[
        width_bucket(seconds, '{0,60,120,300,600,1200,3600,7200,18000,36000,86400,172800,432000,864000}'::float8[])
    ]
$$;

-- How wide the bins of a band are: a twentieth of where it begins, so that no bin is wider than 5 % of what lies in it;
-- three seconds below a minute.
CREATE OR REPLACE FUNCTION duration_bin_width(band integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(band / 20, 3)
$$;

-- The 1-2-5 band that a lifetime value lies in, by the amount at which it begins; its name is in the dimension
-- `lifetime_value_band`.
CREATE OR REPLACE FUNCTION lifetime_value_band(amount numeric) RETURNS text
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

-- The longest that a stage of an order may take. What is longer comes of a wrong year, and would outweigh every other order
-- of its day: it is left out of sums, means and histograms, and counted.
CREATE OR REPLACE FUNCTION longest_stage() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT interval '366 days'
$$;

-- The time of a stage; NULL where an instant is missing, where they are not in order, and where it is too long.
CREATE OR REPLACE FUNCTION stage_time(began_at timestamptz, ended_at timestamptz) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN ended_at >= began_at AND ended_at - began_at <= longest_stage() THEN ended_at - began_at END
$$;

-- How many stages of an order took longer than that.
CREATE OR REPLACE FUNCTION overlong_stages(
    placed_at timestamptz, accepted_at timestamptz, picked_up_at timestamptz, processed_at timestamptz,
    delivered_at timestamptz, completed_at timestamptz
) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT
        coalesce((accepted_at - placed_at > longest_stage())::integer, 0)
        + coalesce((picked_up_at - accepted_at > longest_stage())::integer, 0)
        + coalesce((processed_at - picked_up_at > longest_stage())::integer, 0)
        + coalesce((delivered_at - processed_at > longest_stage())::integer, 0)
        + coalesce((completed_at - placed_at > longest_stage())::integer, 0)
$$;
