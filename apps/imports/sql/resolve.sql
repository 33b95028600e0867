SELECT {names},
    CASE WHEN is_new THEN 'new' WHEN kept OR {same} THEN 'unchanged' ELSE 'updated' END AS outcome
FROM (
    SELECT f.spec, f.file, f.line, f.origin, f.row_class, f.external_id, COALESCE(t.id, f.id) AS id,
        t.id IS NULL AS is_new, {kept} AS kept{selected}
    FROM {facts} f
    LEFT JOIN {stored} t ON t.organization_id = {organization} AND t.external_id = f.external_id
    {references}
) s
