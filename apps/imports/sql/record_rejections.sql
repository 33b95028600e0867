INSERT INTO imports_rejectedrow (id, organization_id, run_id, file, line, "column", value, reason, record)
SELECT {id}, {organization}, {run}, n.name, p.line, left(p.source_column, 200), left(p.value, 500), p.reason,
    to_jsonb(ARRAY[{cells}])
FROM (
    SELECT DISTINCT file, line, COALESCE(source_column, '') AS source_column, COALESCE(value, '') AS value, reason
    FROM import_problem WHERE role = {role}
) p
JOIN {stage} s ON s.file = p.file AND s.line = p.line
JOIN (VALUES {names}) n(number, name) ON n.number = p.file
