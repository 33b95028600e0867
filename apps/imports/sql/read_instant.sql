-- Read one date or instant. The first pattern that fits counts; `groups` says which of its groups is which part, in the
-- order year, month, day, hour, minute, second, fraction, AM/PM, offset (0 for none).
-- A local time that happens twice is its first occurrence, with a warning; one that never happens is a problem.
-- A day without a time is its first instant, even where midnight is skipped.
CREATE OR REPLACE FUNCTION pg_temp.read_instant(
    value text, patterns text[], groups int[], zone text,
    OUT instant timestamptz, OUT day date, OUT problem text, OUT warning text
) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    part text[];
    wall timestamp;
    earlier timestamptz;
    y int; mo int; d int; h int; mi int; s int;
    zoned text;
    fraction text;
BEGIN
    FOR used IN 1 .. array_length(patterns, 1) LOOP
        part := regexp_match(value, patterns[used]);
        IF part IS NOT NULL THEN
            y := part[groups[used][1]]; mo := part[groups[used][2]]; d := part[groups[used][3]];
            h := part[groups[used][4]]; mi := coalesce(part[groups[used][5]], '0'); s := coalesce(part[groups[used][6]], '0');
            zoned := upper(part[groups[used][8]]);
            IF zoned IS NOT NULL THEN
                IF h NOT BETWEEN 1 AND 12 THEN h := 99; ELSE h := h % 12 + CASE zoned WHEN 'P' THEN 12 ELSE 0 END; END IF;
            END IF;
            zoned := part[groups[used][9]];
            fraction := coalesce(part[groups[used][7]], '0');
            EXIT;
        END IF;
    END LOOP;
    IF part IS NULL THEN
        problem := 'is not a date in the form that is expected';
    ELSIF y NOT BETWEEN 1900 AND 2199 THEN
        problem := 'the year is not between 1900 and 2199';  -- apps.core.constraints has them
    ELSIF mo NOT BETWEEN 1 AND 12 OR d < 1 OR d > extract(day FROM make_date(y, mo, 1) + interval '1 month - 1 day') THEN
        problem := 'there is no such day';
    ELSIF coalesce(h, 0) > 23 OR mi > 59 OR s > 59 THEN
        problem := 'there is no such time of day';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;

    day := make_date(y, mo, d);
    wall := day + make_time(coalesce(h, 0), mi, s)
        + make_interval(secs => ('0.' || fraction)::double precision);
    IF zoned = 'Z' THEN
        instant := wall AT TIME ZONE 'UTC';
    ELSIF zoned IS NOT NULL THEN
        IF substr(zoned, 2, 2)::int > 15 OR right(zoned, 2)::int > 59 THEN
            problem := 'there is no such offset from UTC';
            RETURN;
        END IF;
        instant := (wall AT TIME ZONE 'UTC')
            - (left(zoned, 1) || substr(zoned, 2, 2) || ':' || right(zoned, 2))::interval;
    ELSE
        instant := wall AT TIME ZONE zone;
        IF (instant AT TIME ZONE zone) <> wall AND (h IS NOT NULL OR (instant AT TIME ZONE zone)::date <> day) THEN
            problem := 'there is no such local time in ' || zone || ': clocks were set forward';
            instant := NULL;
            RETURN;
        END IF;
        -- What the offset of the day before makes of it: where that is another instant with the same wall time,
        -- the wall time happens twice.
        earlier := (wall AT TIME ZONE 'UTC')
            - (((instant - interval '1 day') AT TIME ZONE zone) - ((instant - interval '1 day') AT TIME ZONE 'UTC'));
        IF earlier < instant AND (earlier AT TIME ZONE zone) = wall THEN
            instant := earlier;
            IF h IS NOT NULL THEN
                warning := 'happens twice in ' || zone || '; the first time was taken';
            END IF;
        END IF;
    END IF;
END
$$;
