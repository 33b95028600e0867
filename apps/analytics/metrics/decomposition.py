"""What drives a change in revenue: the number of orders, their average value, and the mix of what they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from apps.accounts.currencies import minor_digits
from apps.analytics.metrics.query import MetricTable, Row, query_metrics
from apps.analytics.metrics.questions import MAX_LIMIT
from apps.analytics.metrics.scope import Scope
from apps.core.periods import Period

_REVENUE, _ORDERS = "total_revenue", "counted_orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One group's part in the change of revenue."""

    key: str
    label: str
    change: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """A change in total revenue: `orders + average_value + mix` is `change`, to the cent.

    `drivers` are the groups whose own revenue changed most, the largest first.
    """

    earlier: Decimal
    current: Decimal
    change: Decimal
    orders: Decimal
    average_value: Decimal
    mix: Decimal
    by: str
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    orders: int
    revenue: Fraction
    earlier_orders: int
    earlier_revenue: Fraction


def decompose_revenue(
    scope: Scope,
    *,
    period: Period,
    compare: str,
    by: str = "",
    filters: Mapping[str, Iterable[str]] | None = None,
) -> Decomposition:
    """Return what drove the change of total revenue between a period and the one it is compared with; one statement.

    With N orders of an average value A, in groups of n orders of an average a, before (0) and now (1):

        orders         (N1 - N0) x A0
        mix            the sum of (n1 - n0 x N1 / N0) x a0
        average value  the sum of n1 x (a1 - a0)

    A group that had no orders before counts wholly as mix; when there were none at all, everything is orders. Without
    `by` there is one group, and no mix. Groups beyond the thousand largest are one.

    Raises:
        InvalidQuestion: revenue and orders cannot both be divided by that.

    """
    table = query_metrics(
        scope,
        [_REVENUE, _ORDERS],
        period=period,
        compare=compare,
        dimensions=[by] if by else [],
        filters=filters,
        limit=MAX_LIMIT,
    )
    digits = minor_digits(scope.organization.currency)
    earlier, current = _earlier(table.total, _REVENUE), table.total[_REVENUE] or Decimal(0)
    orders, mix = _effects(_groups(table))
    change = current - earlier
    parts = [_rounded(part, digits) for part in (orders, mix)]
    drivers = [
        Driver(key=row.keys[0], label=row.labels[0], change=(row[_REVENUE] or Decimal(0)) - _earlier(row, _REVENUE))
        for row in table.rows
    ]
    return Decomposition(
        earlier=earlier,
        current=current,
        change=change,
        orders=parts[0],
        mix=parts[1],
        average_value=change - sum(parts),
        by=by,
        drivers=tuple(sorted((d for d in drivers if d.change), key=lambda driver: -abs(driver.change))),
    )


def _effects(groups: list[_Group]) -> tuple[Fraction, Fraction]:
    """Return the effects of orders and of mix; what is left of the change is that of the average value."""
    before, now = sum(group.earlier_orders for group in groups), sum(group.orders for group in groups)
    earlier_revenue = sum((group.earlier_revenue for group in groups), Fraction(0))
    if not before:
        return sum((group.revenue for group in groups), Fraction(0)), Fraction(0)
    orders = (now - before) * earlier_revenue / before
    mix = Fraction(0)
    for group in groups:
        if group.earlier_orders:
            mean = group.earlier_revenue / group.earlier_orders
            mix += (group.orders - Fraction(group.earlier_orders * now, before)) * mean
        else:
            mix += group.revenue
    return orders, mix


def _groups(table: MetricTable) -> list[_Group]:
    rows = [*table.rows] or [table.total]
    groups = [
        _Group(
            int(row[_ORDERS] or 0),
            Fraction(row[_REVENUE] or 0),
            int(_earlier(row, _ORDERS)),
            Fraction(_earlier(row, _REVENUE)),
        )
        for row in rows
    ]
    total = table.total
    rest = _Group(
        int(total[_ORDERS] or 0) - sum(group.orders for group in groups),
        Fraction(total[_REVENUE] or 0) - sum((group.revenue for group in groups), Fraction(0)),
        int(_earlier(total, _ORDERS)) - sum(group.earlier_orders for group in groups),
        Fraction(_earlier(total, _REVENUE)) - sum((group.earlier_revenue for group in groups), Fraction(0)),
    )
    return [*groups, rest] if rest != _Group(0, Fraction(0), 0, Fraction(0)) else groups


def _earlier(row: Row, metric: str) -> Decimal:
    return row.compared[metric].earlier or Decimal(0)


def _rounded(value: Fraction, digits: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
