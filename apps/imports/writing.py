"""From temporary facts to stored ones: what is new, what differs, and one statement a fact to write it."""

import json
from typing import Any

from apps.core.composing import Sql, identifiers, joined, sql
from apps.imports.building import mapped_fields
from apps.imports.facts import Fact, FactField, Kind, all_facts, money_field
from apps.imports.results import FactOutcome
from apps.imports.workspace import Workspace, table

SAMPLE_ROWS = 10
MANY_ROWS = 1000
_MONEY = ("payment", "refund")


def resolve(space: Workspace, name: str) -> None:
    """Make `import_ready_<fact>`: final ids, references resolved, and the outcome new, updated or unchanged.

    A row of the outcome says nothing before `check_references` found that every reference was.
    """
    fact = all_facts()[name]
    fields = mapped_fields(space, fact)
    keeps = [sql.Literal(spec.number) for spec in space.mapping.specs(name) if spec.keep]
    kept = sql.SQL("f.spec IN ({})").format(joined(", ", keeps)) if keeps else sql.SQL("false")
    plain = [field for field in fields if field.kind is not Kind.REFERENCE]
    references = [field for field in fields if field.kind is Kind.REFERENCE]
    selected = [*map(_value, plain), *map(_reference, references)]
    selected += [sql.SQL("{} AS {}").format(sql.Identifier("t", field.column), _old(field)) for field in fields]
    now = sql.SQL("ROW({})").format(joined(", ", (sql.Identifier(field.column) for field in fields)))
    before = sql.SQL("ROW({})").format(joined(", ", map(_old, fields)))
    names = ["spec", "file", "line", "origin", "row_class", "external_id", "id"]
    names += [field.name for field in fields] + [field.column for field in references]
    space.create_from(
        f"ready_{name}",
        space.text(
            "resolve",
            names=identifiers(names),
            same=sql.SQL("{} IS NOT DISTINCT FROM {}").format(now, before),
            kept=kept,
            selected=sql.SQL("").join(sql.SQL(", {}").format(part) for part in selected),
            facts=table(f"fact_{name}"),
            stored=sql.Identifier(fact.table),
            references=joined(" ", (_reference_joins(space, field) for field in references)),
        ),
    )


def write_fact(space: Workspace, name: str) -> FactOutcome:
    """Write what is new or differs in one statement, and count."""
    fact = all_facts()[name]
    fields = mapped_fields(space, fact)
    written = {field.name for field in fields}
    others = [f for f in fact.fields.values() if f.name not in written and f.empty is not None]
    organization = sql.Literal(str(space.organization_id))
    columns = ["id", "organization_id", "external_id", "created_at", "updated_at"]
    columns += [field.column for field in fields] + [field.column for field in others]
    values = [sql.SQL("id, {}, external_id, now(), now()").format(organization)]
    values += [sql.Identifier(field.column) for field in fields] + [sql.Literal(field.empty) for field in others]
    outcome = _count(space, fact)
    space.execute(
        sql.SQL(
            "INSERT INTO {} AS t ({}) SELECT {} FROM {} WHERE outcome <> 'unchanged'"
            " ON CONFLICT (organization_id, external_id) {}"
        ).format(
            sql.Identifier(fact.table),
            joined(", ", (sql.Identifier(column) for column in columns)),
            joined(", ", values),
            table(f"ready_{name}"),
            _on_conflict(space, fact, fields),
        )
    )
    if outcome.new + outcome.updated >= MANY_ROWS:
        space.analyze_stored(fact.table)
    return outcome


def prepare_statistics(space: Workspace, names: list[str]) -> None:
    """Have the planner look at stored tables that nobody has looked at: with a guess of one row it would crawl."""
    for name in names:
        stored = all_facts()[name].table
        if (
            space.value(sql.SQL("SELECT reltuples FROM pg_class WHERE oid = {}::regclass").format(sql.Literal(stored)))
            < 0
        ):
            space.analyze_stored(stored)


def remove_stale(space: Workspace, outcomes: dict[str, FactOutcome]) -> None:
    """Remove what the orders of the files had before and have no more: an order in the files is replaced whole."""
    if not space.has("ready_order"):
        return
    known = space.value(sql.SQL("SELECT EXISTS (SELECT FROM import_ready_order WHERE outcome <> 'new')"))
    if known and space.has("ready_order_line"):
        outcomes["order_line"].removed = space.script("remove_stale_lines")
    for name in _MONEY:
        if known and space.has(f"ready_{name}"):
            outcomes[name].removed = _remove_money(space, "remove_stale_money", name)
    if space.mapping.split:
        space.create_from("stale_order", space.text("stale_orders"))
        if space.value(sql.SQL("SELECT EXISTS (SELECT FROM import_stale_order)")):
            _remove_orders(space, outcomes)


def _remove_money(space: Workspace, script: str, name: str) -> int:
    return space.script(script, stored=sql.Identifier(all_facts()[name].table), ready=table(f"ready_{name}"))


def _remove_orders(space: Workspace, outcomes: dict[str, FactOutcome]) -> None:
    """Remove orders that their basket no longer has; what others say about them goes to what is left of the basket."""
    organization = sql.Literal(str(space.organization_id))
    removed = sql.SQL("DELETE FROM {} t USING import_stale_order s WHERE t.organization_id = {} AND {} = s.id")
    for name in _MONEY:
        if space.has(f"ready_{name}"):
            outcomes[name].removed += _remove_money(space, "remove_money_of_stale_orders", name)
    for name, column in (("order_line", "order_id"), ("order", "id")):
        if name == "order":
            _hand_over(space, organization)
        counted = outcomes.setdefault(name, FactOutcome(fact=name))
        counted.removed += space.execute(
            removed.format(sql.Identifier(all_facts()[name].table), organization, sql.Identifier("t", column))
        )


def _hand_over(space: Workspace, organization: Sql) -> None:
    for name in ("payment", "refund", "review", "order_issue"):
        space.execute(
            sql.SQL(
                "UPDATE {} t SET order_id = s.heir_id, updated_at = now() FROM import_stale_order s"
                " WHERE t.organization_id = {} AND t.order_id = s.id"
            ).format(sql.Identifier(all_facts()[name].table), organization)
        )


def sample(space: Workspace, names: list[str]) -> list[dict[str, Any]]:
    """Return the first few facts that would be new or differ."""
    found: list[dict[str, Any]] = []
    for name in names:
        rows = space.rows(
            sql.SQL(
                "SELECT (to_jsonb(r) - ARRAY['spec', 'origin', 'row_class', 'file'])::text FROM (SELECT * FROM {}"
                " WHERE outcome <> 'unchanged' ORDER BY file, line, external_id LIMIT {}) r"
            ).format(table(f"ready_{name}"), sql.Literal(SAMPLE_ROWS))
        )
        found.extend({"fact": name, **json.loads(row)} for (row,) in rows)
    return found


def _count(space: Workspace, fact: Fact) -> FactOutcome:
    outcome = FactOutcome(fact=fact.name)
    for name, count in space.rows(
        sql.SQL("SELECT outcome, count(*) FROM {} GROUP BY 1").format(table(f"ready_{fact.name}"))
    ):
        setattr(outcome, name, count)
    money = money_field(fact.name)
    if money and money in {field.name for field in mapped_fields(space, fact)}:
        outcome.amount = space.value(
            sql.SQL("SELECT COALESCE(sum({}), 0) FROM {}").format(sql.Identifier(money), table(f"ready_{fact.name}"))
        )
    return outcome


def _on_conflict(space: Workspace, fact: Fact, fields: list[FactField]) -> Sql:
    if not fields or all(spec.keep for spec in space.mapping.specs(fact.name)):
        return sql.SQL("DO NOTHING")
    columns = [sql.Identifier(field.column) for field in fields]
    return sql.SQL("DO UPDATE SET {}, updated_at = EXCLUDED.updated_at WHERE ROW({}) IS DISTINCT FROM ROW({})").format(
        joined(", ", (sql.SQL("{0} = EXCLUDED.{0}").format(column) for column in columns)),
        joined(", ", (sql.SQL("t.{}").format(column) for column in columns)),
        joined(", ", (sql.SQL("EXCLUDED.{}").format(column) for column in columns)),
    )


def _old(field: FactField) -> Sql:
    return sql.Identifier(f"old_{field.column}")


def _value(field: FactField) -> Sql:
    value = sql.Identifier("f", field.name)
    if field.empty is not None:
        value = sql.SQL("COALESCE({}, {})").format(value, sql.Literal(field.empty))
    return sql.SQL("{} AS {}").format(value, sql.Identifier(field.name))


def _reference(field: FactField) -> Sql:
    return sql.SQL("{} AS {}, COALESCE({}, {}) AS {}").format(
        sql.Identifier("f", field.name),
        sql.Identifier(field.name),
        sql.Identifier(f"stored_{field.name}", "id"),
        sql.Identifier(f"given_{field.name}", "id"),
        sql.Identifier(field.column),
    )


def _reference_joins(space: Workspace, field: FactField) -> Sql:
    target = all_facts()[field.target]
    has_given = space.has(f"fact_{field.target}") and space.mapping.specs(field.target)
    nothing = sql.SQL("(SELECT NULL::uuid AS id, NULL AS external_id)")
    return space.text(
        "reference",
        target=sql.Identifier(target.table),
        stored=sql.Identifier(f"stored_{field.name}"),
        reference=sql.Identifier("f", field.name),
        source=table(f"fact_{field.target}") if has_given else nothing,
        given=sql.Identifier(f"given_{field.name}"),
    )
