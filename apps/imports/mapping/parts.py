"""Read the small languages inside a mapping: conditions over columns, and expressions that make values."""

import re
import warnings
from collections.abc import Callable

from apps.imports.mapping.node import Node
from apps.imports.mapping.schema import AGGREGATES, Condition, Expression, RowClass, Scalar

ColumnCheck = Callable[[Node, str], str]

_TESTS = ("equals", "in", "prefix", "matches", "sign", "empty")
_LONGEST_PATTERN = 200
# With them PostgreSQL tries every way to divide a text: eighty letters take seconds, two hundred take hours.
_COSTLY = re.compile(r"\\[0-9]|\(\?(?!:)")
_SIGNS = ("negative", "zero", "positive")
_OPERATIONS = ("constant", "first_of", "join", "multiply", "add", "negate", "when", "key", *sorted(AGGREGATES))


def read_condition(node: Node, column: ColumnCheck) -> Condition:
    """Read `{column: invoice, prefix: C}`, or `all:`, `any:`, `not:` around such."""
    keys = node.keys()
    for group in ("all", "any", "not"):
        if group in keys:
            node.section(group)
            return Condition(group, parts=tuple(read_condition(part, column) for part in node.child(group).items()))
    node.section("column", *_TESTS, required=("column",))
    tests = [key for key in keys if key != "column"]
    if len(tests) != 1:
        node.fail(f"expected one test of the column: {', '.join(_TESTS)}.")
    test = tests[0]
    return Condition(test, column(node, node.child("column").text()), _operand(test, node.child(test)))


def _operand(test: str, node: Node) -> tuple[Scalar, ...]:
    if test == "sign":
        return (node.choice(_SIGNS, "sign"),)
    if test == "empty":
        return (node.flag(),)
    if test == "prefix":
        return (node.text(),)
    if test == "matches":
        return (_pattern(node),)
    values = tuple(item.scalar() for item in node.items())
    if test == "equals" and len(values) != 1:
        node.fail("expected one value; use “in” for several.")
    return values


def _pattern(node: Node) -> str:
    """Accept a regular expression whose matching costs no more than reading the text a few times."""
    pattern = node.text()
    if len(pattern) > _LONGEST_PATTERN:
        node.fail(f"a regular expression has at most {_LONGEST_PATTERN} characters.")
    if _COSTLY.search(pattern):
        node.fail("references to groups and (?...) other than (?:...) are not read in regular expressions.")
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        node.fail(f"this is not a regular expression: {error}.")
    return pattern


def read_expression(node: Node, column: ColumnCheck) -> Expression:
    """Read the name of a column, or one operation over expressions."""
    if isinstance(node.value, str):
        return Expression("column", text=column(node, node.value))
    keys = node.keys()
    operation = next((key for key in keys if key in _OPERATIONS), None)
    if operation is None:
        node.fail(f"expected a column, or one of {', '.join(_OPERATIONS)}.")
    argument = node.child(operation)
    match operation:
        case "constant":
            node.section("constant")
            return Expression("constant", constant=argument.scalar())
        case "key":
            node.section("key")
            return Expression("key", _parts(argument, column))
        case "join":
            node.section("join", "with")
            glue = node.child("with").text() if "with" in node.value else " "
            return Expression("join", _parts(argument, column), text=glue)
        case "when":
            node.section("when", "use", "otherwise", required=("use",))
            parts = [read_expression(node.child("use"), column)]
            if "otherwise" in node.value:
                parts.append(read_expression(node.child("otherwise"), column))
            return Expression("when", tuple(parts), condition=read_condition(argument, column))
        case "sum" | "min" | "max":
            node.section(operation, "classes")
            return Expression(
                operation, (read_expression(argument, column),), classes=read_classes(node.child("classes"))
            )
        case _:
            node.section(operation)
            return Expression(operation, _parts(argument, column))


def read_classes(node: Node) -> tuple[RowClass, ...]:
    """Read one or several classes of lines; nothing means all but those left out."""
    if node.value is None:
        return ()
    return tuple(RowClass(item.choice([c.value for c in RowClass], "class of lines")) for item in node.items())


def _parts(node: Node, column: ColumnCheck) -> tuple[Expression, ...]:
    return tuple(read_expression(item, column) for item in node.items())
