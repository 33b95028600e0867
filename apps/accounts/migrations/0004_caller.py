"""Who makes a request, as a function whose plan is kept."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

STATEMENT = Path(__file__).parent.parent / "sql" / "caller.sql"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0003_kept_answers")]
    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(
            STATEMENT.read_text(),
            """
            DROP FUNCTION accounts_caller(uuid, text, timestamptz, uuid, text);
            DROP FUNCTION accounts_organization_asked(uuid, text, uuid, text);
            """,
        )
    ]
