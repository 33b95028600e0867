"""From staged text to typed rows, each with its class: whole columns at a time."""

from apps.core.composing import Sql, joined, literals, sql
from apps.imports.compose import EXPECTED, condition_sql, expression_sql, raw_value, typed_value
from apps.imports.formats import ISO_FORMATS, compile_format
from apps.imports.mapping.schema import Column, FileSpec, Numbers, Type
from apps.imports.staging import stage_columns
from apps.imports.workspace import Workspace, table

_TIMES = (Type.INSTANT, Type.DATE)


def type_rows(space: Workspace, role: str) -> None:
    """Make `import_row_<role>`: id, file, line, the typed columns, row_class, row_reason, row_amount and ok.

    Rows that are not ok have their reasons in `import_problem`.
    """
    spec = space.mapping.files[role]
    raws = _raw_columns(space, spec)
    for column in spec.columns.values():
        if column.type in _TIMES:
            _read_times(space, role, column, raws[column.name])
    typed = [sql.SQL("{} AS {}").format(_typed(space, column, raws), _name(column)) for column in spec.columns.values()]
    kept = [sql.SQL("{} AS {}").format(raws[name], sql.Identifier(f"raw_{name}")) for name in _doubtful(spec)]
    tests = [sql.SQL("x.problem IS NULL"), *filter(None, map(_test, spec.columns.values()))]
    # OFFSET 0 keeps the planner from reading every cell again for each condition that asks about it.
    inner = sql.SQL("SELECT s.id, s.file, s.line, s.problem, {} FROM {} s {} OFFSET 0").format(
        joined(", ", [*typed, *kept]), table(f"stage_{role}"), _time_joins(spec, raws)
    )
    space.create_from(
        f"row_{role}",
        sql.SQL(
            "SELECT x.id, x.file, x.line, {}, ({}) AS ok, {} AS row_class, {} AS row_reason, {} AS row_amount"
            " FROM ({}) x"
        ).format(
            joined(", ", map(_x, spec.columns)),
            joined(" AND ", tests),
            _class_sql(spec),
            _reason_sql(spec),
            _amount_sql(spec),
            inner,
        ),
    )
    _report(space, spec, raws)
    _warn_about_times(space, spec, raws)


def _x(column: str) -> Sql:
    return sql.Identifier("x", column)


def _name(column: Column) -> Sql:
    return sql.Identifier(column.name)


def _raw_columns(space: Workspace, spec: FileSpec) -> dict[str, Sql]:
    staged = stage_columns(space, spec.role)

    def header_sql(header: str) -> Sql:
        return sql.Identifier("s", staged[header]) if header in staged else sql.SQL("NULL::text")

    return {column.name: raw_value(column, header_sql) for column in spec.columns.values()}


def _times(role: str, column: Column) -> str:
    return f"when_{role}_{column.name}"


def _read_times(space: Workspace, role: str, column: Column, raw: Sql) -> None:
    # Lines of one order share their instant: each text is read once.
    compiled = [compile_format(item) for item in (*column.formats, *ISO_FORMATS)]
    space.create_from(
        _times(role, column),
        sql.SQL(
            "SELECT v.value, t.* FROM (SELECT DISTINCT {} AS value FROM {} s) v,"
            " LATERAL pg_temp.read_instant(v.value, {}, {}, {}) t WHERE v.value IS NOT NULL"
        ).format(
            raw,
            table(f"stage_{role}"),
            sql.SQL("ARRAY[{}]").format(literals(item.pattern for item in compiled)),
            sql.SQL("ARRAY[{}]").format(
                joined(", ", (sql.SQL("ARRAY[{}]").format(literals(item.groups)) for item in compiled))
            ),
            sql.Literal(space.zone),
        ),
    )


def _time_joins(spec: FileSpec, raws: dict[str, Sql]) -> Sql:
    joins = [
        sql.SQL("LEFT JOIN {} {} ON {}.value = {}").format(
            table(_times(spec.role, column)),
            sql.Identifier(f"when_{column.name}"),
            sql.Identifier(f"when_{column.name}"),
            raws[column.name],
        )
        for column in spec.columns.values()
        if column.type in _TIMES
    ]
    return joined(" ", joins)


def _typed(space: Workspace, column: Column, raws: dict[str, Sql]) -> Sql:
    if column.type in _TIMES:
        return sql.Identifier(f"when_{column.name}", "day" if column.type is Type.DATE else "instant")
    return typed_value(column, raws[column.name], currency=space.currency)


def _doubtful(spec: FileSpec) -> list[str]:
    """Name the columns that may be empty but not wrong: for these it matters whether there was any text."""
    return [
        column.name
        for column in spec.columns.values()
        if not column.required and (column.values or column.type is not Type.TEXT)
    ]


def _test(column: Column) -> Sql | None:
    typed = _x(column.name)
    if column.required:
        return sql.SQL("{} IS NOT NULL").format(typed)
    if column.type is Type.TEXT and not column.values:
        return None
    return sql.SQL("({} IS NOT NULL OR {} IS NULL)").format(typed, _x(f"raw_{column.name}"))


def _class_sql(spec: FileSpec) -> Sql:
    whens = [
        sql.SQL("WHEN {} THEN {}").format(condition_sql(rule.condition, _x), sql.Literal(rule.row_class.value))
        for rule in spec.classes
    ]
    default = sql.Literal(spec.default_class.value)
    return (
        sql.SQL("CASE {} ELSE {} END").format(joined(" ", whens), default)
        if whens
        else sql.SQL("{}::text").format(default)
    )


def _reason_sql(spec: FileSpec) -> Sql:
    whens = [
        sql.SQL("WHEN {} THEN {}").format(condition_sql(rule.condition, _x), sql.Literal(rule.reason))
        for rule in spec.classes
    ]
    return sql.SQL("CASE {} ELSE '' END").format(joined(" ", whens)) if whens else sql.SQL("''::text")


def _amount_sql(spec: FileSpec) -> Sql:
    if spec.amount is None:
        return sql.SQL("NULL::numeric")
    return sql.SQL("({})::numeric").format(expression_sql(spec.amount, _x, sql.SQL("NULL")))


def _report(space: Workspace, spec: FileSpec, raws: dict[str, Sql]) -> None:
    staged = stage_columns(space, spec.role)
    problems = [
        sql.SQL("({}, {}, {})").format(
            sql.Literal(next((h for h in column.headers if h in staged), column.headers[0])),
            raws[column.name],
            _problem_sql(column, raws[column.name]),
        )
        for column in spec.columns.values()
    ]
    space.script(
        "problems",
        role=sql.Literal(spec.role),
        stage=table(f"stage_{spec.role}"),
        rows=table(f"row_{spec.role}"),
        times=_time_joins(spec, raws),
        problems=joined(", ", problems),
    )


def _problem_sql(column: Column, raw: Sql) -> Sql:
    typed = _x(column.name)
    missing = sql.Literal("is missing") if column.required else sql.SQL("NULL")
    if column.type in _TIMES:
        wrong: Sql = sql.SQL("{} || {}").format(
            sql.Identifier(f"when_{column.name}", "problem"),
            sql.Literal(f" (expected {' or '.join((*column.formats, 'ISO 8601'))})"),
        )
    else:
        wrong = sql.Literal(_expectation(column))
    return sql.SQL("CASE WHEN {0} IS NULL THEN {1} WHEN {2} IS NULL THEN {3} END").format(raw, missing, typed, wrong)


def _expectation(column: Column) -> str:
    if column.values:
        known = list(column.values)
        return f"is none of the values that the mapping knows: {', '.join(known[:20])}{' …' if len(known) > 20 else ''}"
    written = ""
    if column.type in (Type.AMOUNT, Type.QUANTITY, Type.PRICE) and column.numbers != Numbers():
        numbers = column.numbers
        written = f" (decimal sign “{numbers.decimal}”, thousands “{numbers.thousands}”)"
    return f"is not {EXPECTED[column.type]}{written}"


def _warn_about_times(space: Workspace, spec: FileSpec, raws: dict[str, Sql]) -> None:
    for column in spec.columns.values():
        if column.type not in _TIMES:
            continue
        found = space.rows(
            sql.SQL(
                "SELECT w.warning, count(*), min(s.line) FROM {} s JOIN {} w ON w.value = {}"
                " WHERE w.warning IS NOT NULL GROUP BY 1 ORDER BY 1"
            ).format(table(f"stage_{spec.role}"), table(_times(spec.role, column)), raws[column.name])
        )
        space.warnings.extend(
            f"{spec.role}, {column.headers[0]}: a local time {warning} ({count:,} rows, the first on line {line:,})."
            for warning, count, line in found
        )
