-- Who makes a request, and what they may do: the active user of an id or of a long-lived token that is neither revoked
-- nor expired, every active organization they are a member of, and for a superuser the one they named; null for nobody.
-- Functions, because PostgreSQL keeps their plans as long as a connection lasts: planning takes longer than running.
CREATE FUNCTION accounts_caller(
    asked_user uuid, asked_digest text, asked_at timestamptz, named_id uuid, named_slug text
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object(
            'user', row_to_json(person),
            'token_id', token.id,
            'token_used_at', token.last_used_at,
            'organizations', (
                SELECT json_agg(json_build_array(member.role, row_to_json(organization))
                    ORDER BY organization.name, organization.id)
                FROM accounts_membership AS member
                JOIN accounts_organization AS organization ON organization.id = member.organization_id
                WHERE member.user_id = person.id AND organization.is_active
            ),
            'named', (
                SELECT row_to_json(organization)
                FROM accounts_organization AS organization
                WHERE
                    person.is_superuser AND organization.is_active
                    AND (organization.id = named_id OR organization.slug = named_slug)
            )
        )
        FROM accounts_user AS person
        LEFT JOIN accounts_apitoken AS token
            ON token.digest = asked_digest AND token.user_id = person.id AND token.revoked_at IS NULL
            AND (token.expires_at IS NULL OR token.expires_at > asked_at)
        WHERE
            person.id = coalesce(asked_user, (SELECT user_id FROM accounts_apitoken WHERE digest = asked_digest))
            AND person.is_active AND (asked_digest IS NULL OR token.id IS NOT NULL)
    );
END
$$;

-- The organization that a member asks, before anything is decided: the one that was named, else their only one.
CREATE FUNCTION accounts_organization_asked(asked_user uuid, asked_digest text, named_id uuid, named_slug text)
RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN count(*) = 1 THEN min(organization.id::text)::uuid END
        FROM accounts_membership AS member
        JOIN accounts_organization AS organization ON organization.id = member.organization_id
        WHERE
            member.user_id = coalesce(asked_user, (SELECT user_id FROM accounts_apitoken WHERE digest = asked_digest))
            AND organization.is_active
            AND (
                coalesce(named_id::text, named_slug) IS NULL
                OR organization.id = named_id OR organization.slug = named_slug
            )
    );
END
$$;
