DELETE FROM analytics_cache WHERE organization_id = %(organization)s RETURNING key, question
