SELECT n.*
FROM ({problems}) n(file, line, origin, source_column, value, reason)
WHERE NOT EXISTS (SELECT FROM import_problem k WHERE k.role = {role} AND k.file = n.file AND k.line = n.line)
