"""SQL put together from parts. Names become identifiers and values placeholders or literals; nothing is pasted in."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

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


@dataclass(frozen=True, slots=True)
class Unseen:
    """The id of an organization as a parameter whose value the planner does not see.

    By statistics, an organization that came after the last ANALYZE has no rows: its tables would be joined row by row,
    each time reading all of it. A subquery has it planned as an organization of average size, whether anybody has
    gathered statistics of it or not. See decision 0030.
    """

    value: uuid.UUID

    def __post_init__(self) -> None:
        if not isinstance(self.value, uuid.UUID):
            raise TypeError("Only an id can be written into a statement.")

    def __str__(self) -> str:
        return f"(SELECT '{self.value}'::uuid)"

    def __conform__(self, protocol: Any) -> Self:
        return self  # what psycopg2 asks of a parameter that quotes itself

    def getquoted(self) -> bytes:
        """Return what psycopg2 writes in place of the parameter."""
        return str(self).encode()
