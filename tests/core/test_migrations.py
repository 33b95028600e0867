"""Migrations: complete, runnable from nothing, and back to nothing."""

import io
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from apps.core.constraints import REFUSE_ORGANIZATION_CHANGE

OURS = [config for config in apps.get_app_configs() if config.name.startswith("apps.")]


@pytest.fixture
def scratch(django_db_setup, django_db_blocker):
    """An empty database beside the suite's."""
    with django_db_blocker.unblock():
        default = connections["default"]
        name = f"{default.settings_dict['NAME']}_scratch"
        with default._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        connections.databases["scratch"] = {**default.settings_dict, "NAME": name}
        try:
            yield "scratch"
        finally:
            connections["scratch"].close()
            del connections["scratch"], connections.databases["scratch"]
            with default._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


def relations(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
            "UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
            "UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        return sorted(name for (name,) in cursor.fetchall())


def migrate(*arguments):
    call_command("migrate", *arguments, database="scratch", interactive=False, verbosity=0)


def test_everything_is_built_from_nothing_and_taken_back(scratch):
    migrate()
    built = relations(scratch)
    assert {model._meta.db_table for config in OURS for model in config.get_models()} <= set(built)
    assert REFUSE_ORGANIZATION_CHANGE in built
    migrate("core", "zero")  # every other app stands on it
    kept = relations(scratch)
    assert [name for name in kept if re.match("|".join(f"{config.label}_" for config in OURS), name)] == []
    assert REFUSE_ORGANIZATION_CHANGE not in kept


@pytest.mark.django_db
def test_no_model_has_changed_without_a_migration():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.mark.django_db
def test_the_migration_creates_composite_references_and_no_single_ones():
    said = io.StringIO()
    call_command("sqlmigrate", "marketplace", "0001", stdout=said)
    sql = said.getvalue()
    assert (
        'ALTER TABLE "marketplace_orderline" ADD CONSTRAINT "order_line_order_ref" FOREIGN KEY '
        '("organization_id", "order_id") REFERENCES "marketplace_order" ("organization_id", "id")'
    ) in sql
    assert 'CREATE TRIGGER "order_organization_fixed" BEFORE UPDATE OF organization_id ON "marketplace_order"' in sql
    single = set(re.findall(r'REFERENCES "(\w+)" \("id"\)', sql))
    assert single == {"accounts_organization", "accounts_user"}
    assert sql.index('CREATE TABLE "marketplace_order"') < sql.index('ADD CONSTRAINT "order_line_order_ref"')
