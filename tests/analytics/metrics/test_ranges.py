"""What is called outside the normal range: seldom flat noise, always a real drop."""

import datetime
import random
from collections.abc import Mapping
from decimal import Decimal

import pytest

from apps.analytics.metrics.ranges import baseline_of, is_within_normal_range
from apps.core.periods import Comparison, Period, compared_period

FIRST = datetime.date(2024, 1, 1)  # a Monday
DAYS = 1100
# What each day of the week is of the mean day, Monday first.
SHAPES = {
    "every day alike": (1, 1, 1, 1, 1, 1, 1),
    "busy weekends": (0.6, 0.6, 0.7, 0.9, 1.3, 1.7, 1.2),
    "closed on Sundays": (1.3, 1.1, 1.1, 1.1, 1.2, 1.2, 0),
    "weekdays only": (1.4, 1.4, 1.4, 1.4, 1.4, 0, 0),
}
# Orders on a mean day, and the spread of one order's amount on a logarithmic scale: 0 counts orders, 1 is heavy-tailed.
NOISES = {
    "orders of a small shop": (8, 0),
    "orders of a large shop": (120, 0),
    "amounts of a small shop": (8, 0.7),
    "amounts of a large shop": (120, 0.7),
    "amounts with a heavy tail": (40, 1.0),
}
LENGTHS = (1, 7, 30)


def poisson(chance: random.Random, mean: float) -> int:
    """Return how many events fall into one unit of time."""
    number, elapsed = -1, 0.0
    while elapsed <= 1 and mean:
        elapsed += chance.expovariate(mean)
        number += 1
    return max(number, 0)


def simulated(shape: str, noise: str) -> dict[datetime.date, Decimal]:
    """Return years of days that vary by their day of the week and by chance alone."""
    chance = random.Random(f"{shape}, {noise}")  # noqa: S311 - the same noise each time
    orders, spread = NOISES[noise]
    values = {}
    for number in range(DAYS):
        placed = poisson(chance, orders * SHAPES[shape][number % 7])
        amount = sum(chance.lognormvariate(3, spread) for _ in range(placed)) if spread else placed
        values[FIRST + datetime.timedelta(days=number)] = round(Decimal(amount), 2)
    return values


@pytest.fixture(scope="module")
def series() -> dict[tuple[str, str], dict[datetime.date, Decimal]]:
    return {(shape, noise): simulated(shape, noise) for shape in SHAPES for noise in NOISES}


def is_normal(
    values: Mapping[datetime.date, Decimal], period: Period, comparison: Comparison, factor: Decimal = Decimal(1)
) -> bool | None:
    """Ask as `query_metrics` does; with a factor, of a period in which something happened."""
    earlier = compared_period(period, comparison)
    baseline = baseline_of(period, earlier)
    now, before = (sum(values[day] for day in span.dates()) for span in (period, earlier))
    return is_within_normal_range(
        factor * now - before,
        days=list(period.dates()),
        earlier_days=list(earlier.dates()),
        history={day: values[day] for day in baseline.dates()},
    )


def periods(length: int) -> list[Period]:
    """Return periods with two years before them, on every day of the week."""
    starts = [FIRST + datetime.timedelta(days=number) for number in range(740, DAYS - length, 4)]
    return [Period(start, start + datetime.timedelta(days=length - 1)) for start in starts]


@pytest.mark.parametrize("comparison", list(Comparison))
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("noise", NOISES)
def test_flat_noise_is_called_unusual_in_fewer_than_one_of_twenty_comparisons(series, noise, length, comparison):
    answers = [is_normal(series[shape, noise], period, comparison) for shape in SHAPES for period in periods(length)]
    assert len(answers) > 300
    assert None not in answers
    assert answers.count(False) / len(answers) < 0.05


@pytest.mark.parametrize("comparison", [Comparison.PREVIOUS_PERIOD, Comparison.SAME_WEEKDAYS])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_drop_by_two_fifths_over_a_week_is_called_unusual(series, shape, comparison):
    for noise in ("orders of a large shop", "amounts of a large shop"):
        answers = [is_normal(series[shape, noise], period, comparison, factor=Decimal("0.6")) for period in periods(7)]
        assert set(answers) == {False}


def test_a_morning_is_not_unusual_because_its_day_of_the_week_will_be_another(series):
    """Seven hours of a Saturday beside seven of a Friday, of a business that sells most on Saturdays."""
    values = series["busy weekends", "orders of a large shop"]
    saturday = FIRST + datetime.timedelta(days=7 * 110 + 5)
    friday = saturday - datetime.timedelta(days=1)
    baseline = baseline_of(Period(saturday, saturday), Period(friday, friday))
    history = {day: values[day] for day in baseline.dates()}

    def ask(change: int, **options: bool) -> bool | None:
        return is_within_normal_range(
            Decimal(change), days=[saturday], earlier_days=[friday], history=history, **options
        )

    changes = (-100, 0, 48, 150)
    assert [ask(change, goes_on=True, earlier_goes_on=True) for change in changes] == [False, True, True, False]
    # All of Friday, which had about 156 orders, beside what Saturday has so far: from nothing to about 204.
    assert [ask(change, goes_on=True) for change in (-300, -156, 48, 150)] == [False, True, True, False]


def test_a_short_history_says_nothing():
    day = FIRST + datetime.timedelta(days=21)
    history = {FIRST + datetime.timedelta(days=number): Decimal(1) for number in range(21)}
    earlier = [day - datetime.timedelta(days=1)]
    assert is_within_normal_range(Decimal(0), days=[day], earlier_days=earlier, history=history) is None
