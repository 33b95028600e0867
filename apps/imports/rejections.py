"""Keep the rejected rows of a run: file, line, column, value, reason, and the row as it came."""

import uuid

from apps.core.composing import joined, sql
from apps.imports.building import seeded_id
from apps.imports.staging import stage_columns
from apps.imports.workspace import Workspace, table


def record_rejections(space: Workspace, run_id: uuid.UUID) -> int:
    """Enter `import_problem` into the rejected rows of the run and return how many source rows were rejected."""
    if not space.value(sql.SQL("SELECT EXISTS (SELECT FROM import_problem)")):
        return 0
    for role in space.roles():
        _record(space, run_id, role)
    return int(space.value(sql.SQL("SELECT count(DISTINCT (role, file, line)) FROM import_problem")))


def _record(space: Workspace, run_id: uuid.UUID, role: str) -> None:
    names = joined(
        ", ",
        (
            sql.SQL("({}, {})").format(sql.Literal(file.number), sql.Literal(file.name[-255:]))
            for file in space.files
            if file.role == role
        ),
    )
    cells = joined(
        ", ",
        (
            sql.SQL("ARRAY[{}, {}]").format(sql.Literal(header), sql.Identifier("s", column))
            for header, column in stage_columns(space, role).items()
        ),
    )
    space.script(
        "record_rejections",
        id=seeded_id(sql.Identifier("s", "id"), sql.SQL("p.source_column || p.reason")),
        run=sql.Literal(str(run_id)),
        cells=cells,
        role=sql.Literal(role),
        stage=table(f"stage_{role}"),
        names=names,
    )
