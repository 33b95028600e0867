"""The one place that opens transactions and raw cursors.

With several databases a bare `atomic()` protects the wrong one; everything here takes the tenants' database.
"""

from contextlib import AbstractContextManager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

TENANT_DATABASE = DEFAULT_DB_ALIAS


def in_transaction(*, savepoint: bool = True, durable: bool = False) -> AbstractContextManager[Any]:
    """Return a block that commits whole or not at all."""
    return transaction.atomic(using=TENANT_DATABASE, savepoint=savepoint, durable=durable)


def after_commit(callback: Any) -> None:
    """Call back when the surrounding transaction has committed; never when it rolls back."""
    transaction.on_commit(callback, using=TENANT_DATABASE)


def tenant_cursor() -> Any:
    """Return a cursor on the tenants' database, as a context manager."""
    return connections[TENANT_DATABASE].cursor()


def close_connections() -> None:
    """Close the connections of this thread, before it ends."""
    connections.close_all()


def quoted(name: str) -> str:
    """Return the name of a table or column as SQL quotes it; values go as parameters, never by this."""
    return '"' + name.replace('"', '""') + '"'


def schema_editor() -> AbstractContextManager[Any]:
    """Return an editor that only writes statements down, for code that asks how a constraint reads in SQL."""
    return connections[TENANT_DATABASE].schema_editor(collect_sql=True, atomic=False)
