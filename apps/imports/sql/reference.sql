LEFT JOIN {target} {stored} ON {stored}.organization_id = {organization} AND {stored}.external_id = {reference}
    LEFT JOIN {source} {given} ON {given}.external_id = {reference}
