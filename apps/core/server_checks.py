"""The database server that this installation talks to, checked before migrations and by `check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from apps.core.database import TENANT_DATABASE, tenant_cursor

OLDEST_POSTGRESQL = 15


@register(Tags.database)
def check_postgresql(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Return an error where the server is older than what the schema and the queries use."""
    if TENANT_DATABASE not in (databases or ()):
        return []
    with tenant_cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return version_errors(cursor.fetchone()[0])


def version_errors(major: int) -> list[CheckMessage]:
    """Return an error for a version that is too old."""
    if major >= OLDEST_POSTGRESQL:
        return []
    return [
        Error(
            f"DATABASE_URL leads to PostgreSQL {major}; Bellwether needs {OLDEST_POSTGRESQL} or later.",
            hint="Upgrade the server, or leave DATABASE_URL unset to use the embedded one on a machine of your own.",
            id="bellwether.E020",
        )
    ]
