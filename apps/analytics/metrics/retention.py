"""Who stays: customers by the month of their first counted order, and how many of them order in the months after it."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.analytics.metrics.query import query_metrics
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.values import share
from apps.core.periods import Grain, Period, bucket_start

COHORTS = 12
_COHORT = "%Y-%m"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfCohort:
    """The customers of a cohort with a counted order in one month, and what part of the cohort they are in percent."""

    period: Period
    customers: int
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Customers whose first counted order fell into one month; `months` begin with that one."""

    key: str
    period: Period
    size: int
    months: tuple[MonthOfCohort, ...]


def retention(
    scope: Scope, *, cohorts: int = COHORTS, filters: Mapping[str, Iterable[str]] | None = None
) -> list[Cohort]:
    """Return the cohorts of the last months, this one included, the oldest first; one statement.

    A month without new customers has no cohort. The share of a month that goes on is of the customers so far.

    Raises:
        InvalidQuestion: the filters name what customers are not divided by.

    """
    first = bucket_start(scope.today, Grain.MONTH, 1)
    for _month in range(cohorts - 1):
        first = bucket_start(first - datetime.timedelta(days=1), Grain.MONTH, 1)
    asked = dict(filters or {})
    table = query_metrics(
        scope,
        ["customers"],
        period=Period(first, scope.today),
        dimensions=["cohort"],
        grain=Grain.MONTH,
        filters=asked,
        order="-cohort",
        limit=cohorts,
    )
    found: dict[str, list[tuple[Period, int]]] = {}
    for row in table.rows:
        (key,), bucket = row.keys, row.bucket
        if key and bucket is not None and bucket.start.strftime(_COHORT) >= key >= first.strftime(_COHORT):
            found.setdefault(key, []).append((Period(bucket.first, bucket.last), int(row["customers"] or 0)))
    return [_cohort(key, sorted(found[key], key=lambda month: month[0].first)) for key in sorted(found)]


def _cohort(key: str, months: list[tuple[Period, int]]) -> Cohort:
    period, size = months[0]
    return Cohort(
        key=key,
        period=period,
        size=size,
        months=tuple(
            MonthOfCohort(period=month, customers=customers, percent=share(Decimal(customers), Decimal(size)))
            for month, customers in months
        ),
    )
