"""From files to staged text: which file has which role, then COPY."""

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.core.copying import copy_texts
from apps.core.identifiers import new_id
from apps.imports.errors import FileError
from apps.imports.mapping.schema import FileSpec, Mapping
from apps.imports.readers import Table, open_table
from apps.imports.workspace import StagedFile, Workspace


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to import: where it lies and what it is called."""

    path: Path
    name: str


Report = Callable[[float, int], None]


def stage_files(space: Workspace, files: Sequence[SourceFile], report: Report) -> int:
    """COPY every row of every file into `import_stage_<role>` and return how many there were.

    A stage table has id, file, line, what the reader refused (problem_column, problem), and c1, c2, ... for the role's
    columns. `report` is told the share of bytes read and the rows so far.

    Raises:
        FileError: a file cannot be read, has no role, or lacks a required column; a required file is absent.

    """
    assigned = [(file, *_role_of(space.mapping, file)) for file in files]
    for spec in space.mapping.files.values():
        if spec.required and not any(role == spec.role for _, role, _ in assigned):
            raise FileError(
                f"The file for “{spec.role}” is missing: expected a name like {' or '.join(spec.patterns)}."
            )
    total = sum(file.path.stat().st_size for file in files) or 1
    done = rows = 0
    for role in space.mapping.files:
        own = [(file, header) for file, given, header in assigned if given == role]
        if not own:
            continue
        columns = list(dict.fromkeys(column for _, header in own for column in header if column))
        _create_stage(space, role, columns)
        for file, header in own:
            number = len(space.files) + 1
            space.files.append(StagedFile(number, file.name, role, tuple(header)))
            _warn_about_columns(space, file, header, space.mapping.files[role])

            def tell(read: int, count: int, before: int = done, so_far: int = rows) -> None:
                report(min(1.0, (before + read) / total), so_far + count)

            with _open(space.mapping, space.mapping.files[role], file) as opened:
                rows += _copy(space, role, columns, number, opened, tell)
            done += file.path.stat().st_size
        space.analyze(f"stage_{role}")
    return rows


def stage_columns(space: Workspace, role: str) -> dict[str, str]:
    """Return the stage table's column for each header of a role's files."""
    headers = dict.fromkeys(c for file in space.files if file.role == role for c in file.header if c)
    return {header: f"c{number}" for number, header in enumerate(headers, 1)}


def _role_of(mapping: Mapping, file: SourceFile) -> tuple[str, list[str]]:
    """Find the role by the file's name, else by its columns.

    Raises:
        FileError: a required column is absent, or the columns leave open which role is meant.

    """
    base = Path(file.name).name.lower()
    named = [
        spec
        for spec in mapping.files.values()
        if any(pattern != "*" and fnmatch.fnmatchcase(base, pattern.lower()) for pattern in spec.patterns)
    ]
    candidates = named if len(named) == 1 else list(mapping.files.values())
    with ExitStack() as stack:
        opened = stack.enter_context(_open(mapping, candidates[0] if len(candidates) == 1 else None, file))
        header = opened.header
    # Whether its required columns are there must not decide: orders with a misspelt column would pass for customers.
    known = {spec.role: len(_known_headers(spec) & set(header)) for spec in candidates}
    meant = [spec for spec in candidates if known[spec.role] == max(known.values())]
    fitting = [spec for spec in meant if not _missing(spec, header)]
    if len(fitting) == 1:
        return fitting[0].role, header
    if fitting:
        raise FileError(
            f"The columns of {file.name} fit {_listed(spec.role for spec in fitting)} of the mapping “{mapping.name}”. "
            f"Give it the name of the one that is meant, like {' or '.join(spec.patterns[0] for spec in fitting)}."
        )
    if len(meant) == 1:
        lacking = _missing(meant[0], header)
        raise FileError(
            f"{file.name} has no column {lacking[0]}. It has {', '.join(c for c in header if c)}; "
            f"for {meant[0].role} the mapping “{mapping.name}” needs {', '.join(_needed(meant[0]))}."
        )
    raise FileError(
        f"{file.name} fits none of the files that the mapping “{mapping.name}” reads: {', '.join(mapping.files)}."
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}"


def _open(mapping: Mapping, spec: FileSpec | None, file: SourceFile) -> Any:
    specs = [spec] if spec else list(mapping.files.values())
    known = set().union(*(_known_headers(one) for one in specs))
    decimals = {column.numbers.decimal for one in specs for column in one.columns.values()}
    return open_table(
        file.path,
        name=file.name,
        encoding=mapping.encoding,
        known_columns=known,
        decimal="," if decimals == {","} else ".",
    )


def _known_headers(spec: FileSpec) -> set[str]:
    return {header for column in spec.columns.values() for header in column.headers}


def _needed(spec: FileSpec) -> list[str]:
    return [f"“{' or '.join(column.headers)}”" for column in spec.columns.values() if column.required]


def _missing(spec: FileSpec, header: list[str]) -> list[str]:
    return [
        f"“{' or '.join(column.headers)}”"
        for column in spec.columns.values()
        if column.required and not set(column.headers) & set(header)
    ]


def _warn_about_columns(space: Workspace, file: SourceFile, header: list[str], spec: FileSpec) -> None:
    unknown = [column for column in header if column and column not in _known_headers(spec)]
    if "organization_id" in unknown:
        unknown.remove("organization_id")
        space.warnings.append(
            f"{file.name}: the column organization_id was ignored; rows go to the organization that imports them."
        )
    if unknown:
        space.warnings.append(f"{file.name}: columns that the mapping does not read: {', '.join(unknown[:40])}.")


def _create_stage(space: Workspace, role: str, columns: list[str]) -> None:
    space.create(
        f"stage_{role}",
        [
            ("id", "uuid"),
            ("file", "integer"),
            ("line", "bigint"),
            ("problem_column", "text"),
            ("problem", "text"),
            *((f"c{number}", "text") for number in range(1, len(columns) + 1)),
        ],
    )


def _copy(
    space: Workspace, role: str, columns: list[str], number: int, opened: Table, tell: Callable[[int, int], None]
) -> int:
    places = [opened.header.index(column) if column in opened.header else None for column in columns]
    as_is = places == list(range(len(opened.header)))

    written = str(number)

    def staged() -> Iterator[tuple[str | None, ...]]:
        for count, row in enumerate(opened.rows()):
            if count % 5000 == 0:
                tell(opened.read_bytes, count)
            values = row.values if as_is else [None if p is None else row.values[p] for p in places]
            yield (str(new_id()), written, str(row.line), row.column or None, row.problem or None, *values)

    names = ["id", "file", "line", "problem_column", "problem", *(f"c{n}" for n in range(1, len(columns) + 1))]
    return copy_texts(space.cursor, f"import_stage_{role}", names, staged())
