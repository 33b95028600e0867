"""Whether a column can fill a field: dates do not become amounts, and statuses are among those that there are."""

from collections.abc import Callable

from apps.imports.facts import FactField, Kind
from apps.imports.mapping.node import Node
from apps.imports.mapping.schema import Column, Expression, Type

_NUMBERS = frozenset({Type.AMOUNT, Type.QUANTITY, Type.PRICE, Type.INTEGER})
_FITTING = {
    Kind.NUMBER: _NUMBERS,
    Kind.INTEGER: frozenset({Type.INTEGER}),
    Kind.INSTANT: frozenset({Type.INSTANT}),
    Kind.DATE: frozenset({Type.DATE}),
    Kind.BOOLEAN: frozenset({Type.BOOLEAN}),
}
_NEEDED = {
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.INSTANT: "an instant",
    Kind.DATE: "a date",
    Kind.BOOLEAN: "yes or no",
}


def check_kind(node: Node, field: FactField, expression: Expression, column_of: Callable[[str], Column]) -> None:
    """Refuse an expression that cannot give what the field holds.

    Raises:
        MappingError: a column of it has another type, or a constant or mapped value is none of the field's choices.

    """
    fitting = _FITTING.get(field.kind)
    if expression.op == "column":
        column = column_of(expression.text)
        if fitting and column.type not in fitting:
            node.fail(f"{_NEEDED[field.kind]} is needed here, and {expression.text} is {column.type}.")
        for value in (*column.values.values(), column.default, column.unmapped) if field.choices else ():
            _check_choice(node, field, value)
    elif expression.op == "constant":
        _check_choice(node, field, str(expression.constant))
    elif expression.op == "join" and fitting:
        node.fail(f"{_NEEDED[field.kind]} is needed here, and “join” makes text.")
    elif expression.op in ("multiply", "add", "negate") and field.kind is not Kind.NUMBER:
        node.fail(f"“{expression.op}” makes a number, and {field.name} is none.")
    for part in expression.parts:
        check_kind(node, field, part, column_of)


def _check_choice(node: Node, field: FactField, value: str | None) -> None:
    if field.choices and value is not None and value not in field.choices:
        node.fail(f"“{value}” is none of {', '.join(field.choices)}.")
