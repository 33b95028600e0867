-- Every reason why a row is not ok, each with its column and value.
INSERT INTO import_problem
SELECT {role}, s.file, s.line, p.*
FROM {stage} s
JOIN {rows} x ON x.id = s.id
{times}
CROSS JOIN LATERAL (VALUES (s.problem_column, NULL, s.problem), {problems}) p(source_column, value, reason)
WHERE NOT x.ok AND p.reason IS NOT NULL
