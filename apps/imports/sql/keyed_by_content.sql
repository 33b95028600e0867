-- Lines without an id of their own are known by what they say, and by which of the same in their order they are.
-- Repeating a file, or importing one that overlaps, then changes nothing, and lines that repeat exactly stay apart.
SELECT spec, file, line, id,
    "order" || '/' || content || '/' || row_number() OVER (PARTITION BY "order", content ORDER BY file, line),
    "order", row_class, {fields}
FROM (
    SELECT *, left(md5(concat_ws('|', {told})), 16) AS content
    FROM ({rows}) source(spec, file, line, id, external_id, origin, row_class, {fields})
) fingerprinted
