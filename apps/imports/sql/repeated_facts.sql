DELETE FROM {facts} f
USING (SELECT id, row_number() OVER (PARTITION BY external_id ORDER BY file, line) AS time FROM import_repeated) r
WHERE r.id = f.id AND r.time > 1
