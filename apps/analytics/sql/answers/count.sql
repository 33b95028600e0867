-- The key follows from what is counted, so that two processes write one row. An organization that is gone counts nothing.
INSERT INTO analytics_answercount (id, organization_id, date, endpoint, hits, misses, fallbacks)
SELECT
    rollup_key(%(date)s::date, %(organization)s, %(endpoint)s), id, %(date)s::date, %(endpoint)s, %(hits)s, %(misses)s,
    %(fallbacks)s
FROM accounts_organization
WHERE id = %(organization)s
ON CONFLICT (organization_id, date, endpoint) DO UPDATE SET
    hits = analytics_answercount.hits + excluded.hits,
    misses = analytics_answercount.misses + excluded.misses,
    fallbacks = analytics_answercount.fallbacks + excluded.fallbacks
