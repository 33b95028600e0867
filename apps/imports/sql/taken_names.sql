SELECT f.file, f.line, f.origin, {column}, {value}::text, {reason}
FROM {ready} f
WHERE f.spec = {spec} AND (
    EXISTS (SELECT FROM {ready} o WHERE {same} AND o.external_id <> f.external_id)
    OR EXISTS (
        SELECT FROM {stored} o
        WHERE o.organization_id = {organization} AND {same} AND o.id <> f.id
            AND NOT EXISTS (SELECT FROM {ready} m WHERE m.id = o.id)
    )
)
