"""What an answer as of an instant cannot know, in words: noted while it is computed, said beside it."""

import datetime
from dataclasses import dataclass

from django.db.models import Max, Min, Q

from apps.analytics.metrics.declarations import Measure, Metric
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.questions import Question
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.sources import SOURCES
from apps.analytics.models import Revision
from apps.analytics.selectors import published_since
from apps.core.context import organization_context

NOT_OVER, REPAIRED = "not_over", "repaired"
METRIC, ATTRIBUTE, FACTS = "metric_of_now", "attribute_of_now", "facts_of_now"
CODES = (NOT_OVER, METRIC, ATTRIBUTE, FACTS, REPAIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """One thing that an answer cannot know; `about` is the key of the metric or dimension, or empty."""

    code: str
    message: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsSaid:
    """Of which instant an answer is, through which business day it knows, since when it could, and what it cannot."""

    instant: datetime.datetime
    known_through: datetime.date
    published_since: datetime.datetime | None
    unknown: tuple[Unknown, ...]


def is_of_now(metric: Metric) -> bool:
    """Tell whether a metric needs what is known of the present alone."""
    return any(is_measured_now(MEASURES[key]) for key in metric.expression.measures() if key != DAYS.measure)


def is_measured_now(measure: Measure) -> bool:
    """Tell whether what a measure was in the past is not kept."""
    return measure.is_of_now or not all(SOURCES[source].has_past for source in measure.columns)


def _is_lifelong(measure: Measure) -> bool:
    """Tell whether a measure adds up all days, whatever the period."""
    return not is_measured_now(measure) and any(SOURCES[source].from_days for source in measure.columns)


def note_question(scope: Scope, question: Question) -> None:
    """Note what the answer to a question cannot know, where it is as of an instant."""
    if scope.as_of is None:
        return
    if question.period.last > scope.last_day or any(map(_is_lifelong, question.measures)):
        _note(scope, NOT_OVER, f"Days from {scope.today} on were not over then; nothing of them is in the figures.")
    for metric in question.metrics:
        if is_of_now(metric):
            _note(scope, METRIC, f"{metric.label}: what it was then is not kept.", metric.key)
    for key in sorted(question.divided_by):
        if DIMENSIONS[key].is_of_now:
            _note(scope, ATTRIBUTE, f"{DIMENSIONS[key].label}: as it is now, not as it was then.", key)


def note_facts(scope: Scope, what: str, about: str) -> None:
    """Note that an answer as of an instant shows facts as they are now."""
    if scope.as_of is not None:
        _note(scope, FACTS, f"{what}: as they are now, not as they were then.", about)


def as_said(scope: Scope) -> AsSaid | None:
    """Return of which instant an answer is and what was noted for it; None for one of now. Two queries."""
    if scope.as_of is None:
        return None
    with organization_context(scope.organization.pk):
        _note_repairs(scope, scope.as_of)
        since = published_since()
    return AsSaid(
        instant=scope.as_of,
        known_through=scope.last_day,
        published_since=since,
        unknown=tuple(
            Unknown(code=code, about=about, message=message) for (code, about), message in scope.unknown.items()
        ),
    )


def _note_repairs(scope: Scope, instant: datetime.datetime) -> None:
    """Note repairs of rows that may have been wrong at the instant: it is not known when they became so."""
    repairs = Revision.objects.filter(
        Q(right_until__isnull=True) | Q(right_until__lt=instant),
        is_repair=True,
        revised_at__gt=instant,
        date__lte=scope.last_day,
    ).aggregate(first=Min("date"), last=Max("date"), at=Max("revised_at"), right=Min("right_until"))
    if repairs["first"] is None:
        return
    days = f"{repairs['first']}" if repairs["first"] == repairs["last"] else f"{repairs['first']} to {repairs['last']}"
    since = f" from {_instant(repairs['right'])}" if repairs["right"] else ""
    _note(
        scope,
        REPAIRED,
        f"Rows of {days} were corrupted and repaired by {_instant(repairs['at'])}: they are read as they are right;"
        f" other values may have been shown{since} until then.",
    )


def _instant(instant: datetime.datetime) -> str:
    return instant.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _note(scope: Scope, code: str, message: str, about: str = "") -> None:
    scope.unknown[code, about] = message
