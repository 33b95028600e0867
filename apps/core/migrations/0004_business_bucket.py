"""Buckets of business days in SQL; `apps.core.periods.bucket_start` is its twin in Python."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

STATEMENT = Path(__file__).parent.parent / "sql" / "business_bucket.sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("core", "0003_business_calendar")]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(STATEMENT.read_text(), "DROP FUNCTION business_bucket(date, text, int)")
    ]
