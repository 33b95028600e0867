"""Filling rollups for one organization, inside the transaction of a refresh or of a month of a rebuild."""

import datetime
import functools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.accounts.models import Organization
from apps.analytics.models import AnalyticsState, CustomerThresholds
from apps.analytics.rollups import FACT_INSTANTS, ROLLUPS, Rollup, read_statement
from apps.core.calendar import BusinessCalendar, days_between
from apps.core.composing import Sql, Unseen, joined, sql
from apps.core.database import quoted

_SLICES = ("orders", "refunds", "reviews")
# The columns that anything is joined or grouped by.
_ANALYZE_SLICES = (
    "ANALYZE refresh_days, refresh_orders (date, id, customer_id, partner_id, channel, counted, hour),"
    " refresh_refunds (date, customer_id, partner_id, channel), refresh_reviews (date, customer_id, partner_id)"
)

FEW_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Whose rollups are filled, by which calendar, and when: `now` is an aware instant, `today` its business day."""

    organization_id: uuid.UUID
    calendar: BusinessCalendar
    now: datetime.datetime
    today: datetime.date

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements in `sql/` take."""
        return {
            "organization": Unseen(self.organization_id),
            "timezone": self.calendar.timezone,
            "day_starts_at": self.calendar.day_starts_at,
            "today": self.today,
            "refreshed_at": self.now,
        }


def scene_of(organization_id: uuid.UUID, now: datetime.datetime) -> Scene | None:
    """Return the scene as the organization is now, or None where it is gone."""
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is None:
        return None
    calendar = organization.calendar
    return Scene(organization_id=organization_id, calendar=calendar, now=now, today=calendar.business_date(now))


def known_days(cursor: Any, scene: Scene, *, since: datetime.date | None = None) -> list[datetime.date]:
    """Return the business days from the first to the last one of each month with any fact or any row of a rollup.

    However far apart the facts lie, only months that have some are walked through.
    """
    cursor.execute(_known_months(), scene.parameters)
    days = [day for first, last in cursor.fetchall() for day in days_between(first, last)]
    return days if since is None else [day for day in days if day >= since]


@functools.cache
def _known_months() -> Sql:
    instants = [(model._meta.db_table, column) for model, column in FACT_INSTANTS]
    day = "business_date({}, %(timezone)s, %(day_starts_at)s)"
    months = [
        _months_of(table, column, day=day, from_day="business_day_start({}, %(timezone)s, %(day_starts_at)s)")
        for table, column in instants
    ]
    months += [_months_of(rollup.table, "date", day="{}", from_day="{}") for rollup in ROLLUPS]
    return sql.SQL(read_statement("refresh/known_months")).format(months=joined(" UNION ALL ", months))


def _months_of(table: str, column: str, *, day: str, from_day: str) -> Sql:
    """Return a query for the first and last day in each month that a table has rows of, index entry by index entry."""
    name = sql.Identifier(column)
    return sql.SQL(read_statement("refresh/months_of_a_table")).format(
        table=sql.Identifier(table),
        column=name,
        least_day=sql.SQL(day).format(sql.SQL("min({})").format(name)),
        greatest_day=sql.SQL(day).format(sql.SQL("max({})").format(name)),
        next_begins=sql.SQL(from_day).format(sql.SQL("walk.next_month")),
    )


def open_days(cursor: Any, scene: Scene, days: Sequence[datetime.date]) -> None:
    """Name the days to fill, in `refresh_days`, and have an empty `refresh_customers`."""
    cursor.execute(read_statement("refresh/days"), {**scene.parameters, "days": list(days)})
    cursor.execute("CREATE TEMP TABLE refresh_customers (customer_id uuid PRIMARY KEY) ON COMMIT DROP")


def close_days(cursor: Any) -> None:
    """Drop the temporary tables, for a transaction that goes on."""
    cursor.execute(
        "DROP TABLE IF EXISTS refresh_days, refresh_customers, refresh_orders, refresh_refunds, refresh_reviews,"
        " refresh_customer_orders, refresh_customer_totals"
    )


def fill_days(
    cursor: Any, scene: Scene, *, rollups: Iterable[Rollup] = ROLLUPS, reduce: Callable[[Any], None] | None = None
) -> int:
    """Replace the rows of the open days in each rollup and return how many were written.

    Repeating it changes nothing. New and returning customers are left to `count_new_customers`. `reduce` may take facts
    out of the slices, to see what comes of the rest.
    """
    parameters = scene.parameters
    for name in _SLICES:
        cursor.execute(read_statement(f"refresh/{name}"), parameters)
    if reduce is not None:
        reduce(cursor)
    cursor.execute(_ANALYZE_SLICES)
    cursor.execute(read_statement("refresh/refunded"), parameters)
    written = 0
    for rollup in rollups:
        cursor.execute(
            f"DELETE FROM {quoted(rollup.table)} USING refresh_days"  # noqa: S608 - a table of ours
            " WHERE organization_id = %s AND refresh_days.date = "
            f"{quoted(rollup.table)}.date",
            [Unseen(scene.organization_id)],
        )
        cursor.execute(rollup.statement, parameters)
        written += cursor.rowcount
    return written


def touch_customers(cursor: Any, scene: Scene) -> None:
    """Add the customers who are active on the open days, as the rollup has them at this moment."""
    cursor.execute(read_statement("refresh/customers_touched"), scene.parameters)


def touch_all_customers(cursor: Any, scene: Scene) -> None:
    """Add every customer with a history."""
    cursor.execute(read_statement("refresh/customers_all"), scene.parameters)


def touch_customer(cursor: Any, customer_id: uuid.UUID) -> None:
    """Add one customer."""
    cursor.execute("INSERT INTO refresh_customers VALUES (%s) ON CONFLICT DO NOTHING", [customer_id])


def fill_customers(cursor: Any, scene: Scene) -> list[datetime.date]:
    """Compute the touched customers from their days; return the days on which a first order was or is now."""
    parameters = scene.parameters
    cursor.execute("ANALYZE refresh_customers")
    cursor.execute(read_statement("refresh/customer_orders"), parameters)
    cursor.execute("ANALYZE refresh_customer_orders")
    cursor.execute(read_statement("refresh/customer_totals"), parameters)
    cursor.execute(read_statement("refresh/moved_first_days"), parameters)
    moved = [day for (day,) in cursor.fetchall()]
    cursor.execute(read_statement("refresh/customers_without_history"), parameters)
    cursor.execute(read_statement("refresh/customers_misplaced"), parameters)
    cursor.execute(read_statement("refresh/customers"), parameters)
    return moved


def place_customers(cursor: Any, scene: Scene, state: AnalyticsState) -> int:
    """Decide segment and risk of the touched customers and of those the line of VIPs passed; return rows changed.

    When the state is of an earlier business day, everybody with a history ages to today.
    """
    thresholds = CustomerThresholds.objects.first() or CustomerThresholds()
    parameters = {
        **scene.parameters,
        **{field.name: getattr(thresholds, field.name) for field in CustomerThresholds._meta.concrete_fields[2:]},
    }
    old_line = state.vip_lifetime_value
    cursor.execute(read_statement("refresh/vip_lifetime_value"), parameters)
    (line,) = cursor.fetchone()
    state.vip_lifetime_value = None if line is None else Decimal(line)
    parameters |= {"vip_line": line, "old_line": old_line, "new_line": line}
    if state.customers_as_of != scene.today or (old_line is None) != (line is None):
        touch_all_customers(cursor, scene)
    elif old_line != line:
        cursor.execute(read_statement("refresh/customers_at_the_line"), parameters)
    state.customers_as_of = scene.today
    cursor.execute(read_statement("refresh/standing"), parameters)
    return int(cursor.rowcount)


def count_new_customers(cursor: Any, scene: Scene, days: Iterable[datetime.date]) -> int:
    """Set new and returning customers of these days; return how many days said otherwise before."""
    chosen = sorted(set(days))
    with planned_for(cursor, many=len(chosen) > FEW_DAYS):
        cursor.execute(read_statement("refresh/new_and_returning"), {**scene.parameters, "days": chosen})
        return int(cursor.rowcount)


@contextmanager
def planned_for(cursor: Any, *, many: bool) -> Iterator[None]:
    """Have PostgreSQL join sets where there are many rows.

    By the statistics of a table that was just filled for the first time there are none, and it would look each row up
    among all of them: minutes for a hundred thousand customers.
    """
    if many:
        cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    if many:  # not after an error: the transaction that it belongs to is over
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
