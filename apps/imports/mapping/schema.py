"""What a mapping says, once it has been read and found right."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

Scalar = str | int | bool | Decimal


class Type(enum.StrEnum):
    """How the text of a column is read."""

    TEXT = "text"
    AMOUNT = "amount"  # two decimals
    QUANTITY = "quantity"  # three decimals
    PRICE = "price"  # four decimals
    INTEGER = "integer"
    INSTANT = "instant"
    DATE = "date"
    BOOLEAN = "boolean"
    CURRENCY = "currency"


class RowClass(enum.StrEnum):
    """What a source line is. Every line is exactly one of these, or rejected."""

    SALE = "sale"
    REFUND = "refund"
    CANCELLATION = "cancellation"
    DELIVERY = "delivery"
    FEE = "fee"
    TIP = "tip"
    DISCOUNT = "discount"
    ADJUSTMENT = "adjustment"
    PAYMENT = "payment"
    REFERENCE = "reference"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How numbers are written. The default is strict: digits, a dot, no signs but minus."""

    decimal: str = "."
    thousands: str = ""
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One typed column; `headers` are the file's columns it may come from, the first that is not empty counts."""

    name: str
    headers: tuple[str, ...]
    type: Type = Type.TEXT
    required: bool = False
    values: dict[str, str] = field(default_factory=dict)
    unmapped: str | None = None
    default: str | None = None
    formats: tuple[str, ...] = ()
    numbers: Numbers = Numbers()
    case: str | None = None
    example: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one column (`test` and `operand`), or all, any, or none of `parts`."""

    test: str
    column: str = ""
    operand: tuple[Scalar, ...] = ()
    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A value made from the columns of a row, or for a sum, of the rows of a group."""

    op: str
    parts: tuple["Expression", ...] = ()
    text: str = ""
    constant: Scalar | None = None
    condition: Condition | None = None
    classes: tuple[RowClass, ...] = ()

    def columns(self) -> Iterator[str]:
        """Yield the columns it reads."""
        if self.op == "column":
            yield self.text
        if self.condition:
            yield from condition_columns(self.condition)
        for part in self.parts:
            yield from part.columns()

    @property
    def is_aggregate(self) -> bool:
        """Whether it is made from all rows of a group, not from the first."""
        return self.op in AGGREGATES or any(part.is_aggregate for part in self.parts)


AGGREGATES = frozenset({"sum", "min", "max"})


def condition_columns(condition: Condition) -> Iterator[str]:
    """Yield the columns a condition reads."""
    if condition.column:
        yield condition.column
    for part in condition.parts:
        yield from condition_columns(part)


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Lines that meet the condition are of the class; the first rule that is met counts."""

    row_class: RowClass
    condition: Condition
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """Look up the row of another file whose columns equal ours: `on` maps our column to theirs."""

    role: str
    on: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSpec:
    """One role that a file can have."""

    role: str
    patterns: tuple[str, ...]
    required: bool
    columns: dict[str, Column]
    amount: Expression | None
    default_class: RowClass
    classes: tuple[ClassRule, ...]
    joins: dict[str, Join]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A refund that repeats a whole earlier order of its customer, with the sign turned, cancels that order."""

    key: tuple[str, ...]
    customer: tuple[str, ...]
    product: tuple[str, ...]
    quantity: str
    price: str
    instant: str
    within_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSpec:
    """How rows of one file become facts. Without `group`, one row makes one fact."""

    number: int
    fact: str
    role: str
    key: tuple[str, ...]
    group: bool
    keep: bool
    classes: tuple[RowClass, ...]
    condition: Condition | None
    fields: dict[str, Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping."""

    name: str
    title: str
    about: str
    timezone: str | None
    encoding: str
    files: dict[str, FileSpec]
    facts: tuple[FactSpec, ...]
    split: bool
    mirror: Mirror | None

    def specs(self, fact: str) -> list[FactSpec]:
        """Return how this fact is made."""
        return [spec for spec in self.facts if spec.fact == fact]
