-- Share each item's amount among its parts by weight, to the cent: every part gets the cents it is due rounded down,
-- and the cents left over go to the largest remainders. The shares of an item sum to its amount exactly.
SELECT item, kind, k, round((cents_down + (place <= left_over)::int) / 100, 2) AS amount
FROM (
    SELECT item, kind, k, cents_down,
        row_number() OVER (PARTITION BY item, kind ORDER BY due - cents_down DESC, k) AS place,
        cents - sum(cents_down) OVER (PARTITION BY item, kind) AS left_over
    FROM (
        SELECT item, kind, k, cents, due, floor(due) AS cents_down
        FROM (
            SELECT item, kind, k, cents,
                CASE WHEN sum(weight) OVER whole > 0
                    THEN cents * weight / sum(weight) OVER whole
                    ELSE cents / count(*) OVER whole
                END AS due
            FROM (SELECT item, kind, k, amount * 100 AS cents, weight FROM import_to_share) given
            WINDOW whole AS (PARTITION BY item, kind)
        ) weighed
    ) rounded_down
) ranked
