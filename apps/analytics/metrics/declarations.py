"""What there is to declare: sources, measures, dimensions, metrics, and the facts they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from apps.analytics.metrics.expressions import Expression


class Unit(StrEnum):
    """What a value counts. Money is in the organization's currency; percent is 0 to 100."""

    MONEY = "money"
    COUNT = "count"
    QUANTITY = "quantity"
    PERCENT = "percent"
    MINUTES = "minutes"
    DAYS = "days"
    RATING = "rating"
    NUMBER = "number"


class RefundBasis(StrEnum):
    """On which day a refund is booked: its own, or that of its order."""

    REFUND_DAY = "refund_day"
    ORDER_DAY = "order_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table that measures are read from, with a row a grain; its rows go by the name `source` in SQL.

    `rollup` names the rollup whose days it has; without one it is a table that only knows the present, and has no
    days. `joins` are what its dimensions need beside it, by alias. `split` turns each row into several. `from_days`
    says that what it knows of the present follows from the days of a rollup: of the past it is known as well.
    """

    key: str
    table: str
    rollup: str | None = None
    joins: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    from_days: bool = False

    @property
    def is_dated(self) -> bool:
        """Whether its rows lie on business days."""
        return self.rollup is not None

    @property
    def has_past(self) -> bool:
        """Whether its rows can be had as of an instant."""
        return self.is_dated or self.from_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a measure is read from a source: an aggregate over rows that go by the name `source`.

    `needs` are the aliases of the joins it uses.
    """

    aggregate: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts behind a measure: rows of `sql/facts/RELATION.sql`, by the name `fact`, each with its part of it.

    With `distinct` a fact counts once for each value of that column, at its first occurrence.
    """

    relation: str
    value: str
    where: str = "true"
    distinct: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A sum or count over facts, read from whichever source has the dimensions that are asked for.

    Sources are tried in the order given. `is_sum` says that values may be added up; a distinct count is counted anew at
    each level. `only_by` is a dimension without which it makes no sense, because its values overlap. `by_order_day` are
    the columns to read when refunds are booked on the day of their order. `facts_of` are the facts behind what some
    sources have, where they divide finer than `facts` are. `is_of_now` says that what it was in the past is not kept,
    although its source has a past.
    """

    key: str
    columns: Mapping[str, Column]
    facts: Facts
    facts_of: Mapping[str, Facts] = field(default_factory=dict)
    is_sum: bool = True
    only_by: str = ""
    by_order_day: Mapping[str, Column] = field(default_factory=dict)
    facts_by_order_day: Facts | None = None
    is_of_now: bool = False

    @property
    def has_basis(self) -> bool:
        """Whether it depends on when refunds are booked."""
        return bool(self.by_order_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What values are divided by. `columns` gives its value in each source, with the join it needs.

    `fact` is the column of `sql/facts/*.sql` that says the same of a fact. `lookup` is the table whose rows the values
    are ids of. `choices` are the values there can be, where that is known, with their labels. `is_of_now` says that it
    is an attribute as it is at present, whatever the days of the facts.
    """

    key: str
    label: str
    description: str
    columns: Mapping[str, tuple[str, str]]
    fact: str
    none_label: str = ""
    lookup: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    is_of_now: bool = False

    @property
    def is_id(self) -> bool:
        """Whether values are ids of rows that have names."""
        return bool(self.lookup)


@dataclass(frozen=True, slots=True)
class Example:
    """Facts in, value out: what the example day of `examples.py` gives, and how it comes about, in words and numbers.

    Where a metric only makes sense by a dimension, the value is that of the row `named` so.
    """

    value: Decimal
    because: str
    by: str = ""
    named: str = ""


def example(value: str, because: str, *, by: str = "", named: str = "") -> Example:
    """Return an example with its value written as text."""
    return Example(Decimal(value), because, by, named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure with a name. `formula` says in plain words what `expression` computes.

    `additive` promises that values of days may be added up to that of the period; a system check holds it against the
    measures. `higher` says whether more of it is good (True), bad (False), or neither (None). A snapshot is of the
    present, whatever the period.
    """

    key: str
    label: str
    group: str
    unit: Unit
    formula: str
    expression: Expression
    example: Example
    additive: bool
    higher: bool | None = True
    is_snapshot: bool = False
