"""Where a value comes from: its formula, its statement, and the facts that add up to it."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.analytics.metrics.declarations import Facts, Measure, Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS, Product, Ratio
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.query import MetricTable, answer
from apps.analytics.metrics.questions import InvalidQuestion, Question
from apps.analytics.metrics.restatement import Restatement, measures_as_of, restatement_of
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.statement import CURRENT, compose, kept, kept_values
from apps.analytics.metrics.windows import Window
from apps.analytics.rollups import ROLLUP_BY_NAME, read_statement
from apps.core.composing import Sql, Unseen, joined, sql
from apps.core.context import organization_context
from apps.core.cursors import read_cursor, write_cursor
from apps.core.database import tenant_cursor

PAGE_SIZE = 50
LARGEST_PAGE = 200

# The lines of orders and their shares of revenue are those of the statement that fills product sales. The days are
# MATERIALIZED: otherwise their bounds are worked out for each order anew, seconds for two years of twenty orders.
_DAYS = """SELECT day::date AS date,
    business_day_start(day::date, %(timezone)s, %(day_starts_at)s) AS starts_at,
    business_day_start(day::date + 1, %(timezone)s, %(day_starts_at)s) AS ends_at
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One measure of a formula, with its sign, and what its facts add up to; `said` is what it was as of an instant."""

    measure: str
    sign: int
    value: Decimal
    facts: int
    said: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One fact and its part of the value; `at` is the instant it counts at, None for what is of the present."""

    measure: str
    kind: str
    id: uuid.UUID
    reference: str
    at: datetime.datetime | None
    date: datetime.date | None
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a metric comes to its value.

    `days` is how many days the formula multiplies by, those that have begun; None where it does not.

    A formula that only adds and subtracts has one part; a ratio has a part above and one below the line. The terms of a
    part add up to it, and the facts of a part, page after page, to its terms. As of an instant, the value and what the
    terms said are of then, the facts as they are now; `restated` says what lies between.
    """

    metric: Metric
    table: MetricTable
    statement: str
    parts: dict[str, tuple[Term, ...]]
    part: str
    days: int | None
    contributions: tuple[Contribution, ...]
    restated: Restatement | None
    next_cursor: str | None


def parts_of(metric: Metric) -> dict[str, tuple[tuple[int, str], ...]]:
    """Return the linear parts of a formula: `value`, or `numerator` and `denominator`."""
    expression = metric.expression
    if expression.is_linear:
        return {"value": tuple(expression.terms())}
    if not isinstance(expression, Ratio):
        raise TypeError(f"{metric.key} neither adds up nor divides: it cannot be explained.")
    return {"numerator": _terms(expression.part), "denominator": _terms(expression.whole)}


def _terms(expression: Any) -> tuple[tuple[int, str], ...]:
    if isinstance(expression, Product):  # by the days, which are no facts
        return _terms(expression.left) + _terms(expression.right)
    return tuple((sign, measure) for sign, measure in expression.terms() if measure != DAYS.measure)


def explain(
    question: Question, scope: Scope, *, part: str = "", cursor: str | None = None, page_size: int = PAGE_SIZE
) -> Explanation:
    """Explain the first metric of a question without dimensions or grain; three statements.

    Raises:
        InvalidQuestion: the part or the cursor is not one.

    """
    metric = question.metrics[0]
    parts = parts_of(metric)
    part = part or next(iter(parts))
    if part not in parts:
        raise InvalidQuestion("part", f"Give one of {', '.join(parts)}.")
    table = answer(question, scope)
    parameters = _parameters(question, scope)
    with organization_context(scope.organization.pk), tenant_cursor() as database:
        database.execute(_summed(question, parts), parameters)
        summed = {(name, measure): (value, facts) for name, measure, value, facts in database.fetchall()}
        window = Window(number=CURRENT, first=question.period.first, last=question.period.last)
        shown = compose(question, scope, (window,)).text
        after = _read_cursor(cursor)
        database.execute(_page(question, parts[part], after), {**parameters, **after, "limit": page_size + 1})
        rows = [
            Contribution(measure=m, kind=k, id=i, reference=r, at=at, date=date, value=value)
            for m, k, i, r, at, date, value in database.fetchall()
        ]
    said = measures_as_of(question, scope)
    terms = {
        name: tuple(
            Term(measure=key, sign=sign, value=summed[name, key][0], facts=summed[name, key][1], said=said.get(key))
            for sign, key in pairs
        )
        for name, pairs in parts.items()
    }
    page = rows[:page_size]
    return Explanation(
        metric=metric,
        table=table,
        statement=shown,
        parts=terms,
        part=part,
        days=_days(question, scope),
        contributions=tuple(page),
        restated=restatement_of(question, scope),
        next_cursor=_written_cursor(page[-1]) if len(rows) > page_size else None,
    )


def _days(question: Question, scope: Scope) -> int | None:
    if DAYS.measure not in question.metrics[0].expression.measures():
        return None
    first, last = question.period.first, min(question.period.last, scope.last_day)
    return max(0, (last - first).days + 1)


def _parameters(question: Question, scope: Scope) -> dict[str, Any]:
    start, end = question.period.window(scope.calendar)
    last = question.period.last
    if scope.as_of is not None:  # the facts of days that were known
        last, end = min(last, scope.last_day), max(start, min(end, scope.now))
    return {
        "organization": Unseen(scope.organization.pk),
        "timezone": scope.calendar.timezone,
        "day_starts_at": scope.calendar.day_starts_at,
        "start": start,
        "end": end,
        "first": question.period.first,
        "last": last,
        **kept_values(question),
    }


def relation(name: str) -> Sql:
    """Return the facts of a kind in the window of the parameters, as a query."""
    text = read_statement(f"facts/{name}")
    if name != "lines":
        return sql.SQL(text)
    filling = ROLLUP_BY_NAME["daily_product_sales"].statement
    _, _, divided = filling.partition("\nWITH lines AS (")
    divided, _, _ = divided.partition("\nSELECT\n    rollup_key")
    _, _, orders = read_statement("refresh/orders").partition(" AS\n")
    return sql.SQL("WITH refresh_days AS MATERIALIZED ({}), refresh_orders AS ({}), lines AS ({} {}").format(
        sql.SQL(_DAYS), sql.SQL(orders), sql.SQL(divided), sql.SQL(text)
    )


def contributions(question: Question, measure: Measure, *, sign: int = 1) -> Sql:
    """Return the facts behind a measure with their parts of its value, as a query over the parameters of a window."""
    facts = question.facts_of(measure)
    distinct, order = sql.SQL(""), sql.SQL("")
    if facts.distinct:
        column = sql.Identifier("fact", facts.distinct)
        distinct = sql.SQL("DISTINCT ON ({}) ").format(column)
        order = sql.SQL(" ORDER BY {}, fact.at, fact.id").format(column)
    return sql.SQL(
        "SELECT {distinct}{measure}::text AS measure, fact.kind_of_fact, fact.id, fact.reference, fact.at, fact.date,"
        " ({sign} * ({value}))::numeric AS value FROM (SELECT *, extract(isodow FROM held.date)::int::text AS weekday"
        " FROM ({relation}) AS held) AS fact WHERE {where}{order}"
    ).format(
        distinct=distinct,
        measure=sql.Literal(measure.key),
        sign=sql.Literal(sign),
        value=sql.SQL(facts.value),
        relation=relation(facts.relation),
        where=_where(question, facts),
        order=order,
    )


def _where(question: Question, facts: Facts) -> Sql:
    conditions = [sql.SQL("({})").format(sql.SQL(facts.where))]
    for key, chosen in question.filters.items():
        value = sql.Identifier("fact", DIMENSIONS[key].fact)
        conditions.append(kept(DIMENSIONS[key], value, with_none="" in chosen))
    return joined(" AND ", conditions)


def _summed(question: Question, parts: dict[str, tuple[tuple[int, str], ...]]) -> Sql:
    """Return what the facts of each term add up to, without its sign, and how many there are."""
    return joined(
        " UNION ALL ",
        (
            sql.SQL(
                "SELECT {part}::text, {key}::text, coalesce(sum(value), 0), count(*) FROM ({facts}) AS behind"
            ).format(part=sql.Literal(name), key=sql.Literal(key), facts=contributions(question, MEASURES[key]))
            for name, pairs in parts.items()
            for _, key in pairs
        ),
    )


def _page(question: Question, pairs: Sequence[tuple[int, str]], after: dict[str, Any]) -> Sql:
    facts = joined(
        " UNION ALL ",
        (sql.SQL("({})").format(contributions(question, MEASURES[key], sign=sign)) for sign, key in pairs),
    )
    later = "WHERE (coalesce(at, '-infinity'), id, measure) < (%(at)s::timestamptz, %(id)s::uuid, %(measure)s)"
    return sql.SQL(
        "SELECT measure, kind_of_fact, id, reference, at, date, value FROM ({facts}) AS behind {after}"
        " ORDER BY coalesce(at, '-infinity') DESC, id DESC, measure DESC LIMIT %(limit)s"
    ).format(facts=facts, after=sql.SQL(later if after else ""))


def _written_cursor(last: Contribution) -> str:
    return write_cursor([None if last.at is None else last.at.isoformat(), str(last.id), last.measure])


def _read_cursor(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    try:
        at, row_id, measure = read_cursor(cursor)
        instant = None if at is None else datetime.datetime.fromisoformat(at)
        if measure not in MEASURES or (instant is not None and instant.tzinfo is None):
            raise ValueError("This names no fact of a metric.")
        at = "-infinity" if instant is None else instant.astimezone(datetime.UTC)
        return {"at": at, "id": uuid.UUID(row_id), "measure": measure}
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidQuestion("cursor", "This is not the cursor of a page.") from error
