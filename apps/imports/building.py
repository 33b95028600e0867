"""From typed rows to facts in temporary tables: `import_fact_<fact>`, one row a fact, references still external ids."""

from collections.abc import Iterable

from apps.core.composing import Sql, identifiers, joined, literals, sql
from apps.imports.compose import Names, condition_sql, expression_sql, key_sql
from apps.imports.facts import SQL_TYPES, Fact, FactField, Kind, all_facts
from apps.imports.mapping.schema import Expression, FactSpec, RowClass
from apps.imports.workspace import Workspace, table

# Where a fact came from: the specification, the first row, the key before an order was split, the class of the row.
_ORIGIN = (
    ("spec", "smallint"),
    ("file", "integer"),
    ("line", "bigint"),
    ("id", "uuid"),
    ("external_id", "text"),
    ("origin", "text"),
    ("row_class", "text"),
)
LINE_EXTRAS = ("delivery_fee", "tax", "tip", "discount")
_ORDER_ALWAYS = (
    "number",
    "partner",
    "basket_reference",
    "status",
    "accepted_at",
    "picked_up_at",
    "processed_at",
    "delivered_at",
    "completed_at",
    "cancelled_at",
    "subtotal",
    "discount",
    "tax",
    "delivery_fee",
    "tip",
    "total",
)


def mapped_fields(space: Workspace, fact: Fact) -> list[FactField]:
    """Return the fields that the mapping, or Bellwether itself, fills: the others keep what is stored."""
    specs = [spec for spec in space.mapping.specs(fact.name) if spec.role in space.roles()]
    named = {name for spec in specs for name in spec.fields}
    if fact.name == "order":
        named.update(_ORDER_ALWAYS)
        if any("source_status" in spec.fields for spec in specs) or space.mapping.mirror:
            named.add("source_status")
    if fact.name == "order_line":
        named.update(("order", "total"))
    return [field for field in fact.fields.values() if field.name in named]


def build_fact(space: Workspace, name: str) -> None:
    """Make `import_fact_<name>` from the rows that are good."""
    fact = all_facts()[name]
    specs = [spec for spec in space.mapping.specs(name) if spec.role in space.roles()]
    columns = [*_ORIGIN, *((field.name, SQL_TYPES[field.kind]) for field in mapped_fields(space, fact))]
    if name == "order_line":
        columns += [("partner", "text"), *((extra, "numeric") for extra in LINE_EXTRAS)]
    space.create(f"fact_{name}", columns)
    for spec in specs:
        if spec.group:
            _insert_groups(space, fact, spec)
        else:
            _insert_rows(space, fact, spec, seeded=len(specs) > 1)
    space.analyze(f"fact_{name}")


def key_of(spec: FactSpec, names: Names) -> Sql:
    """Return the external id that a row gives its fact."""
    return key_sql([names(column) for column in spec.key])


def names_for(spec: FactSpec) -> Names:
    """Return how a column of the specification's file, or of one joined to it, is written in SQL."""

    def name(column: str) -> Sql:
        role, _, theirs = column.partition(".")
        return sql.Identifier(f"join_{role}", theirs) if theirs else sql.Identifier("r", column)

    return name


def source_of(space: Workspace, spec: FactSpec) -> Sql:
    """Return FROM and WHERE of the rows that the specification turns into facts."""
    names = names_for(spec)
    conditions = [sql.SQL("r.ok")]
    if spec.classes:
        conditions.append(sql.SQL("r.row_class IN ({})").format(literals(c.value for c in spec.classes)))
    else:
        conditions.append(sql.SQL("r.row_class <> {}").format(sql.Literal(RowClass.LEFT_OUT.value)))
    if spec.condition:
        conditions.append(condition_sql(spec.condition, names))
    if spec.key:
        conditions.append(sql.SQL("{} IS NOT NULL").format(key_of(spec, names)))
    return sql.SQL("FROM {} r {} WHERE {}").format(
        table(f"row_{spec.role}"), _joins(space, spec), joined(" AND ", conditions)
    )


def _joins(space: Workspace, spec: FactSpec) -> Sql:
    used = {column.partition(".")[0] for column in _columns_used(spec) if "." in column}
    parts = []
    for role, join in space.mapping.files[spec.role].joins.items():
        if role not in used:
            continue
        keys = [sql.Identifier(theirs) for theirs in join.on.values()]
        alias = sql.Identifier(f"join_{role}")
        on = [
            sql.SQL("{} = {}").format(sql.Identifier(f"join_{role}", theirs), sql.Identifier("r", ours))
            for ours, theirs in join.on.items()
        ]
        if space.has(f"row_{role}"):
            source = sql.SQL("(SELECT DISTINCT ON ({0}) * FROM {1} WHERE ok ORDER BY {0}, file, line)").format(
                joined(", ", keys), table(f"row_{role}")
            )
        else:
            empty = [
                sql.SQL("NULL::{} AS {}").format(sql.SQL("text"), sql.Identifier(c))
                for c in space.mapping.files[role].columns
            ]
            source = sql.SQL("(SELECT {} WHERE false)").format(joined(", ", empty))
        parts.append(sql.SQL("LEFT JOIN {} {} ON {}").format(source, alias, joined(" AND ", on)))
    return joined(" ", parts)


def _columns_used(spec: FactSpec) -> Iterable[str]:
    yield from spec.key
    for expression in spec.fields.values():
        yield from expression.columns()


def _field_sql(fact: Fact, name: str, expression: Expression, names: Names) -> Sql:
    value = expression_sql(expression, names, sql.SQL("r.row_class"))
    field = fact.fields.get(name)
    if field is None:
        return sql.SQL("({})::{}").format(value, sql.SQL("text" if name == "partner" else "numeric"))
    if field.kind is Kind.NUMBER and field.places is not None:
        return sql.SQL("round(({})::numeric, {})").format(value, sql.Literal(field.places))
    return sql.SQL("({})::{}").format(value, sql.SQL(SQL_TYPES[field.kind]))


def _id_sql(spec: FactSpec, *, seeded: bool) -> Sql:
    # One source row can become several facts of a kind; each specification then derives a key of its own.
    return seeded_id(sql.SQL("r.id"), sql.Literal(f"{spec.number}")) if seeded else sql.SQL("r.id")


def seeded_id(seed: Sql, salt: Sql) -> Sql:
    """Return a UUIDv7 with the time of the seed, made from seed and salt."""
    return sql.SQL(
        "(left({0}::text, 20) || left(md5({0}::text || {1}), 3) || '-' || right(md5({0}::text || {1}), 12))::uuid"
    ).format(seed, salt)


def _insert_rows(space: Workspace, fact: Fact, spec: FactSpec, *, seeded: bool) -> None:
    names = names_for(spec)
    fields = {name: _field_sql(fact, name, expression, names) for name, expression in spec.fields.items()}
    if fact.name == "order_line" and "total" not in fields:
        fields["total"] = sql.SQL("round({} * {}, 2)").format(
            fields.get("quantity", sql.SQL("1")), fields.get("unit_price", sql.SQL("0"))
        )
    key = key_of(spec, names) if spec.key else sql.SQL("NULL::text")
    query = sql.SQL("SELECT {}, r.file, r.line, {} AS id, {} AS external_id, {} AS origin, r.row_class{} {}").format(
        sql.Literal(spec.number),
        _id_sql(spec, seeded=seeded),
        key,
        key,
        sql.SQL("").join(sql.SQL(", {} AS {}").format(value, sql.Identifier(name)) for name, value in fields.items()),
        source_of(space, spec),
    )
    if not spec.key:
        query = _keyed_by_content(
            space, query, [name for name in fields if name not in ("order", "total")], list(fields)
        )
    _insert(space, fact, list(fields), query)


def _keyed_by_content(space: Workspace, rows: Sql, content: list[str], fields: list[str]) -> Sql:
    told = (sql.SQL("COALESCE({}::text, '')").format(sql.Identifier(name)) for name in content)
    return space.text("keyed_by_content", rows=rows, told=joined(", ", told), fields=identifiers(fields))


def _insert_groups(space: Workspace, fact: Fact, spec: FactSpec) -> None:
    names = names_for(spec)
    key = key_of(spec, names)
    values = {name: _field_sql(fact, name, expression, names) for name, expression in spec.fields.items()}
    firsts = [name for name, expression in spec.fields.items() if not expression.is_aggregate]
    sums = [name for name in values if name not in firsts]
    first = space.text(
        "group_first",
        key=key,
        number=sql.Literal(spec.number),
        id=_id_sql(spec, seeded=len(space.mapping.specs(fact.name)) > 1),
        fields=_aliased(firsts, values),
        source=source_of(space, spec),
    )
    origin = ["spec", "file", "line", "id", "key", "row_class"]
    taken = joined(
        ", ", (sql.Identifier("f", n) for n in ("spec", "file", "line", "id", "key", "key", "row_class", *firsts))
    )
    query = sql.SQL("SELECT {}{} FROM ({}) f({})").format(
        taken,
        sql.SQL("").join(sql.SQL(", g.{}").format(sql.Identifier(name)) for name in sums),
        first,
        identifiers([*origin, *firsts]),
    )
    if sums:
        summed = sql.SQL("SELECT {} AS key{} {} GROUP BY 1").format(key, _aliased(sums, values), source_of(space, spec))
        query = sql.SQL("{} JOIN ({}) g ON g.key = f.key").format(query, summed)
    _insert(space, fact, [*firsts, *sums], query)


def _aliased(names: list[str], values: dict[str, Sql]) -> Sql:
    return sql.SQL("").join(sql.SQL(", {} AS {}").format(values[name], sql.Identifier(name)) for name in names)


def _insert(space: Workspace, fact: Fact, fields: list[str], query: Sql) -> None:
    columns = joined(", ", (sql.Identifier(name) for name in (*(n for n, _ in _ORIGIN), *fields)))
    space.execute(sql.SQL("INSERT INTO {} ({}) {}").format(table(f"fact_{fact.name}"), columns, query))
