"""Questions answered: a typed table of metrics, in one statement."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from apps.analytics.metrics.declarations import Dimension, Metric, RefundBasis, Unit
from apps.analytics.metrics.doubts import is_of_now, note_question
from apps.analytics.metrics.questions import DATE, DEFAULT_LIMIT, MAX_LIMIT, Question, adds_up_over_groups, ask
from apps.analytics.metrics.ranges import baseline_of, is_within_normal_range
from apps.analytics.metrics.scope import Scope
from apps.analytics.metrics.statement import BASELINE, CELL, CURRENT, EARLIER, ELAPSED, GROUP, TOTAL, compose
from apps.analytics.metrics.values import Compared, NoChange, NoRange, compared, rounded, share
from apps.analytics.metrics.windows import Window
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.periods import Bucket, ComparedWindows, Period, buckets


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column of a table: a dimension, or a metric with its unit."""

    key: str
    label: str
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table: where it is in time, which values of the dimensions it has, and a value for each metric.

    `keys` are the values of the dimensions, empty for none, and `labels` how they are called. `values` and `compared`
    go by the key of the metric; `compared` is empty where nothing was asked to be compared. `shares` are the parts of
    the total in percent, of groups and of metrics that add up over them.
    """

    bucket: Bucket | None = None
    keys: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    values: Mapping[str, Decimal | None]
    compared: Mapping[str, Compared] = field(default_factory=dict)
    shares: Mapping[str, Decimal] = field(default_factory=dict)

    def __getitem__(self, metric: str) -> Decimal | None:
        return self.values[metric]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTable:
    """The answer to a question. `total` is over everything that was asked for, not only over the rows that are shown.

    `groups` is how many values of the dimensions there are, of which `limit` were shown. `earlier` is the period that
    `period` was compared with, both as far as they have elapsed.
    """

    question: Question
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]
    total: Row
    groups: int
    period: Period
    earlier: Period | None
    is_partial: bool

    def values(self, metric: str) -> list[Decimal | None]:
        """Return a metric's value of each row."""
        return [row[metric] for row in self.rows]


def query_metrics(
    scope: Scope,
    metrics: Sequence[str],
    *,
    period: Period,
    dimensions: Sequence[str] = (),
    grain: str | None = None,
    compare: str | None = None,
    refund_basis: str = RefundBasis.REFUND_DAY,
    filters: Mapping[str, Iterable[str]] | None = None,
    order: str = "",
    limit: int = DEFAULT_LIMIT,
    at_most: int = MAX_LIMIT,
) -> MetricTable:
    """Return metrics of a period, in one statement.

    Values are rounded as their unit is shown. With a grain there is a row for each bucket of the period, whether or not
    anything happened. A ratio is the ratio of the sums, a distinct count is counted anew for each row and the total.

    Raises:
        InvalidQuestion: something asked for does not exist or does not go together; it names the parameter.

    """
    question = ask(
        metrics,
        period=period,
        dimensions=dimensions,
        grain=grain,
        compare=compare,
        refund_basis=refund_basis,
        filters=filters,
        order=order,
        limit=limit,
        at_most=at_most,
    )
    return answer(question, scope)


def answer(question: Question, scope: Scope) -> MetricTable:
    """Return the answer to a question that was checked; one statement."""
    note_question(scope, question)
    spans = _spans(question, scope)
    statement = compose(question, scope, spans.windows)
    with organization_context(scope.organization.pk), tenant_cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        found = cursor.fetchall()
    return _Table(question, scope, spans, found).table()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """What is read: the windows, and what they stand for."""

    windows: tuple[Window, ...]
    compared: ComparedWindows | None
    baseline: Period | None

    @property
    def has_begun(self) -> bool:
        """Whether there is any time to compare yet."""
        return any(window.number == EARLIER for window in self.windows)

    @property
    def compared_window(self) -> int:
        """The window beside the earlier one: what lies ahead of today is in the value, and in no change."""
        return ELAPSED if any(window.number == ELAPSED for window in self.windows) else CURRENT


def _spans(question: Question, scope: Scope) -> _Spans:
    period, comparison = question.period, question.comparison
    begun = max(0, (min(period.last, scope.last_day) - period.first).days + 1)
    last = period.last if scope.as_of is None else min(period.last, scope.last_day)
    current = Window(number=CURRENT, first=period.first, last=last, days=begun)
    if comparison is None:
        return _Spans(windows=(current,), compared=None, baseline=None)
    found = scope.compared(period, comparison)
    windows = [current]
    if found.earlier_window[0] < found.earlier_window[1]:
        windows.append(_earlier(found, scope))
        if last > scope.today:
            windows.append(Window(number=ELAPSED, first=period.first, last=scope.today, days=begun))
    baseline = None
    if not question.dimensions and any(metric.additive for metric in question.metrics):
        baseline = baseline_of(found.period, found.earlier)
        windows.append(Window(number=BASELINE, first=baseline.first, last=baseline.last))
    return _Spans(windows=tuple(windows), compared=found, baseline=baseline)


def _earlier(found: ComparedWindows, scope: Scope) -> Window:
    """Return the earlier days, the last of them only as far as today has come."""
    earlier, (_, end) = found.earlier, found.earlier_window
    window = Window(number=EARLIER, first=earlier.first, last=earlier.last, days=earlier.days)
    start = scope.calendar.day_start(earlier.last)
    if end >= scope.calendar.day_start(earlier.last + datetime.timedelta(days=1)):
        return window
    return replace(window, last=earlier.last - datetime.timedelta(days=1), part=(earlier.last, start, end))


_Key = tuple[datetime.date | None, tuple[str, ...]]


class _Table:
    """What the statement gave, put in its places."""

    def __init__(self, question: Question, scope: Scope, spans: _Spans, found: Iterable[Sequence[Any]]) -> None:
        self.question = question
        self.scope = scope
        self.spans = spans
        self.currency = scope.organization.currency
        # As of an instant, what is not kept of the past has no value, and of days to come nothing is known.
        is_ahead = question.period.first > scope.last_day
        self.unknown = {
            metric.key
            for metric in question.metrics
            if scope.as_of is not None and (is_of_now(metric) or (is_ahead and not metric.is_snapshot))
        }
        self.places: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
        self.groups = 0
        self.values: dict[tuple[str, int], dict[_Key, dict[str, Decimal | None]]] = {}
        for row in found:
            self._take(row)
        self.total = self._total_values()
        self.wholes = {
            metric.key: whole
            for metric in question.metrics
            if (whole := self.total[metric.key]) is not None and whole > 0 and adds_up_over_groups(metric)
        }

    def _take(self, row: Sequence[Any]) -> None:
        size = len(self.question.dimensions)
        level, window, bucket = row[:3]
        keys = tuple(row[3 : 3 + size])
        rest = row[3 + size :]
        if size:
            place, groups, labels, rest = rest[0], rest[1], rest[2 : 2 + size], rest[2 + size :]
            if place is not None:
                self.groups = groups
                self.places[keys] = (place, self._labels(keys, labels))
        metrics = self.question.metrics
        values = {
            metric.key: None if metric.key in self.unknown else rounded(value, metric.unit, self.currency)
            for metric, value in zip(metrics, rest, strict=True)
        }
        self.values.setdefault((level, window), {})[bucket, keys] = values

    def _labels(self, keys: Sequence[str], labels: Sequence[str | None]) -> tuple[str, ...]:
        return tuple(map(_label, self.question.dimensions, keys, labels))

    def table(self) -> MetricTable:
        question = self.question
        spans = self.spans.compared
        rows = self._rows()
        return MetricTable(
            question=question,
            columns=(
                *([TableColumn(key=DATE, label=str(question.grain).capitalize())] if question.grain else []),
                *(TableColumn(key=dimension.key, label=dimension.label) for dimension in question.dimensions),
                *(TableColumn(key=metric.key, label=metric.label, unit=metric.unit) for metric in question.metrics),
            ),
            rows=tuple(rows),
            total=self._total(),
            groups=self.groups if question.dimensions else self._buckets(),
            period=question.period,
            earlier=spans.earlier if spans and self.spans.has_begun else None,
            is_partial=question.period.last >= self.scope.today,
        )

    def _buckets(self) -> int:
        question = self.question
        return len(buckets(question.period, question.grain, 1)) if question.grain else 0

    def _total(self) -> Row:
        key = (None, ("",) * len(self.question.dimensions))
        elapsed = self._shown(self._at(TOTAL, self.spans.compared_window, key))
        return Row(values=self.total, compared=self._compared(elapsed, self._at(TOTAL, EARLIER, key), in_range=True))

    def _total_values(self) -> dict[str, Decimal | None]:
        return self._shown(self._at(TOTAL, CURRENT, (None, ("",) * len(self.question.dimensions))))

    def _shown(self, values: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
        hidden = {metric.key for metric in self.question.metrics if self._only_by_group(metric)}
        return {key: None if key in hidden else value for key, value in values.items()}

    def _only_by_group(self, metric: Metric) -> bool:
        grouped = {dimension.key for dimension in self.question.dimensions}
        return any(
            measure.only_by in grouped
            for measure in self.question.measures
            if measure.only_by and measure.key in metric.expression.measures()
        )

    def _rows(self) -> list[Row]:
        question = self.question
        groups = sorted(self.places, key=lambda keys: self.places[keys][0]) if question.dimensions else [()]
        if question.grain is None:
            return [self._row(GROUP, keys, None, None) for keys in groups] if question.dimensions else []
        week_starts_on = self.scope.organization.week_starts_on
        current = buckets(question.period, question.grain, week_starts_on)
        spans = self.spans.compared
        earlier = buckets(spans.earlier, question.grain, week_starts_on) if spans else []
        padded = [*earlier, *[None] * len(current)]
        rows = [
            self._row(CELL, keys, bucket, was) for keys in groups for bucket, was in zip(current, padded, strict=False)
        ]
        return rows if question.dimensions else self._ordered(rows)

    def _row(self, level: str, keys: tuple[str, ...], bucket: Bucket | None, was: Bucket | None) -> Row:
        place = (bucket.start if bucket else None, keys)
        values = self._at(level, CURRENT, place)
        if bucket is not None and bucket.first > self.scope.last_day and not self._is_there(bucket, keys):
            values = dict.fromkeys(values)  # nothing can have happened yet
        no_earlier = bucket is not None and was is None
        earlier = dict.fromkeys(values) if no_earlier else self._at(level, EARLIER, (was.start if was else None, keys))
        return Row(
            bucket=bucket,
            keys=keys,
            labels=self.places[keys][1] if keys else (),
            values=values,
            compared=self._compared(self._elapsed(values, level, place, bucket), earlier),
            shares=self._shares(values) if level == GROUP else {},
        )

    def _elapsed(
        self, values: Mapping[str, Decimal | None], level: str, place: _Key, bucket: Bucket | None
    ) -> Mapping[str, Decimal | None]:
        """Return what of the values can be compared: not what is known of days to come."""
        if bucket is not None and bucket.first > self.scope.last_day:
            return dict.fromkeys(values)
        return values if self.spans.compared_window == CURRENT else self._at(level, ELAPSED, place)

    def _shares(self, values: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
        parts = {key: (values[key], whole) for key, whole in self.wholes.items()}
        return {key: share(value, whole) for key, (value, whole) in parts.items() if value is not None}

    def _is_there(self, bucket: Bucket, keys: tuple[str, ...]) -> bool:
        return (bucket.start, keys) in self.values.get((CELL, CURRENT), {})

    def _at(self, level: str, window: int, key: _Key) -> dict[str, Decimal | None]:
        found = self.values.get((level, window), {}).get(key)
        if found is not None:
            return dict(found)
        return {
            metric.key: None
            if metric.key in self.unknown
            else rounded(metric.expression.of_nothing(), metric.unit, self.currency)
            for metric in self.question.metrics
        }

    def _ordered(self, rows: list[Row]) -> list[Row]:
        """Put the buckets into the order asked for, by time unless anything is; those without a value last."""
        order, descending = self.question.order, self.question.descending
        if order in {"", DATE}:
            chosen = rows[::-1] if order and descending else rows
        else:
            known = [row for row in rows if row[order] is not None]
            known.sort(key=lambda row: row[order] or Decimal(0), reverse=descending)
            chosen = known + [row for row in rows if row[order] is None]
        return chosen[: self.question.limit] if order else chosen

    # Comparing

    def _compared(
        self,
        values: Mapping[str, Decimal | None],
        earlier: Mapping[str, Decimal | None],
        *,
        in_range: bool = False,
    ) -> dict[str, Compared]:
        if self.question.comparison is None:
            return {}
        found = {}
        for metric in self.question.metrics:
            if self.spans.has_begun or metric.is_snapshot:
                beside = compared(values[metric.key], earlier[metric.key], is_kept=not metric.is_snapshot)
            else:
                beside = Compared(None, None, None, NoChange.NOT_BEGUN)
            found[metric.key] = self._in_range(metric, beside) if in_range else beside
        return found

    def _in_range(self, metric: Metric, beside: Compared) -> Compared:
        if beside.change is None or self.question.dimensions:
            return beside
        if not metric.additive:
            return replace(beside, range_reason=NoRange.NOT_ADDITIVE)
        baseline, spans = self.spans.baseline, self.spans.compared
        if baseline is None or spans is None:
            return beside
        by_day = self.values.get((CELL, BASELINE), {})
        first = min((day for day, _ in by_day if day is not None), default=None)
        history = {
            day: by_day.get((day, ()), {}).get(metric.key) or Decimal(0)
            for day in baseline.dates()
            if first is not None and day >= first
        }
        is_normal = is_within_normal_range(
            beside.change,
            days=list(spans.period.dates()),
            earlier_days=list(spans.earlier.dates()),
            history=history,
            goes_on=spans.partial,
            earlier_goes_on=any(window.part for window in self.spans.windows),
        )
        return replace(
            beside,
            within_normal_range=is_normal,
            range_reason=NoRange.SHORT_HISTORY if is_normal is None else None,
        )


def _label(dimension: Dimension, key: str, label: str | None) -> str:
    if not key:
        return dimension.none_label or "None"
    return str(dimension.choices.get(key) or label or key)
