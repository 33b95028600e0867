"""What answers read besides rollups moves the data version."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0005_locale"),
        ("analytics", "0007_room_for_sums"),
        ("hierarchy", "0002_levels_of_the_tree"),
        ("marketplace", "0005_orders_by_status"),
    ]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            """
            ALTER TABLE analytics_changelog
                DROP CONSTRAINT analytics_changelog_scope_check,
                ADD CONSTRAINT analytics_changelog_scope_check
                    CHECK (scope IN ('facts', 'days', 'customers', 'held', 'attributes'));
            """,
            "DELETE FROM analytics_changelog WHERE scope = 'attributes'",
        ),
        migrations.RunSQL((SQL / "freshness.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(
            (SQL / "attributes.sql").read_text(),
            "DROP FUNCTION analytics_mark_attributes(), analytics_mark_all_attributes() CASCADE",
        ),
    ]
