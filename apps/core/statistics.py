"""The planner's statistics, brought up to date where much was written: autovacuum waits for a tenth of a table."""

import logging

from django.db import DatabaseError

from apps.core.database import is_in_transaction, quoted, tenant_cursor

logger = logging.getLogger(__name__)

MANY_ROWS = 1000
LARGE_SHARE = 0.02  # of a table; ANALYZE samples 30,000 rows however large it is

_CHANGED = """SELECT stats.relname FROM pg_stat_user_tables AS stats JOIN pg_class AS held ON held.oid = stats.relid
WHERE stats.schemaname = current_schema() AND stats.n_mod_since_analyze >= greatest(%s, %s * held.reltuples)
ORDER BY stats.relname"""


def analyze_changed_tables() -> list[str]:
    """ANALYZE each table of which many rows changed since the last time; return their names.

    A table that somebody else analyzes, or whose owner we are not, is left; so is everything inside a transaction,
    which would hold its locks to the end. No failure is raised: statistics help, and nothing waits for them.
    """
    if is_in_transaction():
        return []
    try:
        with tenant_cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")  # what this session wrote counts as well
            cursor.execute(_CHANGED, [MANY_ROWS, LARGE_SHARE])
            names = [name for (name,) in cursor.fetchall()]
            for name in names:
                cursor.execute(f"ANALYZE (SKIP_LOCKED) {quoted(name)}")
    except DatabaseError:
        logger.exception("Tables could not be analyzed.")
        return []
    return names
