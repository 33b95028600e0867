-- Partners as they are at present.
SELECT
    partner.id, 'partner' AS kind_of_fact, partner.name AS reference, NULL::timestamptz AS at, partner.joined_on AS date,
    partner.id AS partner_id, partner.city AS partner_city, partner.region AS partner_region,
    partner.status AS partner_status, partner.daily_capacity
FROM marketplace_partner AS partner
WHERE partner.organization_id = %(organization)s
