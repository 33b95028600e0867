"""docs/metrics.md, written from what is declared."""

from collections.abc import Iterable
from itertools import groupby

from apps.analytics.metrics import examples
from apps.analytics.metrics.catalogue import METRICS
from apps.analytics.metrics.declarations import Dimension, Metric, Unit
from apps.analytics.metrics.dimensions import DIMENSIONS
from apps.analytics.metrics.expressions import Of, formula_of
from apps.analytics.metrics.measures import MEASURES
from apps.analytics.metrics.questions import dimensions_of, has_basis
from apps.analytics.metrics.values import rounded

_HEAD = """# Metrics

<!-- Written by `manage.py describe_metrics --write`; a test holds that it is current. -->

Every figure that Bellwether shows is a metric with a key, declared once under
`apps/analytics/metrics/catalogue`. This page is written from there. Where the sums come from that metrics are
made of, [rollups.md](rollups.md) tells.

- An order is *counted* unless it was cancelled, rejected or a no-show.
- A day is the organization’s business day, in its time zone, from the hour at which its days begin.
- What is known of customers, partners and products (city, segment, capacity, stock) is what is known today,
  also for days long past.
- A ratio is the ratio of the sums, never a mean of ratios; where there is nothing to divide by, it has no
  value. Customers of a week are counted over the week, never added up from its days.

## The example day

Each metric below says what it gives for one day of an invented laundry in New York, {day}, asked on {asked}.
Amounts are in {currency}.

"""

_NOTES = """
## When refunds are booked

A refund often comes days after its order. With `refund_basis=refund_day`, the default, it lowers the day on
which the money was given back; that day does not change any more. With `order_day` it lowers the day of the
order it belongs to, which shows what an order was worth in the end, and changes days that are past. Over all
time both give the same. Metrics that depend on it say so above. Refunds of orders that do not count lower
nothing: there was no revenue to lower.

## Comparisons

| `compare` | with |
|---|---|
| `previous_period` | the days just before; whole months with whole months; “to date” with the same part before |
| `previous_year` | the same dates a year before |
| `same_weekdays` | as many whole weeks before as it takes, so that Mondays meet Mondays |

A period that still goes on is compared with as much of the earlier one: today until 10:37 with the earlier day
until 10:37. Beside the earlier value stand the change, in the metric’s unit, and the change in percent. Where
there is none, the reason stands in its place:

| reason | means |
|---|---|
| `zero_base` | the earlier value was 0 |
| `negative_base` | the earlier value was below 0 |
| `no_base` | there was no earlier value, such as a rate of no orders |
| `no_value` | there is no value now |
| `not_kept` | a metric of the present: what it was earlier is not known |

## The normal range

Days differ. Whether a change is more than that, `within_normal_range` says: from the twelve weeks before, each
day of the week gets its mean and its spread; a change is normal where it is no further than 2.6 standard
deviations from the difference that the days of the week make anyway. Of changes by chance alone, fewer than one
in twenty is called unusual. A small business varies much, so that only a large change stands out. While a day
goes on, anything between none and all of what its day of the week makes is expected. It is told of totals that
may be added up over days. Where it is not, the reason is `short_history` (fewer than four of a day of the week),
`not_additive` or `not_computed`.

## What drives a change in revenue

A change in total revenue is divided into three parts that add up to it, to the cent: *orders*, what more or
fewer counted orders would have brought at the earlier average value; *mix*, what came of orders moving between
groups (partners, say) of different average value, groups that are new among them; and *average value*, what came
of orders in the same group being worth more or less.
"""

_UNITS = {
    Unit.MONEY: f"{{}} {examples.CURRENCY}",
    Unit.PERCENT: "{}%",
    Unit.MINUTES: "{} minutes",
    Unit.DAYS: "{} days",
    Unit.RATING: "{} of 5",
}


def document() -> str:
    """Return the whole page."""
    head = _HEAD.format(
        day=examples.day_told(examples.DAY), asked=examples.day_told(examples.ASKED_ON), currency=examples.CURRENCY
    )
    parts = [head, *(f"- {sentence}\n" for sentence in examples.told())]
    for group, metrics in groupby(METRICS.values(), key=lambda metric: metric.group):
        parts.append(f"\n## {group}\n")
        parts.extend(map(_metric_told, metrics))
    parts.append("\n## Dimensions\n\n| dimension | key | what it is | values |\n|---|---|---|---|\n")
    parts.extend(map(_dimension_told, DIMENSIONS.values()))
    parts.append(_NOTES)
    return "".join(parts)


def _metric_told(metric: Metric) -> str:
    facts = [
        f"How: {_how(metric)}.",
        f"Days: {_days(metric)}.",
        f"Can be divided by: {_keys(dimensions_of(metric)) or 'nothing'}.",
    ]
    if has_basis(metric):
        facts.append("Refunds: on their own day, or on the day of their order (`refund_basis`).")
    row = f" for {metric.example.named}" if metric.example.by else ""
    facts.append(f"Example: **{_example(metric)}**{row}: {metric.example.because}.")
    told = "".join(f"- {fact}\n" for fact in facts)
    return f"\n### {metric.label}\n\n`{metric.key}`, {metric.unit}. {metric.formula}\n\n{told}"


def _how(metric: Metric) -> str:
    if not isinstance(metric.expression, Of):
        return f"`{formula_of(metric.expression)}`"
    measure = MEASURES[metric.expression.measure]
    return "a sum over facts" if measure.is_sum else "a count of different ones"


def _days(metric: Metric) -> str:
    if metric.is_snapshot:
        return "as of now, whatever the period"
    if metric.additive:
        return "may be added up"
    return "may not be added up; each period is worked out by itself"


def _example(metric: Metric) -> str:
    value = rounded(metric.example.value, metric.unit, examples.CURRENCY)
    return _UNITS.get(metric.unit, "{}").format(f"{value.normalize():f}" if _is_plain(metric) and value else value)


def _is_plain(metric: Metric) -> bool:
    return metric.unit in {Unit.QUANTITY, Unit.NUMBER, Unit.RATING, Unit.DAYS}


def _dimension_told(dimension: Dimension) -> str:
    values = "ids" if dimension.is_id else _values_told(dimension)
    none = f"; empty: {dimension.none_label}" if dimension.none_label else ""
    return f"| {dimension.label} | `{dimension.key}` | {dimension.description} | {values}{none} |\n"


def _values_told(dimension: Dimension) -> str:
    if not dimension.choices:
        return "texts"
    keys = list(dimension.choices)
    return f"`{keys[0]}` to `{keys[-1]}`" if all(key.isdigit() for key in keys) else _keys(keys)


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
