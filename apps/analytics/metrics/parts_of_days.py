"""A rollup's rows for the beginning of one day, computed from facts by the rollup's own statement.

The statements in `sql/rollups/` fill whole days from temporary tables. Here the same text reads the same slices, of a
window that ends earlier, as subqueries: nothing is written, so it runs on a read replica and within any request.
"""

import functools

from apps.analytics.rollups import ROLLUP_BY_NAME, read_statement
from apps.core.composing import Sql, identifiers, joined, sql

_DAYS = (
    "SELECT %(part_date)s::date AS date, %(part_start)s::timestamptz AS starts_at, %(part_end)s::timestamptz AS ends_at"
)
_NOTHING_REFUNDED = "0::numeric AS refunded"
# What was refunded of an order, whenever that was: the one column that a refresh fills in later.
_REFUNDED = (
    "coalesce((SELECT sum(refund.amount) FROM marketplace_refund AS refund"
    " WHERE refund.organization_id = %(organization)s AND refund.order_id = placed.id), 0) AS refunded"
)

_SEEN = (
    "(SELECT count(DISTINCT placed.customer_id) FROM refresh_orders AS placed JOIN customer_analytics AS standing"
    " ON standing.organization_id = %(organization)s AND standing.customer_id = placed.customer_id"
    " WHERE placed.counted AND standing.first_order_date {} filled.date)"
)
# Columns that take from other rollups, which are of the whole day, or are filled in after the statement.
_FILLED_LATER = {
    ("daily_revenue", "gross_sales"): (
        "coalesce((SELECT sum(line.total) FROM refresh_orders AS placed JOIN marketplace_orderline AS line"
        " ON line.organization_id = %(organization)s AND line.order_id = placed.id WHERE placed.counted), 0)"
    ),
    ("daily_revenue", "new_customers"): _SEEN.format("="),
    ("daily_revenue", "returning_customers"): _SEEN.format("<"),
}


@functools.cache
def columns_in_order(rollup: str) -> tuple[str, ...]:
    """Return the columns that a rollup's statement fills."""
    _, _, rest = ROLLUP_BY_NAME[rollup].statement.partition("INSERT INTO ")
    names, _, _ = rest.partition("(")[2].partition(")")
    return tuple(name.strip() for name in names.split(","))


@functools.cache
def part_of_day(rollup: str) -> Sql:
    """Return a query for a rollup's rows of the window `part_start` to `part_end` of the day `part_date`.

    It takes the parameters of a refresh, too.
    """
    orders = _query(read_statement("refresh/orders"))
    if _NOTHING_REFUNDED not in orders:
        raise AssertionError("sql/refresh/orders.sql no longer leaves `refunded` to be filled in.")
    _, _, filled = ROLLUP_BY_NAME[rollup].statement.partition("INSERT INTO ")[2].partition("\n)\n")
    slices = {
        "refresh_days": _DAYS,
        "refresh_orders": orders.replace(_NOTHING_REFUNDED, _REFUNDED),
        "refresh_refunds": _query(read_statement("refresh/refunds")),
        "refresh_reviews": _query(read_statement("refresh/reviews")),
    }
    names = columns_in_order(rollup)
    return sql.SQL("WITH {slices}, filled ({names}) AS ({filled}) SELECT {columns} FROM filled").format(
        slices=joined(", ", (sql.SQL("{} AS ({})").format(sql.Identifier(n), sql.SQL(q)) for n, q in slices.items())),
        names=identifiers(names),
        filled=sql.SQL(filled),
        columns=joined(", ", (sql.SQL(_FILLED_LATER.get((rollup, name), name)) for name in names)),
    )


def _query(statement: str) -> str:
    return statement.partition(" AS\n")[2]
