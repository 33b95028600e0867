"""What can be asked of metrics, checked before anything is computed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Column, Dimension, Facts, Measure, Metric, RefundBasis
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import DAYS
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.sources import SOURCES
from apps.core.periods import Comparison, Grain, Period, buckets

MAX_METRICS = 20
MAX_DIMENSIONS = 2
MAX_LIMIT = 1000
MAX_IN_A_FILE = 10_000
DEFAULT_LIMIT = 100
MAX_VALUES = 100
MAX_ROWS = 50_000  # of groups by grain: an answer is held in memory while it is put together
DATE = "date"


class InvalidQuestion(ValueError):
    """What cannot be asked; `field` names the parameter at fault, `message` says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Metrics of a period, by dimensions and by grain, beside those of an earlier period.

    `filters` keep the rows whose dimension has one of the values; the empty text stands for none. `order` is the key of
    one of the metrics or dimensions, or `date`; it and `limit` choose the groups that dimensions make.
    """

    metrics: tuple[Metric, ...]
    period: Period
    dimensions: tuple[Dimension, ...] = ()
    grain: Grain | None = None
    comparison: Comparison | None = None
    refund_basis: RefundBasis = RefundBasis.REFUND_DAY
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: str = ""
    descending: bool = True
    limit: int = DEFAULT_LIMIT

    @property
    def divided_by(self) -> frozenset[str]:
        """Every dimension that a source must have."""
        return frozenset(dimension.key for dimension in self.dimensions) | frozenset(self.filters)

    def is_of_one(self, dimension: str) -> bool:
        """Whether each value of the answer is of one value of a dimension."""
        return dimension in {one.key for one in self.dimensions} or len(self.filters.get(dimension, ())) == 1

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures behind the metrics, each once."""
        keys = dict.fromkeys(key for metric in self.metrics for key in metric.expression.measures())
        return tuple(MEASURES[key] for key in keys if key != DAYS.measure)

    def columns_of(self, measure: Measure) -> Mapping[str, Column]:
        """Return where a measure can be read from, by the day that refunds are booked on."""
        by_order_day = measure.has_basis and self.refund_basis == RefundBasis.ORDER_DAY
        return measure.by_order_day if by_order_day else measure.columns

    def facts_of(self, measure: Measure) -> Facts:
        """Return the facts behind a measure, by the day that refunds are booked on."""
        if self.refund_basis == RefundBasis.ORDER_DAY and measure.facts_by_order_day:
            return measure.facts_by_order_day
        return measure.facts_of.get(sources_for(self, measure)[0], measure.facts)


def ask(
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
) -> Question:
    """Return a question that can be answered, by no more than so many groups.

    Raises:
        InvalidQuestion: a name is unknown, or no rollup has what is asked for; it names the parameter.

    """
    question = Question(
        metrics=tuple(METRICS[key] for key in _known("metrics", metrics, METRICS, at_least=1, at_most=MAX_METRICS)),
        dimensions=tuple(
            DIMENSIONS[key] for key in _known("dimensions", dimensions, DIMENSIONS, at_most=MAX_DIMENSIONS)
        ),
        grain=None if grain is None else Grain(_one_of("grain", grain, [str(one) for one in Grain])),
        comparison=(
            None if compare is None else Comparison(_one_of("compare", compare, [str(one) for one in Comparison]))
        ),
        refund_basis=RefundBasis(_one_of("refund_basis", refund_basis, [str(one) for one in RefundBasis])),
        period=period,
        filters=checked_filters(filters or {}),
        order=order.removeprefix("-"),
        descending=order.startswith("-") or not order,
        limit=limit,
    )
    if not 1 <= limit <= at_most:
        raise InvalidQuestion("limit", f"Give a number from 1 to {at_most}.")
    _check_order(question)
    _check_size(question)
    for metric in question.metrics:
        _check_metric(question, metric)
    return question


def sources_for(question: Question, measure: Measure) -> list[str]:
    """Return the sources that have a measure by all that is asked for, the preferred one first."""
    return [
        source
        for source in question.columns_of(measure)
        if all(source in DIMENSIONS[key].columns for key in question.divided_by)
    ]


def dimensions_of(metric: Metric) -> list[str]:
    """Return the dimensions that a metric can be divided by, one at a time."""
    measures = [MEASURES[key] for key in dict.fromkeys(metric.expression.measures()) if key != DAYS.measure]
    only = {measure.only_by for measure in measures if measure.only_by}
    return [
        key
        for key, dimension in DIMENSIONS.items()
        if all(any(source in dimension.columns for source in measure.columns) for measure in measures) and only <= {key}
    ]


def adds_up_over_groups(metric: Metric) -> bool:
    """Tell whether the values of groups add up to that of all: sums do, distinct counts and ratios do not."""
    measures = [MEASURES[key] for key in metric.expression.measures() if key != DAYS.measure]
    return metric.expression.is_linear and all(measure.is_sum and not measure.only_by for measure in measures)


def has_basis(metric: Metric) -> bool:
    """Tell whether a metric depends on the day that refunds are booked on."""
    return any(MEASURES[key].has_basis for key in metric.expression.measures() if key != DAYS.measure)


def _check_metric(question: Question, metric: Metric) -> None:
    for key in metric.expression.measures():
        if key == DAYS.measure:
            continue
        measure = MEASURES[key]
        if not sources_for(question, measure):
            by = " and ".join(sorted(question.divided_by))
            fitting = ", ".join(dimensions_of(metric))
            told = f"It can be divided by {fitting}" if fitting else "It cannot be divided"
            together = " (one at a time)" if len(question.divided_by) > 1 else ""
            field = "dimensions" if question.dimensions else "filters"
            raise InvalidQuestion(field, f"{metric.key} cannot be divided by {by}. {told}{together}.")
        if measure.only_by and not question.is_of_one(measure.only_by):
            raise InvalidQuestion(
                "dimensions", f"{metric.key} only makes sense by {measure.only_by}, or for one alone."
            )
        undated = not any(SOURCES[source].is_dated for source in sources_for(question, measure))
        if question.grain is not None and undated:
            raise InvalidQuestion("grain", f"{metric.key} is of the present; it has no value by {question.grain}.")


def _check_size(question: Question) -> None:
    if question.grain is None or not question.dimensions:
        return
    steps = len(buckets(question.period, question.grain, 1))
    if question.limit * steps > MAX_ROWS:
        raise InvalidQuestion(
            "limit",
            f"{question.limit} groups by {question.grain} in {question.period.days} days are over {MAX_ROWS} rows."
            f" Ask for at most {MAX_ROWS // steps} groups, a coarser grain, or fewer days.",
        )


def _check_order(question: Question) -> None:
    if not question.order:
        return
    possible = [metric.key for metric in question.metrics] + [dimension.key for dimension in question.dimensions]
    if question.grain is not None and not question.dimensions:
        possible.append(DATE)
    if question.order not in possible:
        raise InvalidQuestion("order", f"Give one of {', '.join(possible)}, with a minus in front for descending.")


def _known(
    field: str, keys: Sequence[str], known: Mapping[str, object], *, at_most: int, at_least: int = 0
) -> list[str]:
    if isinstance(keys, str):
        raise InvalidQuestion(field, "Give a list of names.")
    if not at_least <= len(keys) <= at_most:
        raise InvalidQuestion(field, f"Give {at_least} to {at_most} of them.")
    for key in keys:
        if key not in known:
            raise InvalidQuestion(field, f"There is no {key!r}. There are {', '.join(known)}.")
    if len(set(keys)) < len(keys):
        raise InvalidQuestion(field, "Give each once.")
    return list(keys)


def _one_of(field: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise InvalidQuestion(field, f"Give one of {', '.join(choices)}.")
    return value


def checked_filters(given: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return filters whose dimensions and values there can be.

    Raises:
        InvalidQuestion: one cannot be; it names the filter.

    """
    found = {}
    for key, values in given.items():
        field = f"filters.{key}"
        if key not in DIMENSIONS:
            raise InvalidQuestion("filters", f"There is no {key!r}. There are {', '.join(DIMENSIONS)}.")
        chosen = tuple(dict.fromkeys([values] if isinstance(values, str) else values))
        if not 1 <= len(chosen) <= MAX_VALUES:
            raise InvalidQuestion(field, f"Give 1 to {MAX_VALUES} values.")
        for value in chosen:
            _check_value(field, DIMENSIONS[key], value)
        found[key] = chosen
    return found


def _check_value(field: str, dimension: Dimension, value: str) -> None:
    if not isinstance(value, str) or "\x00" in value or len(value) > 200 or not _is_text(value):
        raise InvalidQuestion(field, "Give texts of at most 200 printable characters.")
    if not value:
        return
    if dimension.is_id:
        try:
            uuid.UUID(value)
        except ValueError:
            raise InvalidQuestion(field, "Give ids, or an empty text for none.") from None
    elif dimension.choices and value not in dimension.choices:
        raise InvalidQuestion(field, f"Give one of {', '.join(dimension.choices)}, or an empty text for none.")


def _is_text(value: str) -> bool:
    """Tell whether a database can be asked for it: half of a surrogate pair is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
