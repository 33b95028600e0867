"""A question in SQL: one statement over rollups, whatever is asked.

Each source that is needed is read once for each level of detail that cannot be added up from a finer one. What was read
is put together by the grain of the answer, groups are ranked, metrics are worked out from the sums. Earlier periods are
further windows of the same statement.
"""

import datetime
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Column, Dimension, Measure, RefundBasis, Source
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS, Of
from apps.analytics.metrics.questions import Question, sources_for
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.sources import SOURCES
from apps.analytics.metrics.windows import CUSTOMERS_AS_OF, Window, dated_rows, joins_of, undated_rows
from apps.analytics.past import customers_as_of_query, past_parameters
from apps.core.composing import Sql, Unseen, identifiers, joined, sql
from apps.core.database import tenant_cursor
from apps.core.periods import Grain, Period

CURRENT, EARLIER, BASELINE, ELAPSED = 0, 1, 2, 3
CELL, GROUP, TOTAL = "cell", "group", "total"
_ANY_PERIOD = Period(datetime.date(2000, 1, 1), datetime.date(2000, 1, 1))

_NAMED = "coalesce(nullif(named.name, ''), named.id::text)"
# A customer's external id is an e-mail address with some shops, which not everybody may see.
_CUSTOMER_NAMED = (
    "coalesce(nullif(named.name, ''), CASE WHEN position('@' IN named.external_id) = 0 THEN named.external_id END,"
    " named.id::text)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement and what it takes; its rows are level, window, bucket, dimensions, place, groups, labels, metrics."""

    text: str
    parameters: dict[str, Any]


def compose(question: Question, scope: Scope, windows: Sequence[Window]) -> Statement:
    """Return the statement that answers a question."""
    text = _text(_Shape.of(question, scope, windows))
    return Statement(text=text, parameters=_parameters(question, scope, windows))


def compose_measures(question: Question, scope: Scope, windows: Sequence[Window]) -> Statement:
    """Return the statement for the measures behind a question, each by itself, in their order."""
    one_each = tuple(
        replace(question.metrics[0], key=measure.key, expression=Of(measure.key)) for measure in question.measures
    )
    apart = replace(question, metrics=one_each)
    shape = _Shape.of(apart, scope, windows)
    return Statement(text=_text_of(apart, shape), parameters=_parameters(question, scope, windows))


def _parameters(question: Question, scope: Scope, windows: Sequence[Window]) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "organization": Unseen(scope.organization.pk),
        "timezone": scope.calendar.timezone,
        "day_starts_at": scope.calendar.day_starts_at,
        "grain": str(question.grain or "day"),
        "week_starts_on": scope.organization.week_starts_on,
        "refreshed_at": scope.now,
        "limit": question.limit,
        **kept_values(question),
        **past_parameters(scope.as_of, scope.last_day),
    }
    for window in windows:
        parameters[f"first_{window.number}"] = window.first
        parameters[f"last_{window.number}"] = window.last
        parameters[f"days_{window.number}"] = window.days
        if window.part:
            parameters |= dict(zip(("part_date", "part_start", "part_end"), window.part, strict=True))
    return parameters


@dataclass(frozen=True, slots=True)
class _Shape:
    """All that the text of a statement depends on: values are parameters, so that questions of one shape share it."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    grain: str | None
    refund_basis: RefundBasis
    filters: tuple[tuple[str, bool], ...]
    order: str
    descending: bool
    windows: tuple[tuple[int, bool], ...]
    as_of: bool

    @classmethod
    def of(cls, question: Question, scope: Scope, windows: Sequence[Window]) -> Self:
        return cls(
            tuple(metric.key for metric in question.metrics),
            tuple(dimension.key for dimension in question.dimensions),
            question.grain,
            question.refund_basis,
            tuple((key, "" in chosen) for key, chosen in question.filters.items()),
            question.order,
            question.descending,
            tuple((window.number, window.part is not None) for window in windows),
            scope.as_of is not None,
        )


@functools.lru_cache(maxsize=512)
def _text(shape: _Shape) -> str:
    question = Question(
        metrics=tuple(METRICS[key] for key in shape.metrics),
        period=_ANY_PERIOD,
        dimensions=tuple(DIMENSIONS[key] for key in shape.dimensions),
        grain=None if shape.grain is None else Grain(shape.grain),
        refund_basis=shape.refund_basis,
        filters={key: ("",) if with_none else () for key, with_none in shape.filters},
        order=shape.order,
        descending=shape.descending,
    )
    return _text_of(question, shape)


def _text_of(question: Question, shape: _Shape) -> str:
    with tenant_cursor() as cursor:
        return str(_Composer(question, shape.windows, as_of=shape.as_of).statement().as_string(cursor.connection))


def kept(dimension: Dimension, value: Sql, *, with_none: bool) -> Sql:
    """Return the condition that a column has one of the values to keep; `kept_values` are its parameters."""
    placeholder = sql.Placeholder(f"filter_{dimension.key}")
    if not dimension.is_id:
        return sql.SQL("coalesce({}, '') = ANY ({})").format(value, placeholder)
    none = sql.SQL(" OR {} IS NULL").format(value) if with_none else sql.SQL("")
    return sql.SQL("({} = ANY ({}::uuid[]){})").format(value, placeholder, none)


def kept_values(question: Question) -> dict[str, list[str]]:
    """Return the parameters of the conditions of `kept`."""
    return {
        f"filter_{key}": [value for value in chosen if value] if DIMENSIONS[key].is_id else list(chosen)
        for key, chosen in question.filters.items()
    }


class _Composer:
    def __init__(self, question: Question, windows: Sequence[tuple[int, bool]], *, as_of: bool) -> None:
        self.question = question
        self.as_of = as_of
        self.needs_customers = False
        self.windows = [number for number, _ in windows]
        self.parts = [number for number, has_part in windows if has_part]
        self.dimensions = question.dimensions
        self.measures = question.measures
        self.has_buckets = question.grain is not None or BASELINE in self.windows
        self.names = [f"by_{position}" for position in range(len(self.dimensions))]
        self.in_baseline = {
            key for metric in question.metrics if metric.additive for key in metric.expression.measures()
        }

    @property
    def finest(self) -> str:
        """The level that everything is read at."""
        return CELL if self.has_buckets else GROUP if self.dimensions else TOTAL

    @property
    def coarser(self) -> list[str]:
        """The levels above it."""
        levels = [CELL, *([GROUP] if self.dimensions else []), TOTAL]
        return levels[levels.index(self.finest) + 1 :]

    def statement(self) -> Sql:
        read = list(self._read())
        parts = [sql.SQL("SELECT * FROM parts"), *self._added_up()]
        # One part at one level needs no putting together.
        is_alone = len(read) == len(parts) == 1
        return sql.SQL(
            "WITH {customers}parts AS ({read}), sums AS (SELECT {level}, {sums} FROM {parts}{grouped}){chosen}"
            " SELECT {columns} FROM sums{kept}"
        ).format(
            customers=sql.SQL("{} AS ({}), ").format(sql.Identifier(CUSTOMERS_AS_OF), customers_as_of_query())
            if self.needs_customers
            else sql.SQL(""),
            read=joined(" UNION ALL ", read),
            level=identifiers(["level", "win", "bucket", *self.names]),
            sums=joined(", ", self._sums(is_alone=is_alone)),
            parts=sql.SQL("parts") if is_alone else sql.SQL("({}) AS parts").format(joined(" UNION ALL ", parts)),
            grouped=sql.SQL("")
            if is_alone
            else sql.SQL(" GROUP BY {}").format(identifiers(["level", "win", "bucket", *self.names])),
            chosen=self._chosen_groups(),
            columns=self._columns(),
            kept=self._kept(),
        )

    # Reading

    def _read(self) -> Iterator[Sql]:
        by_source: dict[str, list[tuple[Measure, Column]]] = {}
        for measure in self.measures:
            source, column = self._chosen(measure)
            by_source.setdefault(source, []).append((measure, column))
        for key, columns in by_source.items():
            yield self._part(SOURCES[key], columns, self.finest)
            distinct = [(measure, column) for measure, column in columns if not measure.is_sum]
            if distinct:
                yield from (self._part(SOURCES[key], distinct, level) for level in self.coarser)

    def _chosen(self, measure: Measure) -> tuple[str, Column]:
        source = sources_for(self.question, measure)[0]
        return source, self.question.columns_of(measure)[source]

    def _part(self, source: Source, columns: Sequence[tuple[Measure, Column]], level: str) -> Sql:
        """Return what one source gives at one level; the measures of others are NULL there."""
        chosen = {measure.key: column for measure, column in columns}
        values = [
            sql.SQL("{} AS {}").format(
                sql.SQL(chosen[measure.key].aggregate) if measure.key in chosen else sql.SQL("NULL::numeric"),
                sql.Identifier(measure.key),
            )
            for measure in self.measures
        ]
        dimensions = [
            sql.SQL("{} AS {}").format(
                sql.SQL("''") if level == TOTAL else self._text(dimension, source), sql.Identifier(name)
            )
            for dimension, name in zip(self.dimensions, self.names, strict=True)
        ]
        bucket = self._bucket(source) if level == CELL else sql.SQL("NULL::date")
        # Ids are grouped as they are: as texts they would be written for every row.
        grouped = [sql.SQL("source.win"), bucket] + [
            sql.SQL(dimension.columns[source.key][0]) if dimension.is_id else self._text(dimension, source)
            for dimension in self.dimensions
            if level != TOTAL
        ]
        return sql.SQL(
            "SELECT {level}::text AS level, source.win, {bucket} AS bucket, {values} FROM {rows}{where} GROUP BY {by}"
        ).format(
            level=sql.Literal(level),
            bucket=bucket,
            values=joined(", ", [*dimensions, *values]),
            rows=self._rows(source, columns, level),
            where=self._where(source),
            by=joined(", ", grouped if self._has_bucket(level) else [grouped[0], *grouped[2:]]),
        )

    def _has_bucket(self, level: str) -> bool:
        return level == CELL and self.has_buckets

    def _bucket(self, source: Source) -> Sql:
        if not source.is_dated:
            return sql.SQL("NULL::date")
        if self.question.grain == Grain.DAY:
            return sql.SQL("source.date")
        by_grain = (
            "business_bucket(source.date, %(grain)s, %(week_starts_on)s)" if self.question.grain else "NULL::date"
        )
        if BASELINE not in self.windows:
            return sql.SQL(by_grain)
        return sql.SQL(f"CASE WHEN source.win = {BASELINE} THEN source.date ELSE {by_grain} END")

    def _rows(self, source: Source, columns: Sequence[tuple[Measure, Column]], level: str) -> Sql:
        needed = {alias for _, column in columns for alias in column.needs}
        needed |= {DIMENSIONS[key].columns[source.key][1] for key in self.question.divided_by}
        joins = joins_of(source, needed, as_of=self.as_of)
        self.needs_customers |= self.as_of and ("standing" in needed or (not source.is_dated and source.has_past))
        # Only the days of metrics that add up show how much a day varies.
        has_baseline = level == CELL and any(measure.key in self.in_baseline for measure, _ in columns)
        windows = [number for number in self.windows if number != BASELINE or has_baseline]
        return joined(
            " ", [self._windows_of(source, windows), *([sql.SQL(source.split)] if source.split else []), *joins]
        )

    def _windows_of(self, source: Source, windows: Sequence[int]) -> Sql:
        if source.rollup is not None:
            return dated_rows(source, windows, self.parts, as_of=self.as_of)
        return undated_rows(source, [number for number in self.windows if number != BASELINE], as_of=self.as_of)

    def _where(self, source: Source) -> Sql:
        conditions = [
            kept(DIMENSIONS[key], sql.SQL(DIMENSIONS[key].columns[source.key][0]), with_none="" in chosen)
            for key, chosen in self.question.filters.items()
        ]
        return sql.SQL(" WHERE ") + joined(" AND ", conditions) if conditions else sql.SQL("")

    @staticmethod
    def _text(dimension: Dimension, source: Source) -> Sql:
        value = sql.SQL(dimension.columns[source.key][0])
        return sql.SQL("coalesce({}{}, '')").format(value, sql.SQL("::text" if dimension.is_id else ""))

    # Putting together

    def _added_up(self) -> Iterator[Sql]:
        """Yield the coarser levels of what may be added up; a distinct count is NULL here, and was read by itself."""
        for level in self.coarser:
            names = [sql.Identifier(name) if level == GROUP else sql.SQL("''") for name in self.names]
            values = [
                sql.Identifier(measure.key) if measure.is_sum else sql.SQL("NULL::numeric") for measure in self.measures
            ]
            yield sql.SQL("SELECT {level}::text, win, NULL::date, {values} FROM parts WHERE level = {finest}").format(
                level=sql.Literal(level), values=joined(", ", [*names, *values]), finest=sql.Literal(self.finest)
            )

    def _sums(self, *, is_alone: bool) -> Iterator[Sql]:
        summed = sql.SQL("coalesce({key}, 0) AS {key}" if is_alone else "coalesce(sum({key}), 0) AS {key}")
        for measure in self.measures:
            yield summed.format(key=sql.Identifier(measure.key))
        if any(DAYS.measure in metric.expression.measures() for metric in self.question.metrics):
            cases = joined(" ", (sql.SQL(f"WHEN {number} THEN %(days_{number})s") for number in self.windows))
            yield sql.SQL("CASE win {cases} END AS {days}").format(cases=cases, days=sql.Identifier(DAYS.measure))

    def _chosen_groups(self) -> Sql:
        """Return the subqueries that rank groups by the current period and name the first of them."""
        if not self.dimensions:
            return sql.SQL("")
        names = identifiers(self.names)
        values = [
            sql.SQL("coalesce(sum({key}) FILTER (WHERE win = {current}), 0) AS {key}").format(
                key=sql.Identifier(measure.key), current=sql.Literal(CURRENT)
            )
            for measure in self.measures
        ]
        if any(DAYS.measure in metric.expression.measures() for metric in self.question.metrics):
            values.append(sql.SQL(f"%(days_{CURRENT})s::numeric AS {{}}").format(sql.Identifier(DAYS.measure)))
        labels = [self._label(dimension, name) for dimension, name in zip(self.dimensions, self.names, strict=True)]
        return sql.SQL(
            ", ranked AS (SELECT {names}, row_number() OVER (ORDER BY {order} {direction} NULLS LAST, {names})"
            " AS place, count(*) OVER () AS groups FROM (SELECT {names}, {values} FROM sums WHERE level = {level}"
            " GROUP BY {names}) AS held), chosen AS (SELECT {names}, place, groups, {labels} FROM ranked"
            " WHERE place <= %(limit)s)"
        ).format(
            names=names,
            order=self._order(),
            direction=sql.SQL("DESC" if self.question.descending else "ASC"),
            values=joined(", ", values),
            level=sql.Literal(GROUP),
            labels=joined(", ", labels),
        )

    def _order(self) -> Sql:
        by = self.question.order or self.question.metrics[0].key
        for dimension, name in zip(self.dimensions, self.names, strict=True):
            if dimension.key == by:
                return self._named(dimension, name)
        return next(metric.expression.statement() for metric in self.question.metrics if metric.key == by)

    def _label(self, dimension: Dimension, name: str) -> Sql:
        return sql.SQL("{} AS {}").format(self._named(dimension, name), sql.Identifier(f"label_{name}"))

    @staticmethod
    def _named(dimension: Dimension, name: str) -> Sql:
        """Return how a value is called: the name of the row it is an id of, or the value itself."""
        if not dimension.is_id:
            return sql.Identifier(name)
        return sql.SQL(
            "(SELECT {label} FROM {table} AS named"
            " WHERE named.organization_id = %(organization)s AND named.id = nullif({name}, '')::uuid)"
        ).format(
            label=sql.SQL(_CUSTOMER_NAMED if dimension.lookup == "marketplace_customer" else _NAMED),
            table=sql.Identifier(dimension.lookup),
            name=sql.Identifier(name),
        )

    def _columns(self) -> Sql:
        held = [sql.Identifier("sums", name) for name in ["level", "win", "bucket", *self.names]]
        if self.dimensions:
            held += [sql.Identifier("chosen", name) for name in ["place", "groups"]]
            held += [sql.Identifier("chosen", f"label_{name}") for name in self.names]
        return joined(", ", [*held, *(metric.expression.statement() for metric in self.question.metrics)])

    def _kept(self) -> Sql:
        if not self.dimensions:
            return sql.SQL("")
        same = joined(
            " AND ",
            (sql.SQL("{} = {}").format(sql.Identifier("chosen", n), sql.Identifier("sums", n)) for n in self.names),
        )
        return sql.SQL(
            " LEFT JOIN chosen ON sums.level <> {total} AND {same}"
            " WHERE sums.level = {total} OR chosen.place IS NOT NULL"
        ).format(total=sql.Literal(TOTAL), same=same)
