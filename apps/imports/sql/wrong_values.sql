SELECT f.file, f.line, f.origin, p.*
FROM {facts} f
CROSS JOIN LATERAL (VALUES {problems}) p(source_column, value, reason)
WHERE f.spec = {spec} AND ({wrong}) AND p.reason IS NOT NULL
