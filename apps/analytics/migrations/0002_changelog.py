"""The change log, the triggers that write it, and the functions that the rollups' statements use."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

STATEMENTS = Path(__file__).parent.parent / "sql" / "changelog.sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("analytics", "0001_initial"),
        ("core", "0003_business_calendar"),
        ("accounts", "0003_kept_answers"),
        ("marketplace", "0005_orders_by_status"),
        ("engagement", "0002_leaner_keys"),
    ]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            STATEMENTS.read_text(),
            """
            DROP FUNCTION
                analytics_hold_orders(), analytics_mark_own_days(), analytics_mark_order_days(),
                analytics_mark_moved_orders(), analytics_mark_product_customers(), analytics_mark_thresholds(),
                analytics_mark_calendar(), analytics_mark_everything()
                CASCADE;
            DROP FUNCTION rollup_key(date, uuid, text);
            DROP FUNCTION counted_order(text);
            DROP TABLE analytics_changelog;
            """,
        )
    ]
