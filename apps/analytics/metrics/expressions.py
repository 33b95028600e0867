"""What a metric does with its measures: it adds, subtracts, divides. One tree, read by SQL, checks and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.core.composing import Sql, sql


class Expression:
    """A formula over measures."""

    def __add__(self, other: Expression) -> Expression:
        return Sum(self, other, 1)

    def __sub__(self, other: Expression) -> Expression:
        return Sum(self, other, -1)

    def __mul__(self, other: Expression) -> Expression:
        return Product(self, other)

    def __truediv__(self, other: Expression) -> Expression:
        return Ratio(self, other)

    def measures(self) -> Iterator[str]:
        """Yield the key of each measure, in order of appearance, as often as it appears."""
        raise NotImplementedError

    def terms(self) -> Iterator[tuple[int, str]]:
        """Yield each measure of a linear formula with its sign, 1 or -1.

        Raises:
            ValueError: the formula divides.

        """
        raise NotImplementedError

    def statement(self) -> Sql:
        """Return the formula in SQL, over columns named like the measures; NULL where it divides by nothing."""
        raise NotImplementedError

    def of_nothing(self) -> Decimal | None:
        """Return the value where there are no facts at all: 0 for sums, None for ratios."""
        raise NotImplementedError

    @property
    def is_linear(self) -> bool:
        """Whether it only adds and subtracts, so that it may be added up wherever its measures may."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Of(Expression):
    """A measure itself."""

    measure: str

    def measures(self) -> Iterator[str]:
        """Yield its key."""
        yield self.measure

    def terms(self) -> Iterator[tuple[int, str]]:
        """Yield it, with a plus."""
        yield 1, self.measure

    def statement(self) -> Sql:
        """Return its column."""
        return sql.Identifier(self.measure)

    def of_nothing(self) -> Decimal | None:
        """Return 0."""
        return Decimal(0)

    @property
    def is_linear(self) -> bool:
        """It is."""
        return True


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """Two formulas added, or the second taken from the first."""

    left: Expression
    right: Expression
    sign: int

    def measures(self) -> Iterator[str]:
        """Yield those of both."""
        yield from self.left.measures()
        yield from self.right.measures()

    def terms(self) -> Iterator[tuple[int, str]]:
        """Yield those of both."""
        yield from self.left.terms()
        yield from ((self.sign * sign, measure) for sign, measure in self.right.terms())

    def statement(self) -> Sql:
        """Return both with the sign between."""
        operator = sql.SQL(" + " if self.sign > 0 else " - ")
        return sql.SQL("(") + self.left.statement() + operator + self.right.statement() + sql.SQL(")")

    def of_nothing(self) -> Decimal | None:
        """Return the sum of both, or None where one is None."""
        left, right = self.left.of_nothing(), self.right.of_nothing()
        return None if left is None or right is None else left + self.sign * right

    @property
    def is_linear(self) -> bool:
        """Whether both are."""
        return self.left.is_linear and self.right.is_linear


@dataclass(frozen=True, slots=True)
class Product(Expression):
    """One formula times another."""

    left: Expression
    right: Expression

    def measures(self) -> Iterator[str]:
        """Yield those of both."""
        yield from self.left.measures()
        yield from self.right.measures()

    def terms(self) -> Iterator[tuple[int, str]]:
        """Refuse.

        Raises:
            ValueError: always.

        """
        raise ValueError("A product has no terms: it is not the sum of anything.")

    def statement(self) -> Sql:
        """Return the product."""
        return sql.SQL("({} * {})").format(self.left.statement(), self.right.statement())

    def of_nothing(self) -> Decimal | None:
        """Return 0, or None where one is None."""
        left, right = self.left.of_nothing(), self.right.of_nothing()
        return None if left is None or right is None else left * right

    @property
    def is_linear(self) -> bool:
        """It is not."""
        return False


@dataclass(frozen=True, slots=True)
class Ratio(Expression):
    """One sum divided by another, times a factor: 100 makes percent. Never a mean of ratios."""

    part: Expression
    whole: Expression
    factor: int = 1

    def measures(self) -> Iterator[str]:
        """Yield those of both."""
        yield from self.part.measures()
        yield from self.whole.measures()

    def terms(self) -> Iterator[tuple[int, str]]:
        """Refuse.

        Raises:
            ValueError: always.

        """
        raise ValueError("A ratio has no terms: it is not the sum of anything.")

    def statement(self) -> Sql:
        """Return the quotient."""
        # The factor first: 1 of 3 in percent is 100 / 3, not 0.3333 made larger.
        return sql.SQL("({factor}::numeric * {part} / nullif({whole}, 0))").format(
            factor=sql.Literal(self.factor), part=self.part.statement(), whole=self.whole.statement()
        )

    def of_nothing(self) -> Decimal | None:
        """Return None: a rate of nothing is unknown."""
        return None

    @property
    def is_linear(self) -> bool:
        """It is not."""
        return False


def percent(part: Expression, whole: Expression) -> Ratio:
    """Return what one formula is of another, in percent."""
    return Ratio(part, whole, 100)


def formula_of(expression: Expression) -> str:
    """Return a formula as text over the keys of its measures."""
    if isinstance(expression, Sum):
        sign = "+" if expression.sign > 0 else "-"
        right = formula_of(expression.right) if expression.sign > 0 else _within(expression.right, Sum)
        return f"{formula_of(expression.left)} {sign} {right}"
    if isinstance(expression, Product):
        return f"{_within(expression.left, Sum)} * {_within(expression.right, Sum, Ratio)}"
    if isinstance(expression, Ratio):
        factor = f"{expression.factor} * " if expression.factor != 1 else ""
        return f"{factor}{_within(expression.part, Sum)} / {_within(expression.whole, Sum, Product, Ratio)}"
    return next(expression.measures())


def _within(expression: Expression, *looser: type[Expression]) -> str:
    text = formula_of(expression)
    return f"({text})" if isinstance(expression, looser) else text


# The business days that have begun of those asked for: known without any statement.
DAYS = Of("days")
