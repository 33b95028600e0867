-- One external id with different content: nobody can tell which row is right, so all of them are refused.
INSERT INTO import_problem
SELECT {role}, r.file, r.line, {column}, r.external_id,
    'the same id has other content on line ' || (
        SELECT min(o.line) FROM import_repeated o WHERE o.external_id = r.external_id AND o.content <> r.content
    )
FROM import_repeated r
WHERE r.spec = {spec} AND EXISTS (
    SELECT FROM import_repeated o WHERE o.external_id = r.external_id AND o.content <> r.content
)
