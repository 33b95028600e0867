"""A value as of an instant beside what is said of the same days now: by its measures, and day by day."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from apps.analytics.metrics.doubts import is_measured_now, is_of_now
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.query import answer
from apps.analytics.metrics.questions import Question, sources_for
from apps.analytics.metrics.scope import Scope, scope_of
from apps.analytics.metrics.sources import SOURCES
from apps.analytics.metrics.statement import CURRENT, compose_measures
from apps.analytics.metrics.windows import Window
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.periods import Grain, Period

DAYS_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedDay:
    """A business day of which something else is said now than at the instant."""

    date: datetime.date
    said: Decimal | None
    says: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What is said now of the days that were known at an instant, and the latest of those that say something else.

    `more_days` is how many earlier days were left out. A metric without days of its own has none.
    """

    value: Decimal | None
    days: tuple[RestatedDay, ...]
    more_days: int


def restatement_of(question: Question, scope: Scope) -> Restatement | None:
    """Return what is said now instead of the first metric's value as of an instant; None for a value of now.

    Three statements.
    """
    metric, period = question.metrics[0], question.period
    if scope.as_of is None or is_of_now(metric) or period.first > scope.last_day:
        return None
    known = replace(question, period=Period(period.first, min(period.last, scope.last_day), period.step))
    present = scope_of(scope.organization)
    value = answer(known, present).total[metric.key]
    if not all(SOURCES[sources_for(question, measure)[0]].is_dated for measure in question.measures):
        return Restatement(value=value, days=(), more_days=0)
    by_day = replace(known, grain=Grain.DAY)
    said, says = (answer(by_day, one).rows for one in (scope, present))
    changed = [
        RestatedDay(date=before.bucket.first, said=before[metric.key], says=after[metric.key])
        for before, after in zip(said, says, strict=True)
        if before.bucket is not None and before[metric.key] != after[metric.key]
    ]
    return Restatement(value=value, days=tuple(changed[-DAYS_LISTED:]), more_days=max(0, len(changed) - DAYS_LISTED))


def measures_as_of(question: Question, scope: Scope) -> Mapping[str, Decimal | None]:
    """Return what each measure behind a question was as of the instant; empty for one about now, or days to come."""
    if scope.as_of is None or question.period.first > scope.last_day:
        return {}
    last = min(question.period.last, scope.last_day)
    statement = compose_measures(question, scope, (Window(number=CURRENT, first=question.period.first, last=last),))
    with organization_context(scope.organization.pk), tenant_cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        row = cursor.fetchone()
    keys = [measure.key for measure in question.measures]
    values = dict(zip(keys, row[-len(keys) :] if row else [Decimal(0)] * len(keys), strict=True))
    return {key: None if is_measured_now(MEASURES[key]) else value for key, value in values.items()}
