-- The change log: which stretches of time a committed statement touched, so that their days are rebuilt.
--
-- It is append-only and has no key: writers of one day never wait for each other, and a refresh deletes exactly the rows
-- it read. A mark holds instants, not days: the refresh asks the organization's calendar which days they are, so a time
-- zone that changes between the two marks the right ones.
--
-- scope   facts      the days from first_at to last_at, and the customers who were active on them
--         days       one month of a rebuild: its days only; the customers follow at the end
--         customers  every customer of the organization
--         held       a day that cannot be computed at present: its marks wait for its next attempt
--         attributes what answers show beside rollups: no day, but another data version (sql/attributes.sql)
CREATE TABLE analytics_changelog (
    organization_id uuid NOT NULL,
    scope text NOT NULL DEFAULT 'facts' CHECK (scope IN ('facts', 'days', 'customers', 'held', 'attributes')),
    cause text NOT NULL,
    first_at timestamptz NOT NULL DEFAULT '-infinity',
    last_at timestamptz NOT NULL DEFAULT 'infinity',
    facts bigint NOT NULL DEFAULT 0,
    job_id uuid,
    marked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX analytics_changelog_organization ON analytics_changelog (organization_id);

-- Which orders bring revenue; `OrderQuerySet.counted` is its twin.
CREATE FUNCTION counted_order(status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT status NOT IN ('cancelled', 'rejected', 'no_show')
$$;

-- The key of a rollup's row follows from its grain. It begins with the day, so that an index grows at its end.
CREATE FUNCTION rollup_key(day date, organization_id uuid, grain text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (
        lpad(to_hex((day - date '0001-01-01') & 16777215), 8, '0')
        || substr(md5(organization_id::text || coalesce(grain, '')), 1, 24)
    )::uuid
$$;

-- Facts with an instant of their own, named by the trigger's argument. Statements are built when they run: a kept plan
-- would have been made for the first statement's few rows, and read an index half a million times for a COPY.
CREATE FUNCTION analytics_mark_own_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
        ELSE 'SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows'
    END;
    counted text := CASE TG_OP WHEN 'UPDATE' THEN 'count(DISTINCT touched.id)' ELSE 'count(*)' END;
BEGIN
    EXECUTE format(
        $mark$
            INSERT INTO analytics_changelog (organization_id, cause, first_at, last_at, facts)
            SELECT touched.organization_id, %L, min(touched.%I), max(touched.%I), %s
            FROM (%s) AS touched
            JOIN accounts_organization AS organization ON organization.id = touched.organization_id
            GROUP BY
                touched.organization_id,
                ((touched.%I AT TIME ZONE organization.timezone) - organization.day_starts_at)::date
        $mark$,
        TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[0], counted, touched, TG_ARGV[0]
    );
    RETURN NULL;
END
$$;

-- Whoever changes what hangs on an order holds the order until the commit: an inserted row by its foreign key, other rows
-- by this. An order that moves waits for it (analytics_mark_moved_orders), and the other way round. It is a trigger that
-- comes before those that mark, by its name: a statement that waited reads the order as it was before.
CREATE FUNCTION analytics_hold_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT organization_id, order_id FROM old_rows'
        ELSE 'SELECT organization_id, order_id FROM old_rows UNION SELECT organization_id, order_id FROM new_rows'
    END;
BEGIN
    EXECUTE format(
        $hold$
            SELECT FROM (SELECT DISTINCT organization_id, order_id FROM (%s) AS rows ORDER BY order_id) AS touched
            CROSS JOIN LATERAL (
                SELECT FROM marketplace_order
                WHERE organization_id = touched.organization_id AND id = touched.order_id
                FOR KEY SHARE
            ) AS parent
        $hold$,
        touched
    );
    RETURN NULL;
END
$$;

-- Facts that count on the day of their order, which is held by now: the day marked is the one it is on when both have
-- committed. Orders are looked up one by one: statistics from when the table was empty would have a join compare every
-- order with every row of a COPY.
CREATE FUNCTION analytics_mark_order_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT organization_id, order_id FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT organization_id, order_id FROM old_rows'
        ELSE 'SELECT organization_id, order_id, id FROM old_rows UNION SELECT organization_id, order_id, id FROM new_rows'
    END;
BEGIN
    EXECUTE format(
        $mark$
            INSERT INTO analytics_changelog (organization_id, cause, first_at, last_at, facts)
            SELECT parent.organization_id, %L, min(parent.placed_at), max(parent.placed_at), count(*)
            FROM (%s) AS touched
            CROSS JOIN LATERAL (
                SELECT placed.organization_id, placed.placed_at FROM marketplace_order AS placed
                WHERE placed.organization_id = touched.organization_id AND placed.id = touched.order_id
                OFFSET 0
            ) AS parent
            JOIN accounts_organization AS organization ON organization.id = parent.organization_id
            GROUP BY
                parent.organization_id,
                ((parent.placed_at AT TIME ZONE organization.timezone) - organization.day_starts_at)::date
        $mark$,
        TG_TABLE_NAME, touched
    );
    RETURN NULL;
END
$$;

-- Refunds, reviews and issues lie on days of their own but count for their order's partner and customer, and refunds only
-- while the order counts. When one of these changes, their days are touched as well. Facts that are being added to such
-- an order in open transactions are waited for: they could not be seen from here.
CREATE FUNCTION analytics_mark_moved_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved uuid[];
BEGIN
    SELECT array_agg(new_rows.id ORDER BY new_rows.id) INTO moved
    FROM new_rows
    JOIN old_rows ON old_rows.organization_id = new_rows.organization_id AND old_rows.id = new_rows.id
    WHERE (old_rows.placed_at, old_rows.partner_id, old_rows.customer_id, old_rows.channel, counted_order(old_rows.status))
        IS DISTINCT FROM
        (new_rows.placed_at, new_rows.partner_id, new_rows.customer_id, new_rows.channel, counted_order(new_rows.status));
    IF moved IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM marketplace_order
    WHERE organization_id IN (SELECT organization_id FROM new_rows) AND id = ANY (moved)
    ORDER BY id FOR UPDATE;
    INSERT INTO analytics_changelog (organization_id, cause, first_at, last_at, facts)
    SELECT dependent.organization_id, TG_TABLE_NAME, min(dependent.at), max(dependent.at), count(*)
    FROM (
        SELECT organization_id, order_id, refunded_at AS at FROM marketplace_refund
        UNION ALL SELECT organization_id, order_id, reviewed_at FROM marketplace_review
        UNION ALL SELECT organization_id, order_id, reported_at FROM marketplace_orderissue
    ) AS dependent
    JOIN accounts_organization AS organization ON organization.id = dependent.organization_id
    WHERE dependent.organization_id IN (SELECT organization_id FROM new_rows) AND dependent.order_id = ANY (moved)
    GROUP BY
        dependent.organization_id,
        ((dependent.at AT TIME ZONE organization.timezone) - organization.day_starts_at)::date;
    RETURN NULL;
END
$$;

-- A product that moves to another category changes the favorite of everyone who bought it.
CREATE FUNCTION analytics_mark_product_customers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changelog (organization_id, scope, cause)
    SELECT DISTINCT new_rows.organization_id, 'customers', TG_TABLE_NAME
    FROM new_rows
    JOIN old_rows ON old_rows.organization_id = new_rows.organization_id AND old_rows.id = new_rows.id
    WHERE old_rows.category_id IS DISTINCT FROM new_rows.category_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION analytics_mark_thresholds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changelog (organization_id, scope, cause)
    VALUES (coalesce(NEW.organization_id, OLD.organization_id), 'customers', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE FUNCTION analytics_mark_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changelog (organization_id, cause) VALUES (NEW.id, TG_TABLE_NAME);
    RETURN NULL;
END
$$;

-- TRUNCATE tells no rows, so every organization starts over.
CREATE FUNCTION analytics_mark_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changelog (organization_id, cause) SELECT id, TG_TABLE_NAME FROM accounts_organization;
    RETURN NULL;
END
$$;

CREATE TRIGGER analytics_calendar AFTER UPDATE ON accounts_organization FOR EACH ROW
WHEN ((OLD.timezone, OLD.day_starts_at) IS DISTINCT FROM (NEW.timezone, NEW.day_starts_at))
EXECUTE FUNCTION analytics_mark_calendar();

CREATE TRIGGER analytics_thresholds AFTER INSERT OR UPDATE OR DELETE ON analytics_customerthresholds FOR EACH ROW
EXECUTE FUNCTION analytics_mark_thresholds();

CREATE TRIGGER analytics_product_update AFTER UPDATE ON marketplace_product
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION analytics_mark_product_customers();

CREATE TRIGGER analytics_moved_orders AFTER UPDATE ON marketplace_order
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION analytics_mark_moved_orders();

DO $$
DECLARE
    child text;
BEGIN
    FOREACH child IN ARRAY ARRAY['orderline', 'payment', 'refund', 'review', 'orderissue'] LOOP
        EXECUTE format(
            'CREATE TRIGGER analytics_hold_orders_update AFTER UPDATE ON %I '
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION analytics_hold_orders()',
            'marketplace_' || child
        );
        EXECUTE format(
            'CREATE TRIGGER analytics_hold_orders_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION analytics_hold_orders()',
            'marketplace_' || child
        );
    END LOOP;
END
$$;

-- One trigger for each event: PostgreSQL allows transition tables on one event only.
DO $$
DECLARE
    fact record;
BEGIN
    FOR fact IN
        SELECT * FROM (VALUES
            ('marketplace_order', 'analytics_mark_own_days', 'placed_at'),
            ('marketplace_orderline', 'analytics_mark_order_days', ''),
            ('marketplace_payment', 'analytics_mark_order_days', ''),
            ('marketplace_refund', 'analytics_mark_own_days', 'refunded_at'),
            ('marketplace_refund', 'analytics_mark_order_days', ''),
            ('marketplace_review', 'analytics_mark_own_days', 'reviewed_at'),
            ('marketplace_orderissue', 'analytics_mark_own_days', 'reported_at'),
            ('engagement_interaction', 'analytics_mark_own_days', 'occurred_at'),
            ('engagement_segmentmember', 'analytics_mark_own_days', 'assigned_at')
        ) AS facts (source, marker, instant)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I(%L)',
            fact.marker || '_insert', fact.source, fact.marker, fact.instant
        );
        EXECUTE format(
            'CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I(%L)',
            fact.marker || '_update', fact.source, fact.marker, fact.instant
        );
        EXECUTE format(
            'CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I(%L)',
            fact.marker || '_delete', fact.source, fact.marker, fact.instant
        );
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER analytics_mark_everything BEFORE TRUNCATE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_everything()',
            fact.source
        );
    END LOOP;
END
$$;

-- Facts that are there already have left no marks.
INSERT INTO analytics_changelog (organization_id, cause) SELECT id, 'migration' FROM accounts_organization;
