"""The function behind every `ImmutableOrganization` trigger."""

from typing import ClassVar

from django.db import migrations

from apps.core.constraints import REFUSE_ORGANIZATION_CHANGE


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION {REFUSE_ORGANIZATION_CHANGE}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'a row of % cannot change its organization', TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation';
            END
            $$
            """,
            f"DROP FUNCTION {REFUSE_ORGANIZATION_CHANGE}()",
        )
    ]
