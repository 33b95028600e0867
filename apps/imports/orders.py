"""What orders need beyond one row, one fact: totals from lines, baskets over several partners, mirrored refunds."""

from apps.core.composing import Sql, joined, literals, sql
from apps.imports.building import LINE_EXTRAS, seeded_id
from apps.imports.compose import key_sql
from apps.imports.facts import all_facts
from apps.imports.mapping.schema import Mirror, RowClass
from apps.imports.workspace import Workspace, table

_SHARED = ("discount", "tax", "delivery_fee", "tip", "total")
_REPLACED = (
    "id",
    "external_id",
    "origin",
    "number",
    "partner",
    "basket_reference",
    "subtotal",
    *_SHARED,
    "status",
    "accepted_at",
    "completed_at",
    "cancelled_at",
)
# Facts of one order that are divided among its parts, and facts that stay whole and go to the largest part.
_DIVIDED = ("payment", "refund")
_WHOLE = ("review", "order_issue")


def finish_orders(space: Workspace) -> None:
    """Total the orders, divide baskets by partner if the mapping says so, and settle their instants."""
    if not space.has("fact_order_line"):
        amounts = [("total", "numeric"), *((name, "numeric") for name in LINE_EXTRAS)]
        space.create("fact_order_line", [("order", "text"), ("partner", "text"), *amounts])
    split = space.mapping.split
    partner = sql.SQL("partner") if split else sql.SQL("NULL::text")
    space.create_from("part", space.text("order_parts", partner=partner))
    _share_basket_amounts(space)
    _warn_about_instants(space)
    columns = [name for name, _ in space.columns("fact_order") if name not in _REPLACED]
    space.create_from(
        "finished",
        space.text(
            "orders_from_parts",
            kept=joined(", ", (sql.Identifier("o", name) for name in columns)),
            part_id=seeded_id(sql.SQL("o.id"), sql.SQL("p.k::text")),
            split=sql.Literal(split),
        ),
    )
    space.rename("finished", "fact_order")
    if split:
        space.execute(
            sql.SQL(
                'UPDATE import_fact_order_line l SET "order" = o.external_id FROM import_fact_order o WHERE'
                ' o.origin = l."order" AND o.partner IS NOT DISTINCT FROM l.partner AND o.external_id <> o.origin'
            )
        )


def _share_basket_amounts(space: Workspace) -> None:
    space.create_from("to_share", space.text("to_share_baskets"))
    space.create_from("share", space.text("share_amounts"))


def _warn_about_instants(space: Workspace) -> None:
    for status in ("completed", "cancelled"):
        count = space.value(
            sql.SQL("SELECT count(*) FROM import_fact_order WHERE status = {} AND {} IS NULL").format(
                sql.Literal(status), sql.Identifier(f"{status}_at")
            )
        )
        said = f"not say when {status}: the last instant that is known of"
        some = f"1 {status} order does {said} it" if count == 1 else f"{count:,} {status} orders do {said} each"
        space.warn(f"{some} was taken." if count else "", instead_of=said)


def divide_facts_of_orders(space: Workspace) -> None:
    """Give each part of a divided basket its share of payments and refunds; reviews go to the largest part."""
    space.create_from(
        "largest_part",
        sql.SQL(
            "SELECT DISTINCT ON (origin) origin, external_id FROM import_fact_order WHERE external_id <> origin"
            " ORDER BY origin, total DESC, external_id"
        ),
    )
    for fact in (*_DIVIDED, *_WHOLE):
        if not space.has(f"fact_{fact}"):
            continue
        if fact in _DIVIDED:
            _divide(space, fact)
        else:
            space.execute(
                sql.SQL(
                    'UPDATE {} f SET "order" = p.external_id FROM import_largest_part p WHERE p.origin = f."order"'
                ).format(table(f"fact_{fact}"))
            )


def _divide(space: Workspace, fact: str) -> None:
    facts = table(f"fact_{fact}")
    space.create_from("to_share", space.text("to_share_facts", facts=facts))
    space.create_from("share", space.text("share_amounts"))
    columns = [
        name for name, _ in space.columns(f"fact_{fact}") if name not in ("id", "external_id", "order", "amount")
    ]
    space.create_from(
        "divided",
        space.text(
            "divided_facts",
            kept=joined(", ", (sql.Identifier("f", name) for name in columns)),
            id=seeded_id(sql.SQL("f.id"), sql.SQL("t.k::text")),
            facts=facts,
        ),
    )
    space.rename("divided", f"fact_{fact}")


def mirror_refunds(space: Workspace, mirror: Mirror) -> None:
    """Cancel the orders that a refund repeats whole; the refund's rows become cancellations."""
    role = space.mapping.specs("order")[0].role
    rows = _refund_rows(role, mirror)
    window = sql.Literal(f"{mirror.within_days} days")
    space.create_from("mirror_refund", space.text("mirror_refunds", rows=rows))
    space.create_from("mirror_candidate", space.text("mirror_candidates", rows=rows, window=window))
    columns = [("key", "text"), ("external_id", "text"), ("stored_id", "uuid"), ("refunded_at", "timestamptz")]
    space.create("mirror_pair", columns)
    while space.script("mirror_pairs"):
        pass
    space.script("mirror_orders")
    space.script("mirror_remembered")
    cancelled = space.execute(
        sql.SQL(
            "UPDATE {} r SET row_class = {} WHERE r.row_class = {} AND {} IN (SELECT key FROM import_mirror_pair)"
        ).format(
            table(f"row_{role}"),
            sql.Literal(RowClass.CANCELLATION.value),
            sql.Literal(RowClass.REFUND.value),
            _key("r", mirror.key),
        )
    )
    if cancelled:
        orders = space.value(sql.SQL("SELECT count(*) FROM import_mirror_pair"))
        space.warn(
            f"{orders:,} orders were taken back whole within {mirror.within_days} days ({cancelled:,} lines):"
            " they are cancelled, not refunded."
        )


def _refund_rows(role: str, mirror: Mirror) -> Sql:
    return sql.SQL(
        "SELECT {} AS key, {} AS customer, {} AS product, {} AS quantity, {} AS price, {} AS instant"
        " FROM {} r WHERE r.ok AND r.row_class IN ({}) AND {} IS NOT NULL"
    ).format(
        _key("r", mirror.key),
        _key("r", mirror.customer),
        _key("r", mirror.product),
        sql.Identifier("r", mirror.quantity),
        sql.Identifier("r", mirror.price),
        sql.Identifier("r", mirror.instant),
        table(f"row_{role}"),
        literals((RowClass.REFUND.value, RowClass.CANCELLATION.value)),
        _key("r", mirror.customer),
    )


def _key(alias: str, columns: tuple[str, ...]) -> Sql:
    return key_sql([sql.Identifier(alias, column) for column in columns])


def order_facts() -> list[str]:
    """Return the facts that refer to an order, besides its lines."""
    return [name for name, fact in all_facts().items() if "order" in fact.fields and name != "order_line"]
