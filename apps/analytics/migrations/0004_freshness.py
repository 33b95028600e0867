"""How fresh rollups are, as a function whose plan is kept."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

STATEMENT = Path(__file__).parent.parent / "sql" / "freshness.sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("analytics", "0003_answers")]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(STATEMENT.read_text(), "DROP FUNCTION analytics_freshness(uuid)")
    ]
