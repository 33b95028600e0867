-- What answers read besides rollups is part of their version: partners, products, customers, categories, accounts, and the
-- settings of the organization. A statement that changes them leaves one mark for each organization, without days. The
-- data version is that of the state and the number of such marks: writers never wait for the state, which a refresh holds.
-- A refresh that takes k marks adds k in the same commit, so the sum grows with every commit and never goes back.
--
-- The columns are those of the table by now, but for the times at which rows were written; the argument is the column of
-- the organization. Statements are built when they run, as in sql/changelog.sql.
CREATE OR REPLACE FUNCTION analytics_mark_attributes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    compared text;
    touched text := CASE TG_OP WHEN 'DELETE' THEN 'SELECT * FROM old_rows' ELSE 'SELECT * FROM new_rows' END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT string_agg(quote_ident(attname), ', ') INTO compared
        FROM pg_attribute
        WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('created_at', 'updated_at');
        touched := format('SELECT %s FROM new_rows EXCEPT ALL SELECT %s FROM old_rows', compared, compared);
    END IF;
    EXECUTE format(
        $mark$
            INSERT INTO analytics_changelog (organization_id, scope, cause)
            SELECT DISTINCT touched.%I, 'attributes', %L FROM (%s) AS touched
        $mark$,
        TG_ARGV[0], TG_TABLE_NAME, touched
    );
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION analytics_mark_all_attributes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changelog (organization_id, scope, cause)
    SELECT id, 'attributes', TG_TABLE_NAME FROM accounts_organization;
    RETURN NULL;
END
$$;

-- A new customer, category, account or organization is in no answer before facts or other rows refer to it, and those
-- move the version themselves: shops where customers come all day would keep no answer for longer than a moment.
DO $$
DECLARE
    attribute record;
BEGIN
    FOR attribute IN
        SELECT * FROM (VALUES
            ('marketplace_partner', 'organization_id', true),
            ('marketplace_product', 'organization_id', true),
            ('marketplace_category', 'organization_id', false),
            ('marketplace_customer', 'organization_id', false),
            ('hierarchy_entity', 'organization_id', false),
            ('accounts_organization', 'id', false)
        ) AS attributes (source, organization, counts_when_new)
    LOOP
        IF attribute.counts_when_new THEN
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER analytics_mark_attributes_insert AFTER INSERT ON %I '
                'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_attributes(%L)',
                attribute.source, attribute.organization
            );
        END IF;
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER analytics_mark_attributes_update AFTER UPDATE ON %I '
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_attributes(%L)',
            attribute.source, attribute.organization
        );
        IF attribute.source <> 'accounts_organization' THEN
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER analytics_mark_attributes_delete AFTER DELETE ON %I '
                'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_attributes(%L)',
                attribute.source, attribute.organization
            );
            EXECUTE format(
                'CREATE OR REPLACE TRIGGER analytics_mark_all_attributes BEFORE TRUNCATE ON %I '
                'FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_all_attributes()',
                attribute.source
            );
        END IF;
    END LOOP;
END
$$;
