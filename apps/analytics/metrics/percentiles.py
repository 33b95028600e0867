"""How long the stages of an order take: percentiles of any period, from histograms of its days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, groupby
from math import floor

from apps.analytics.metrics.declarations import Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.doubts import note_question
from apps.analytics.metrics.questions import Question, ask
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.statement import kept, kept_values
from apps.analytics.metrics.values import rounded
from apps.analytics.models import Stage
from apps.analytics.past import past_parameters, rows_as_of_query
from apps.analytics.rollups import ROLLUP_BY_NAME, read_statement
from apps.core.composing import Sql, Unseen, joined, sql
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.periods import Period

FRACTIONS: Mapping[str, Decimal] = {
    "median": Decimal("0.5"),
    "p75": Decimal("0.75"),
    "p90": Decimal("0.9"),
    "p95": Decimal("0.95"),
}
_SOURCE = "processing_times"
_TABLE = ROLLUP_BY_NAME[_SOURCE].table
_COLUMNS = ("organization_id", "date", "stage", "from_seconds", "order_count")


@dataclass(frozen=True, slots=True)
class Bin:
    """Orders that took from `begin` to less than `end` seconds."""

    begin: int
    end: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """How long a stage took: `minutes` by the keys of FRACTIONS, over so many orders."""

    stage: Stage
    orders: int
    minutes: Mapping[str, Decimal | None]


def processing_time_percentiles(
    scope: Scope, *, period: Period, filters: Mapping[str, Iterable[str]] | None = None
) -> list[StageTimes]:
    """Return percentiles of the stages that orders of the period went through, in the order of stages; one statement.

    They are those of PostgreSQL's percentile_cont, to 5 % or three seconds: the width of a bin, over which its orders
    are taken to be spread evenly.

    Raises:
        InvalidQuestion: the filters name what histograms are not divided by.

    """
    question = ask(["timed_orders"], period=period, dimensions=["stage"], filters=filters)
    parameters = {
        "organization": Unseen(scope.organization.pk),
        "first": period.first,
        "last": period.last if scope.as_of is None else min(period.last, scope.last_day),
        **kept_values(question),
        **past_parameters(scope.as_of, scope.last_day),
    }
    note_question(scope, question)
    with organization_context(scope.organization.pk), tenant_cursor() as cursor:
        cursor.execute(_statement(question, as_of=scope.as_of is not None), parameters)
        rows = cursor.fetchall()
    found = {stage: [Bin(*row[1:]) for row in held] for stage, held in groupby(rows, key=lambda row: row[0])}
    return [_times(stage, found[stage], scope.organization.currency) for stage in Stage if stage in found]


def percentile(bins: Sequence[Bin], fraction: Decimal) -> Decimal:
    """Return the seconds that so much of the orders took at most, between the two orders it falls between.

    Raises:
        ValueError: there are no orders.

    """
    reached = list(accumulate(one.orders for one in bins))
    if not reached:
        raise ValueError("There is no percentile of nothing.")
    rank = fraction * (reached[-1] - 1)
    below = _nth(bins, reached, floor(rank))
    above = _nth(bins, reached, min(floor(rank) + 1, reached[-1] - 1))
    return below + (rank - floor(rank)) * (above - below)


def _nth(bins: Sequence[Bin], reached: Sequence[int], number: int) -> Decimal:
    place = next(place for place, orders in enumerate(reached) if orders > number)
    held = bins[place]
    within = Decimal(number - (reached[place] - held.orders)) + Decimal("0.5")
    return held.begin + (held.end - held.begin) * within / held.orders


def _times(stage: Stage, bins: Sequence[Bin], currency: str) -> StageTimes:
    return StageTimes(
        stage=stage,
        orders=sum(one.orders for one in bins),
        minutes={
            key: rounded(percentile(bins, fraction) / 60, Unit.MINUTES, currency) for key, fraction in FRACTIONS.items()
        },
    )


def _statement(question: Question, *, as_of: bool) -> Sql:
    conditions = [
        kept(DIMENSIONS[key], sql.SQL(DIMENSIONS[key].columns[_SOURCE][0]), with_none="" in chosen)
        for key, chosen in question.filters.items()
    ]
    return sql.SQL(read_statement("metrics/processing_times")).format(
        rows=sql.SQL("({})").format(rows_as_of_query(_SOURCE, _COLUMNS)) if as_of else sql.Identifier(_TABLE),
        conditions=joined(" AND ", conditions) if conditions else sql.SQL("true"),
    )
