INSERT INTO import_problem
SELECT {role}, r.file, r.line, {column}, {key},
    'an order is taken whole or not at all, and its row on line ' || b.line || ' was rejected'
FROM {rows} r
JOIN import_broken b ON b.key = {key}
WHERE r.ok AND r.row_class <> 'left_out'
