"""The one place that opens transactions and raw cursors.

With several databases a bare `atomic()` protects the wrong one; everything here takes the tenants' database.
"""

import datetime
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

TENANT_DATABASE = DEFAULT_DB_ALIAS
_CANCELED = "57014"
READS_ONLY = (
    "bellwether.reads_only"  # in the environment of a POST that changes nothing: it ends when its client leaves
)


def in_transaction(*, savepoint: bool = True, durable: bool = False) -> AbstractContextManager[Any]:
    """Return a block that commits whole or not at all."""
    return transaction.atomic(using=TENANT_DATABASE, savepoint=savepoint, durable=durable)


@contextmanager
def in_snapshot(*, at_most: datetime.timedelta | None = None, read_only: bool = True) -> Iterator[Any]:
    """Give a cursor whose statements all see the same moment, that of the first, and none of which may take longer.

    Inside another transaction it reads as that one does. What has to write in the end is not `read_only`, and reads
    inside of `reading_only`; a row that changed since the moment it cannot write.

    Raises:
        django.db.OperationalError: a statement took too long.

    """
    is_outermost = not connections[TENANT_DATABASE].in_atomic_block
    with in_transaction(), tenant_cursor() as cursor:
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if read_only:
                cursor.execute("SET TRANSACTION READ ONLY")
        if at_most is not None:
            milliseconds = int(at_most.total_seconds() * 1000)
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{milliseconds}ms"])
        yield cursor
        if at_most is not None and not is_outermost:
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")


@contextmanager
def reading_only() -> Iterator[None]:
    """Have the database refuse writes inside of this block of a transaction."""
    with in_transaction(), tenant_cursor() as cursor:
        # PostgreSQL takes it back where the savepoint ends.
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


def was_cut_off(error: BaseException | None) -> bool:
    """Tell whether PostgreSQL ended the statement: it took too long, or whoever asked has left."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) == _CANCELED


def after_commit(callback: Any) -> None:
    """Call back when the surrounding transaction has committed; never when it rolls back."""
    transaction.on_commit(callback, using=TENANT_DATABASE)


def tenant_cursor() -> Any:
    """Return a cursor on the tenants' database, as a context manager."""
    return connections[TENANT_DATABASE].cursor()


def streaming_cursor() -> Any:
    """Return a cursor, as a context manager inside a transaction, whose rows wait on the server to be fetched."""
    return connections[TENANT_DATABASE].chunked_cursor()


def is_in_transaction() -> bool:
    """Tell whether this thread is inside a transaction that was opened here."""
    return bool(connections[TENANT_DATABASE].in_atomic_block)


def own_connection() -> Any:
    """Return Django's connection of this thread, for another thread that may have to cancel its statement."""
    return connections[TENANT_DATABASE]


def close_connections() -> None:
    """Close the connections of this thread, before it ends."""
    connections.close_all()


def quoted(name: str) -> str:
    """Return the name of a table or column as SQL quotes it; values go as parameters, never by this."""
    return '"' + name.replace('"', '""') + '"'


def schema_editor() -> AbstractContextManager[Any]:
    """Return an editor that only writes statements down, for code that asks how a constraint reads in SQL."""
    return connections[TENANT_DATABASE].schema_editor(collect_sql=True, atomic=False)
