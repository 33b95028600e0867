"""The temporary tables of one import: made inside its transaction, gone with it."""

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.core.composing import Sql, Unseen, sql
from apps.core.database import tenant_cursor
from apps.imports.mapping.schema import Mapping

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that was staged: its number in the staging tables, its name, and the columns it has."""

    number: int
    name: str
    role: str
    header: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Workspace:
    """What every step of an import shares. Temporary tables are named `import_...`."""

    cursor: Any
    organization_id: uuid.UUID
    currency: str
    zone: str
    mapping: Mapping
    files: list[StagedFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _tables: list[str] = field(default_factory=list)

    def roles(self) -> list[str]:
        """Return the roles that have files, in the mapping's order."""
        given = {file.role for file in self.files}
        return [role for role in self.mapping.files if role in given]

    def execute(self, query: Sql) -> int:
        """Run one statement and return the number of rows it touched."""
        self.cursor.execute(query)
        return int(self.cursor.rowcount)

    def rows(self, query: Sql) -> list[tuple[Any, ...]]:
        """Return all rows of a query that gives few."""
        self.cursor.execute(query)
        return list(self.cursor.fetchall())

    def value(self, query: Sql) -> Any:
        """Return the one value of a query."""
        self.cursor.execute(query)
        return self.cursor.fetchone()[0]

    def has(self, name: str) -> bool:
        """Whether a temporary table was made."""
        return f"import_{name}" in self._tables

    def create(self, name: str, columns: Sequence[tuple[str, str]]) -> None:
        """Make a temporary table; one of that name is replaced."""
        self.drop(name)
        declared = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in columns)
        self.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(table(name), declared))
        self._tables.append(f"import_{name}")

    def create_from(self, name: str, query: Sql) -> int:
        """Make a temporary table of what a query gives, and let the planner know its size."""
        self.drop(name)
        rows = self.execute(sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS {}").format(table(name), query))
        self._tables.append(f"import_{name}")
        self.analyze(name)
        return rows

    def analyze(self, name: str) -> None:
        """Let the planner know what a temporary table holds: nobody else does for these."""
        self.execute(sql.SQL("ANALYZE {}").format(table(name)))

    def analyze_stored(self, stored: str) -> None:
        """Let the planner know of a stored table that changed a lot, unless another import just does the same."""
        self.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(sql.Identifier(stored)))

    def drop(self, name: str) -> None:
        """Drop a temporary table, if it is there."""
        self.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table(name)))
        if self.has(name):
            self._tables.remove(f"import_{name}")

    def drop_all(self) -> None:
        """Drop every temporary table that this import made."""
        for name in list(self._tables):
            self.drop(name.removeprefix("import_"))

    def rename(self, name: str, new: str) -> None:
        """Put one temporary table in the place of another."""
        self.drop(new)
        self.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(table(name), table(new)))
        self._tables[self._tables.index(f"import_{name}")] = f"import_{new}"

    def columns(self, name: str) -> list[tuple[str, str]]:
        """Return names and types of a temporary table's columns."""
        return self.rows(
            sql.SQL(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = {}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
            ).format(sql.Literal(f"pg_temp.import_{name}"))
        )

    def text(self, name: str, **parts: Sql) -> Sql:
        """Return a statement from the `sql` folder with its {names} filled in."""
        names = {"organization": sql.Literal(Unseen(self.organization_id)), **parts}
        return sql.SQL((_SQL / f"{name}.sql").read_text().strip()).format(**names)

    def script(self, name: str, **parts: Sql) -> int:
        """Run a statement from the `sql` folder and return the rows it touched."""
        return self.execute(self.text(name, **parts))

    def warn(self, warning: str, *, instead_of: str = "") -> None:
        """Tell the reader of the result something, once.

        What contains `instead_of` was said of an earlier pass over the rows and is taken back.
        """
        if instead_of:
            self.warnings[:] = [said for said in self.warnings if instead_of not in said]
        if warning and warning not in self.warnings:
            self.warnings.append(warning)


def table(name: str) -> Sql:
    """Return the identifier of a temporary table."""
    return sql.Identifier(f"import_{name}")


@contextlib.contextmanager
def open_workspace(*, organization_id: uuid.UUID, currency: str, zone: str, mapping: Mapping) -> Iterator[Workspace]:
    """Enter inside a transaction. What a failure leaves behind, its rollback removes."""
    with tenant_cursor() as cursor:
        space = Workspace(cursor=cursor, organization_id=organization_id, currency=currency, zone=zone, mapping=mapping)
        # Compiling the long expressions of a mapping costs more than it saves; sorts of whole files want memory.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL client_min_messages = warning")
        cursor.execute((_SQL / "read_instant.sql").read_text())
        yield space
        space.drop_all()
