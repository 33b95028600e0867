"""Rollups as of an instant: what their rows said, from the rows of today and the revisions kept since."""

import datetime
import functools
from typing import Any

from apps.analytics.rollups import ROLLUP_BY_NAME, read_statement
from apps.core.composing import Sql, joined, sql

_ACTIVITY = ("organization_id", "customer_id", "date", "counted_orders", "total_revenue", "refund_amount")


@functools.lru_cache(maxsize=256)
def rows_as_of_query(rollup: str, columns: tuple[str, ...], *, first: str = "first", last: str = "last") -> Sql:
    """Return a query for what a rollup's rows said, over the parameters `organization` and `as_of`.

    `first` and `last` name the parameters of the days; none after the last that was over at the instant makes sense.
    """
    whole = ROLLUP_BY_NAME[rollup]
    return sql.SQL(read_statement("metrics/rows_as_of")).format(
        rollup=sql.Literal(rollup),
        table=sql.Identifier(whole.table),
        first=sql.SQL("{}::date").format(sql.Placeholder(first)),
        last=sql.SQL("{}::date").format(sql.Placeholder(last)),
        columns=joined(", ", (sql.Identifier("present", column) for column in columns)),
        old_columns=joined(", ", map(_old, columns)),
    )


@functools.cache
def customers_as_of_query() -> Sql:
    """Return a query for customers as of an instant; it also takes the day `known_through`."""
    activity = rows_as_of_query("daily_customer_activity", _ACTIVITY, first="ever", last="known_through")
    return sql.SQL(read_statement("metrics/customers_as_of")).format(activity=activity)


def past_parameters(as_of: datetime.datetime | None, known_through: datetime.date) -> dict[str, Any]:
    """Return the parameters of these queries besides the organization and the days; none for what is of now."""
    return {} if as_of is None else {"as_of": as_of, "ever": "-infinity", "known_through": known_through}


def _old(column: str) -> Sql:
    # A revision keeps neither the key nor whose row it is in what the row said.
    if column == "id":
        return sql.SQL("revised.row_id")
    return sql.SQL("%(organization)s::uuid" if column == "organization_id" else "old.{}").format(sql.Identifier(column))
