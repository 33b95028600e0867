-- The first row of each group, in the order of the file.
SELECT DISTINCT ON ({key}) {number}, r.file, r.line, {id} AS id, {key} AS key, r.row_class{fields}
{source}
ORDER BY {key}, r.file, r.line
