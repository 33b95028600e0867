"""The rows of a source in the windows of a question, as a table in SQL: as they are, or as of an instant."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from apps.analytics.metrics.declarations import Source
from apps.analytics.metrics.parts_of_days import columns_in_order, part_of_day
from apps.analytics.past import rows_as_of_query
from apps.core.composing import Sql, identifiers, joined, sql

CUSTOMERS_AS_OF = "customers_as_of"  # a subquery that statements as of an instant begin with, where they need it
_STANDING = sql.SQL(f"LEFT JOIN {CUSTOMERS_AS_OF} AS standing ON standing.customer_id = source.customer_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of business days to read, and perhaps the beginning of one more: `(day, start, end)`.

    `number` is CURRENT, EARLIER, BASELINE, or ELAPSED: the current days that have begun, where others lie ahead. `days`
    is what a metric divides by that is per day.
    """

    number: int
    first: datetime.date
    last: datetime.date
    part: tuple[datetime.date, datetime.datetime, datetime.datetime] | None = None
    days: int = 0


def dated_rows(source: Source, windows: Sequence[int], parts: Sequence[int], *, as_of: bool) -> Sql:
    """Return the rows of a rollup in each window, and of the parts of days; the parameters name their limits."""
    rollup = source.rollup or ""
    names = columns_in_order(rollup)
    columns = identifiers(names)
    rows = [
        sql.SQL("SELECT {win} AS win, {columns} FROM {rows}").format(
            win=sql.Literal(number),
            columns=columns,
            rows=_past_rows(rollup, names, number) if as_of else _present_rows(source, number),
        )
        for number in windows
    ]
    rows += [
        sql.SQL("SELECT {win}, part.* FROM ({query}) AS part ({columns})").format(
            win=sql.Literal(number), query=part_of_day(rollup), columns=columns
        )
        for number in parts
    ]
    return sql.SQL("({}) AS source").format(joined(" UNION ALL ", rows))


def undated_rows(source: Source, windows: Sequence[int], *, as_of: bool) -> Sql:
    """Return the rows of a source without days, once for each window."""
    is_past = as_of and source.has_past
    return sql.SQL(
        "(SELECT spans.win, held.* FROM {table} AS held CROSS JOIN (VALUES {spans}) AS spans (win)"
        " WHERE held.organization_id = %(organization)s) AS source"
    ).format(
        table=sql.Identifier(CUSTOMERS_AS_OF if is_past else source.table),
        spans=joined(", ", (sql.SQL(f"({number})") for number in windows)),
    )


def joins_of(source: Source, aliases: set[str], *, as_of: bool) -> list[Sql]:
    """Return the joins that go by these aliases; as of an instant, customers stand beside their own past."""
    return [
        _STANDING if as_of and alias == "standing" else sql.SQL(join)
        for alias, join in source.joins.items()
        if alias in aliases
    ]


def _present_rows(source: Source, number: int) -> Sql:
    return sql.SQL(
        "{table} WHERE organization_id = %(organization)s AND date >= %({first})s AND date <= %({last})s"
    ).format(table=sql.Identifier(source.table), first=sql.SQL(f"first_{number}"), last=sql.SQL(f"last_{number}"))


def _past_rows(rollup: str, names: tuple[str, ...], number: int) -> Sql:
    query = rows_as_of_query(rollup, names, first=f"first_{number}", last=f"last_{number}")
    return sql.SQL("({}) AS past").format(query)
