"""Compose SQL from mappings. Names become identifiers and values become literals; nothing is pasted in."""

from collections.abc import Callable
from typing import Any

from apps.core.composing import Sql, joined, literals, sql
from apps.imports.mapping.schema import Column, Condition, Expression, Type

Names = Callable[[str], Sql]

_DIGITS = {Type.AMOUNT: (12, 2), Type.QUANTITY: (11, 3), Type.PRICE: (12, 4)}
EXPECTED = {
    Type.AMOUNT: "an amount with at most 12 digits before and 2 after the decimal sign",
    Type.QUANTITY: "a quantity with at most 11 digits before and 3 after the decimal sign",
    Type.PRICE: "a price with at most 12 digits before and 4 after the decimal sign",
    Type.INTEGER: "a whole number",
    Type.BOOLEAN: "yes or no",
    Type.INSTANT: "a date and time",
    Type.DATE: "a date",
    Type.CURRENCY: "the organization's currency",
    Type.TEXT: "text",
}


def raw_value(column: Column, names: Names) -> Sql:
    """Return the text of a column: the first of its headers that is not empty, folded, with its default."""
    value = joined(", ", (names(header) for header in column.headers))
    if len(column.headers) > 1:
        value = sql.SQL("COALESCE({})").format(value)
    if column.case:
        value = sql.SQL("{}({})").format(sql.SQL(column.case), value)
    if column.default is not None and not column.values:
        value = sql.SQL("COALESCE({}, {})").format(value, sql.Literal(column.default))
    return value


def typed_value(column: Column, raw: Sql, *, currency: str) -> Sql:
    """Return the value of a column, NULL where the text is not one. Instants and dates are read elsewhere, in sets."""
    if column.values:
        return _mapped(column, raw)
    match column.type:
        case Type.AMOUNT | Type.QUANTITY | Type.PRICE:
            pattern, plain = _number(column, raw)
            return sql.SQL("CASE WHEN {} ~ {} THEN {}::numeric END").format(raw, sql.Literal(pattern), plain)
        case Type.INTEGER:
            return sql.SQL("CASE WHEN {0} ~ '^-?[0-9]{{1,9}}$' THEN {0}::integer END").format(raw)
        case Type.BOOLEAN:
            return sql.SQL(
                "CASE WHEN lower({0}) IN ('yes', 'true', '1') THEN true"
                " WHEN lower({0}) IN ('no', 'false', '0') THEN false END"
            ).format(raw)
        case Type.CURRENCY:
            return sql.SQL("CASE WHEN upper({0}) = {1} THEN {1} END").format(raw, sql.Literal(currency))
        case _:
            return raw


def _mapped(column: Column, raw: Sql) -> Sql:
    whens = [
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(key.strip().lower()), sql.Literal(value))
        for key, value in column.values.items()
    ]
    if column.unmapped is not None:
        whens.append(sql.SQL("ELSE CASE WHEN {} IS NOT NULL THEN {} END").format(raw, sql.Literal(column.unmapped)))
    mapped = sql.SQL("CASE lower({}) {} END").format(raw, joined(" ", whens))
    if column.default is not None:
        mapped = sql.SQL("CASE WHEN {} IS NULL THEN {} ELSE {} END").format(raw, sql.Literal(column.default), mapped)
    if column.type in (Type.BOOLEAN, Type.INTEGER):
        return sql.SQL("({})::{}").format(mapped, sql.SQL(column.type.value))
    return mapped


def _number(column: Column, raw: Sql) -> tuple[str, Sql]:
    whole, places = _DIGITS[column.type]
    numbers = column.numbers
    integer = f"[0-9]{{1,{whole}}}"
    if numbers.thousands:
        integer = f"(?:[0-9]{{1,3}}(?:{_escaped(numbers.thousands)}[0-9]{{3}})*|{integer})"
    signs = "|".join(_escaped(sign) for sign in numbers.signs)
    sign = f"(?:(?:{signs}) ?)?" if signs else ""
    tail = f"(?: ?(?:{signs}))?" if signs else ""
    pattern = f"^-?{sign}{integer}(?:{_escaped(numbers.decimal)}[0-9]{{1,{places}}}0*)?{tail}$"
    plain = raw
    for dropped in filter(None, (numbers.thousands, *numbers.signs)):
        plain = sql.SQL("replace({}, {}, '')").format(plain, sql.Literal(dropped))
    if numbers.signs:
        plain = sql.SQL("btrim({})").format(plain)
    if numbers.decimal != ".":
        plain = sql.SQL("replace({}, {}, '.')").format(plain, sql.Literal(numbers.decimal))
    return pattern, plain


def _escaped(text: str) -> str:
    return "".join(f"[{char}]" if char not in "^]\\" else f"\\{char}" for char in text)


def condition_sql(condition: Condition, names: Names) -> Sql:
    """Return a condition that is true or false, never NULL."""
    parts = [condition_sql(part, names) for part in condition.parts]
    if condition.test in ("all", "any"):
        return sql.SQL("({})").format(joined(" AND " if condition.test == "all" else " OR ", parts))
    if condition.test == "not":
        return sql.SQL("(NOT ({}))").format(joined(" OR ", parts))
    column, operand = names(condition.column), condition.operand
    match condition.test:
        case "equals" | "in":
            texts = [_as_text(value) for value in operand]
            return sql.SQL("COALESCE({}::text IN ({}), false)").format(column, literals(texts))
        case "prefix":
            return sql.SQL("COALESCE(starts_with({}::text, {}), false)").format(column, sql.Literal(operand[0]))
        case "matches":
            return sql.SQL("COALESCE({}::text ~ {}, false)").format(column, sql.Literal(operand[0]))
        case "sign":
            sign = {"negative": -1, "zero": 0, "positive": 1}[str(operand[0])]
            return sql.SQL("COALESCE(sign({}) = {}, false)").format(column, sql.Literal(sign))
        case _:
            return sql.SQL("({} IS NULL) = {}").format(column, sql.Literal(bool(operand[0])))


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def expression_sql(expression: Expression, names: Names, class_name: Sql) -> Sql:
    """Return the SQL of an expression over one row, or over a group where it aggregates."""
    parts = [expression_sql(part, names, class_name) for part in expression.parts]
    match expression.op:
        case "column":
            return names(expression.text)
        case "constant":
            return sql.Literal(expression.constant)
        case "first_of":
            return sql.SQL("COALESCE({})").format(joined(", ", parts))
        case "join":
            return sql.SQL("concat_ws({}, {})").format(sql.Literal(expression.text), joined(", ", parts))
        case "key":
            return key_sql(parts)
        case "multiply" | "add":
            return sql.SQL("({})").format(joined(" * " if expression.op == "multiply" else " + ", parts))
        case "negate":
            return sql.SQL("(-{})").format(parts[0])
        case "when":
            condition = condition_sql(expression.condition, names) if expression.condition else sql.SQL("true")
            otherwise = parts[1] if len(parts) > 1 else sql.SQL("NULL")
            return sql.SQL("(CASE WHEN {} THEN {} ELSE {} END)").format(condition, parts[0], otherwise)
        case _:
            only = sql.SQL("")
            if expression.classes:
                classes = literals(c.value for c in expression.classes)
                only = sql.SQL(" FILTER (WHERE {} IN ({}))").format(class_name, classes)
            # Money is kept to the cent, so each row is rounded before it is summed.
            inner = sql.SQL("round({}, 2)").format(parts[0]) if expression.op == "sum" else parts[0]
            return sql.SQL("{}({}){}").format(sql.SQL(expression.op), inner, only)


def key_sql(parts: list[Sql]) -> Sql:
    """Return the external id that these parts make, NULL when one of them is."""
    return joined(" || '/' || ", (sql.SQL("{}::text").format(part) for part in parts))
