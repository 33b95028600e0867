"""Whether a change is more than days of the week vary by anyway."""

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from apps.core.periods import Period

WEEKS = 12
FEWEST = 4
# Two-sided at about one in fifty with twelve weeks behind each day of the week: flat noise is rarely called a change.
_QUANTILE = 2.6


def baseline_of(period: Period, earlier: Period) -> Period:
    """Return the weeks that tell what is normal: those before the period, or before what it is compared with."""
    length = datetime.timedelta(weeks=WEEKS)
    last = period.first - datetime.timedelta(days=1)
    if earlier.last > last - length:
        last = min(last, earlier.first - datetime.timedelta(days=1))
    return Period(last - length + datetime.timedelta(days=1), last)


def is_within_normal_range(
    change: Decimal,
    *,
    days: Iterable[datetime.date],
    earlier_days: Iterable[datetime.date],
    history: Mapping[datetime.date, Decimal],
) -> bool | None:
    """Return whether a change between two sets of days is within their normal range, None where history is short.

    `history` has a value for each business day of the baseline. Each day of the week has its mean and its variance
    there; the change that is expected is the difference of the means, and its variance the sum of the variances of all
    days, with the error of each mean. The change is normal where it lies within 2.6 standard deviations of what is
    expected.
    """
    by_weekday: dict[int, list[float]] = defaultdict(list)
    for day, value in history.items():
        by_weekday[day.isoweekday()].append(float(value))
    balance: dict[int, int] = defaultdict(int)
    number: dict[int, int] = defaultdict(int)
    for sign, chosen in ((1, days), (-1, earlier_days)):
        for day in chosen:
            balance[day.isoweekday()] += sign
            number[day.isoweekday()] += 1
    expected = variance = 0.0
    for weekday, count in number.items():
        values = by_weekday[weekday]
        if len(values) < FEWEST:
            return None
        mean = math.fsum(values) / len(values)
        spread = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
        expected += balance[weekday] * mean
        variance += spread * (count + balance[weekday] ** 2 / len(values))
    return abs(float(change) - expected) <= _QUANTILE * math.sqrt(variance)
