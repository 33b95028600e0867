"""Refuse what the facts cannot hold: in sets, with the source row and the reason."""

from apps.core.composing import Sql, joined, literals, sql
from apps.core.constraints import EARLIEST, LATEST
from apps.imports.building import key_of, mapped_fields, names_for, source_of
from apps.imports.facts import SQL_TYPES, Fact, FactField, Kind, all_facts
from apps.imports.mapping.schema import FactSpec
from apps.imports.workspace import Workspace, table

_COLUMN_TYPES = {Kind.REFERENCE: "uuid"}


def check_duplicates(space: Workspace, name: str) -> None:
    """Leave out exact repetitions of one-row facts, and refuse rows that give one external id different content."""
    if name == "order_line":
        specs = [spec for spec in space.mapping.specs(name) if not spec.group and spec.key]
    else:
        specs = [spec for spec in space.mapping.specs(name) if not spec.group]
    facts = table(f"fact_{name}")
    if not specs or not space.value(
        sql.SQL("SELECT EXISTS (SELECT FROM {} GROUP BY external_id HAVING count(*) > 1)").format(facts)
    ):
        return
    content = [c for c, _ in space.columns(f"fact_{name}") if c not in ("spec", "file", "line", "id", "origin")]
    space.create_from(
        "repeated",
        sql.SQL(
            "SELECT f.*, md5(ROW({})::text) AS content FROM {} f WHERE external_id IN"
            " (SELECT external_id FROM {} GROUP BY 1 HAVING count(*) > 1)"
        ).format(joined(", ", (sql.Identifier(c) for c in content)), facts, facts),
    )
    for spec in specs:
        if spec.role not in space.roles():
            continue
        number, rows = sql.Literal(spec.number), table(f"row_{spec.role}")
        column = sql.Literal(_header(space, spec, spec.key[0]))
        space.script("repeated_conflicts", role=sql.Literal(spec.role), column=column, spec=number)
        again = space.script("repeated_rows", rows=rows, spec=number)
        if again:
            repeated = "1 row repeats" if again == 1 else f"{again:,} rows repeat"
            left = "was" if again == 1 else "were"
            space.warn(f"{spec.role}: {repeated} an earlier row exactly and {left} left out.")
    space.script("repeated_facts", facts=facts)


def check_fields(space: Workspace, name: str) -> None:
    """Refuse facts with absent, too long, too large or impossible values."""
    fact = all_facts()[name]
    fields = [field for field in mapped_fields(space, fact) if field.kind is not Kind.REFERENCE or field.required]
    wrong = [(field, condition, reason) for field in fields for condition, reason in _limits(field)]
    external_id = sql.Identifier("f", "external_id")
    too_long = sql.SQL("length({}) > 200").format(external_id)
    bad = joined(" OR ", (too_long, *(condition for _, condition, _ in wrong)))
    if not space.value(sql.SQL("SELECT EXISTS (SELECT FROM {} f WHERE {})").format(table(f"fact_{name}"), bad)):
        return
    for spec in space.mapping.specs(name):
        if spec.role not in space.roles():
            continue
        given = [found for found in wrong if found[0].name in spec.fields]
        derived = [found for found in wrong if found[0].name not in spec.fields]
        key = _header(space, spec, spec.key[0]) if spec.key else ""
        id_problem = _problem(key, external_id, too_long, "makes an external id of more than 200 characters")
        for found, further in ((given, True), (derived, False)):
            problems = [
                _problem(_field_header(space, spec, f.name), sql.Identifier("f", f.name), condition, reason)
                for f, condition, reason in found
            ]
            written = space.text(
                "wrong_values",
                facts=table(f"fact_{name}"),
                problems=joined(", ", [*problems, id_problem]),
                spec=sql.Literal(spec.number),
                wrong=bad,
            )
            _reject(space, spec, written, further=further)


def _problem(header: str, value: Sql, condition: Sql, reason: str) -> Sql:
    return sql.SQL("({}, {}::text, CASE WHEN {} THEN {} END)").format(
        sql.Literal(header), value, condition, sql.Literal(reason)
    )


def check_references(space: Workspace, name: str) -> None:
    """Refuse facts that refer to what is neither in the files nor stored, or repeat a name that is taken."""
    fact = all_facts()[name]
    ready = table(f"ready_{name}")
    for field in mapped_fields(space, fact):
        if field.kind is not Kind.REFERENCE:
            continue
        lost = sql.SQL("{} IS NOT NULL AND {} IS NULL").format(
            sql.Identifier("f", field.name), sql.Identifier("f", field.column)
        )
        for spec in space.mapping.specs(name):
            if spec.role in space.roles():
                _reject(
                    space,
                    spec,
                    sql.SQL("SELECT f.file, f.line, f.origin, {}, {}, {} FROM {} f WHERE f.spec = {} AND {}").format(
                        sql.Literal(_field_header(space, spec, field.name)),
                        sql.Identifier("f", field.name),
                        sql.Literal(f"there is no such {field.target}, neither in the files nor stored"),
                        ready,
                        sql.Literal(spec.number),
                        lost,
                    ),
                )
    names = {field.name for field in mapped_fields(space, fact)}
    for unique in fact.unique:
        if set(unique) <= names:
            _check_unique(space, fact, [fact.fields[field] for field in unique])


def _check_unique(space: Workspace, fact: Fact, fields: list[FactField]) -> None:
    same = joined(
        " AND ",
        (sql.SQL("{} = {}").format(sql.Identifier("o", f.column), sql.Identifier("f", f.column)) for f in fields),
    )
    for spec in space.mapping.specs(fact.name):
        if spec.role not in space.roles():
            continue
        _reject(
            space,
            spec,
            space.text(
                "taken_names",
                column=sql.Literal(_field_header(space, spec, fields[0].name)),
                value=sql.Identifier("f", fields[0].name),
                reason=sql.Literal(f"another {fact.name} has this {' and '.join(f.name for f in fields)}"),
                ready=table(f"ready_{fact.name}"),
                spec=sql.Literal(spec.number),
                same=same,
                stored=sql.Identifier(fact.table),
            ),
        )


def check_constraints(space: Workspace, name: str) -> None:
    """Refuse facts that a check constraint of the table would refuse, which would cost the whole import."""
    fact = all_facts()[name]
    mapped = {field.name for field in mapped_fields(space, fact)}
    assumed = [
        sql.SQL(", {}::{} AS {}").format(
            sql.Literal(field.empty),
            sql.SQL(_COLUMN_TYPES.get(field.kind, SQL_TYPES[field.kind])),
            sql.Identifier(field.column),
        )
        for field in fact.fields.values()
        if field.name not in mapped
    ]

    def broken(condition: str) -> Sql:
        return sql.SQL("SELECT * FROM (SELECT r.*{} FROM {} r) f WHERE NOT ({})").format(
            sql.SQL("").join(assumed), table(f"ready_{name}"), sql.SQL(condition.replace("{", "{{").replace("}", "}}"))
        )

    # One pass over the rows says whether any check is broken; mostly none is.
    if not space.value(sql.SQL("SELECT EXISTS ({})").format(broken(" AND ".join(c for c, _ in fact.checks) or "true"))):
        return
    for condition, message in fact.checks:
        for spec in space.mapping.specs(name):
            if spec.role in space.roles():
                found = sql.SQL("SELECT file, line, origin, '', external_id, {} FROM ({}) b WHERE spec = {}").format(
                    sql.Literal(message), broken(condition), sql.Literal(spec.number)
                )
                _reject(space, spec, found, further=False)


def settle_rejections(space: Workspace) -> bool:
    """Mark rows with problems as not ok, and the other rows of their orders with them; False when there is nothing new.

    An order and its lines are taken whole or not at all.
    """
    marked = 0
    for role in space.roles():
        marked += space.execute(
            sql.SQL(
                "UPDATE {} x SET ok = false FROM (SELECT DISTINCT file, line FROM import_problem WHERE role = {}) p"
                " WHERE p.file = x.file AND p.line = x.line AND x.ok"
            ).format(table(f"row_{role}"), sql.Literal(role))
        )
    return marked + _reject_whole_orders(space) > 0


def _reject_whole_orders(space: Workspace) -> int:
    makers = [(spec, key) for spec, key in _order_keys(space) if spec.role in space.roles()]
    if not makers or not space.value(sql.SQL("SELECT EXISTS (SELECT FROM import_problem)")):
        return 0
    broken = joined(
        " UNION ",
        (
            sql.SQL("SELECT {} AS key, r.line FROM {} r WHERE NOT r.ok AND {} IS NOT NULL").format(
                key, table(f"row_{spec.role}"), key
            )
            for spec, key in makers
        ),
    )
    space.create_from("broken", sql.SQL("SELECT key, min(line) AS line FROM ({}) b GROUP BY 1").format(broken))
    found = 0
    for spec, key in makers:
        rows = table(f"row_{spec.role}")
        column = sql.Literal(_header(space, spec, spec.key[0]) if spec.key else "")
        found += space.script("broken_order_rows", role=sql.Literal(spec.role), column=column, key=key, rows=rows)
        space.execute(
            sql.SQL(
                "UPDATE {} r SET ok = false FROM import_broken b"
                " WHERE b.key = {} AND r.ok AND r.row_class <> 'left_out'"
            ).format(rows, key)
        )
    return found


def _order_keys(space: Workspace) -> list[tuple[FactSpec, Sql]]:
    found: dict[str, tuple[FactSpec, Sql]] = {}
    for spec in space.mapping.facts:
        names = names_for(spec)
        if spec.fact == "order":
            found[spec.role] = (spec, key_of(spec, names))
        elif spec.fact == "order_line" and spec.role not in found:
            reference = spec.fields["order"]
            columns = [part.text for part in reference.parts] if reference.op == "key" else [reference.text]
            if not any("." in column for column in columns):
                found[spec.role] = (
                    spec,
                    joined(" || '/' || ", (sql.SQL("{}::text").format(names(c)) for c in columns)),
                )
    return list(found.values())


def _reject(space: Workspace, spec: FactSpec, problems: Sql, *, further: bool = True) -> None:
    """Enter problems, given as file, line, origin, column, value, reason; of a group, every row is refused.

    With `further` False only rows without a problem get one: what is wrong with them follows from what is known.
    """
    if not further:
        problems = space.text("unknown_problems", problems=problems, role=sql.Literal(spec.role))
    if not spec.group:
        space.execute(
            sql.SQL(
                "INSERT INTO import_problem SELECT {}, p.file, p.line, p.source_column, p.value, p.reason"
                " FROM ({}) p(file, line, origin, source_column, value, reason)"
            ).format(sql.Literal(spec.role), problems)
        )
        return
    names = names_for(spec)
    space.execute(
        sql.SQL(
            "INSERT INTO import_problem SELECT {role}, g.file, g.line, p.source_column, p.value, p.reason"
            " FROM ({problems}) p(file, line, origin, source_column, value, reason)"
            " JOIN (SELECT r.file, r.line, {key} AS key {source}) g ON g.key = p.origin"
        ).format(role=sql.Literal(spec.role), problems=problems, key=key_of(spec, names), source=source_of(space, spec))
    )


def _limits(field: FactField) -> list[tuple[Sql, str]]:
    value = sql.Identifier("f", field.name)
    found: list[tuple[Sql, str]] = []
    if field.required:
        found.append((sql.SQL("{} IS NULL").format(value), "is missing"))
    if field.max_length:
        found.append(
            (
                sql.SQL("length({}) > {}").format(value, sql.Literal(field.max_length)),
                f"is longer than {field.max_length} characters",
            )
        )
    if field.choices:
        known = literals(field.choices)
        found.append((sql.SQL("{} NOT IN ({})").format(value, known), f"is none of {', '.join(field.choices)}"))
    if field.minimum is not None:
        below = f"is below {field.minimum.normalize():f}"
        found.append((sql.SQL("{} < {}").format(value, sql.Literal(field.minimum)), below))
    if field.maximum is not None:
        above = f"is above {field.maximum.normalize():f}"
        found.append((sql.SQL("{} > {}").format(value, sql.Literal(field.maximum)), above))
    if field.kind in (Kind.INSTANT, Kind.DATE):
        start, end = (EARLIEST, LATEST) if field.kind is Kind.INSTANT else (EARLIEST.date(), LATEST.date())
        outside = sql.SQL("({0} < {1} OR {0} >= {2})").format(value, sql.Literal(start), sql.Literal(end))
        found.append((outside, f"is not between the years {EARLIEST.year} and {LATEST.year - 1}"))
    if field.digits is not None and field.places is not None:
        limit = sql.Literal(10 ** (field.digits - field.places))
        found.append((sql.SQL("abs({}) >= {}").format(value, limit), "has too many digits"))
    return found


def _header(space: Workspace, spec: FactSpec, column: str) -> str:
    role, _, theirs = column.partition(".")
    owner = space.mapping.files[role if theirs else spec.role]
    headers = owner.columns[theirs or column].headers
    given = {c for file in space.files if file.role == owner.role for c in file.header}
    return next((header for header in headers if header in given), headers[0])


def _field_header(space: Workspace, spec: FactSpec, field: str) -> str:
    expression = spec.fields.get(field)
    columns = list(expression.columns()) if expression else []
    return _header(space, spec, columns[0]) if columns else field
