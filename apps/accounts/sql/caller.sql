-- Who makes a request, and what they may do, in one statement: the active user of an id or of a long-lived token that is
-- neither revoked nor expired, every active organization they are a member of, and for a superuser the one they named.
SELECT
    person.id, person.password, person.last_login, person.is_superuser, person.email, person.full_name, person.is_staff,
    person.created_at, token.id, token.last_used_at,
    (
        SELECT jsonb_agg(to_jsonb(organization) || jsonb_build_object('role', member.role)
            ORDER BY organization.name, organization.id)::text
        FROM accounts_membership AS member
        JOIN accounts_organization AS organization ON organization.id = member.organization_id
        WHERE member.user_id = person.id AND organization.is_active
    ),
    (
        SELECT jsonb_agg(to_jsonb(organization))::text
        FROM accounts_organization AS organization
        WHERE
            person.is_superuser AND organization.is_active
            AND (organization.id = %(organization_id)s OR organization.slug = %(organization_slug)s)
    )
FROM accounts_user AS person
LEFT JOIN accounts_apitoken AS token
    ON token.digest = %(digest)s AND token.user_id = person.id AND token.revoked_at IS NULL
    AND (token.expires_at IS NULL OR token.expires_at > %(now)s)
WHERE
    person.id = coalesce(%(user_id)s, (SELECT user_id FROM accounts_apitoken WHERE digest = %(digest)s))
    AND person.is_active AND (%(digest)s::text IS NULL OR token.id IS NOT NULL)
