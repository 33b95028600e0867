"""SQL put together from parts. Names become identifiers and values placeholders or literals; nothing is pasted in."""

from collections.abc import Iterable
from typing import Any

from psycopg2 import sql as sql

Sql = Any  # psycopg2.sql.Composable; psycopg2 has no types


def joined(separator: str, parts: Iterable[Sql]) -> Sql:
    """Join parts with SQL between them."""
    return sql.SQL(separator).join(list(parts))


def literals(values: Iterable[Any]) -> Sql:
    """Return `'a', 'b'`."""
    return joined(", ", (sql.Literal(value) for value in values))


def identifiers(names: Iterable[str]) -> Sql:
    """Return `"a", "b"`."""
    return joined(", ", (sql.Identifier(name) for name in names))
