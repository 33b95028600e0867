SELECT EXISTS (SELECT FROM analytics_changelog WHERE organization_id = %(organization)s AND scope <> 'attributes')
