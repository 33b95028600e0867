"""Account for every source line: its class, what it says, and what the database keeps of it."""

from collections import defaultdict
from decimal import Decimal

from apps.core.composing import sql
from apps.imports.building import LINE_EXTRAS
from apps.imports.facts import all_facts
from apps.imports.mapping.schema import FactSpec, RowClass
from apps.imports.results import ClassOutcome
from apps.imports.workspace import Workspace, table

_ORDER_AMOUNTS = ("delivery_fee", "tax", "tip", "discount")
_REFUNDING = (RowClass.REFUND, RowClass.DISCOUNT, RowClass.ADJUSTMENT, RowClass.FEE)


def reconcile(space: Workspace) -> list[ClassOutcome]:
    """Return the classes of the source lines, with the stored amounts read back from the tables themselves."""
    found = _classes(space)
    stored = _stored(space)
    for outcome in found:
        key = (outcome.role, outcome.name)
        if key in stored:
            outcome.stored = stored.pop(key)
    return found


def _classes(space: Workspace) -> list[ClassOutcome]:
    found: list[ClassOutcome] = []
    order = list(RowClass)
    for role in space.roles():
        rows = space.rows(
            sql.SQL(
                "SELECT CASE WHEN ok THEN row_class ELSE 'rejected' END, CASE WHEN ok THEN row_reason ELSE '' END,"
                " count(*), COALESCE(sum(row_amount), 0) FROM {} GROUP BY 1, 2"
            ).format(table(f"row_{role}"))
        )
        rows.sort(key=lambda row: (order.index(row[0]) if row[0] in order else len(order), row[1]))
        found.extend(
            ClassOutcome(role=role, name=name, reason=reason, rows=count, raw=Decimal(raw))
            for name, reason, count, raw in rows
        )
    return found


def _stored(space: Workspace) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    has_lines = bool([spec for spec in space.mapping.specs("order_line") if spec.role in space.roles()])
    for spec in space.mapping.facts:
        if spec.role not in space.roles() or space.mapping.files[spec.role].amount is None:
            continue
        default = space.mapping.files[spec.role].default_class
        if spec.fact == "order_line":
            _add(space, sums, spec, "total", 1)
            for extra in LINE_EXTRAS:
                if extra in spec.fields:
                    sign = -1 if extra == "discount" else 1
                    sums[spec.role, default.value] += sign * _order_sum(space, extra)
        elif spec.fact == "order":
            if not has_lines:
                _add(space, sums, spec, "total", 1)
            for name in _ORDER_AMOUNTS:
                expression = spec.fields.get(name)
                if expression is not None and expression.op == "sum" and expression.classes:
                    sign = -1 if name == "discount" else 1
                    sums[spec.role, expression.classes[0].value] += sign * _order_sum(space, name)
        elif spec.fact == "refund" and set(spec.classes) & set(_REFUNDING):
            _add(space, sums, spec, "amount", -1)
        elif spec.fact == "payment" and default is RowClass.PAYMENT:
            _add(space, sums, spec, "amount", 1)
    if space.mapping.mirror and space.has("mirror_pair"):
        role = space.mapping.specs("order")[0].role
        sums[role, RowClass.CANCELLATION.value] -= _cancelled_sum(space)
    return sums


def _add(space: Workspace, sums: dict[tuple[str, str], Decimal], spec: FactSpec, field: str, sign: int) -> None:
    rows = space.rows(
        sql.SQL(
            "SELECT f.row_class, sum(t.{}) FROM {} f JOIN {} t ON t.organization_id = {} AND t.id = f.id"
            " WHERE f.spec = {} GROUP BY 1"
        ).format(
            sql.Identifier(field),
            table(f"ready_{spec.fact}"),
            sql.Identifier(all_facts()[spec.fact].table),
            sql.Literal(str(space.organization_id)),
            sql.Literal(spec.number),
        )
    )
    for row_class, amount in rows:
        sums[spec.role, row_class] += sign * amount


def _order_sum(space: Workspace, field: str) -> Decimal:
    return Decimal(
        space.value(
            sql.SQL(
                "SELECT COALESCE(sum(t.{}), 0) FROM import_ready_order f"
                " JOIN marketplace_order t ON t.organization_id = {} AND t.id = f.id"
            ).format(sql.Identifier(field), sql.Literal(str(space.organization_id)))
        )
    )


def _cancelled_sum(space: Workspace) -> Decimal:
    return Decimal(
        space.value(
            sql.SQL(
                "SELECT COALESCE(sum(t.total), 0) FROM import_mirror_pair p JOIN marketplace_order t"
                " ON t.organization_id = {} AND t.external_id = p.external_id AND t.status = 'cancelled'"
            ).format(sql.Literal(str(space.organization_id)))
        )
    )
