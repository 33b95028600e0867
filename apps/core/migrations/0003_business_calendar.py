"""The business calendar in SQL; `apps.core.calendar` is its twin in Python."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

STATEMENT = Path(__file__).parent.parent / "sql" / "business_calendar.sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("core", "0002_initial")]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            STATEMENT.read_text(),
            """
            DROP FUNCTION business_date(timestamptz, text, time);
            DROP FUNCTION business_day_start(date, text, time);
            """,
        )
    ]
