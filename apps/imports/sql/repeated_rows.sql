UPDATE {rows} x
SET row_class = 'left_out', row_reason = 'an exact repetition of an earlier row'
FROM (
    SELECT file, line, row_number() OVER (PARTITION BY external_id, content ORDER BY file, line) AS time
    FROM import_repeated WHERE spec = {spec}
) r
WHERE x.file = r.file AND x.line = r.line AND r.time > 1
