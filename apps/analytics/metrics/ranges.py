"""Whether a change is more than days of the week vary by anyway."""

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
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
    days: Sequence[datetime.date],
    earlier_days: Sequence[datetime.date],
    history: Mapping[datetime.date, Decimal],
    goes_on: bool = False,
    earlier_goes_on: bool = False,
) -> bool | None:
    """Return whether a change between two sets of days is within their normal range, None where history is short.

    `history` has a value for each business day of the baseline. Each day of the week has its mean and its variance
    there; the change that is expected is the difference of the means, and its variance the sum of the variances of all
    days, with the error of each mean. The change is normal where it lies within 2.6 standard deviations of what is
    expected.

    Where the last day goes on, or stops early on the earlier side, nobody knows how much of it belongs to the hours so
    far: all that lies between none of it and all of it is expected.
    """
    by_weekday: dict[int, list[float]] = defaultdict(list)
    for day, value in history.items():
        by_weekday[day.isoweekday()].append(float(value))
    weekdays = {day.isoweekday() for day in [*days, *earlier_days]}
    if any(len(by_weekday[weekday]) < FEWEST for weekday in weekdays):
        return None
    means = {weekday: math.fsum(by_weekday[weekday]) / len(by_weekday[weekday]) for weekday in weekdays}
    now, before = (Counter(day.isoweekday() for day in chosen) for chosen in (days, earlier_days))
    expected = variance = 0.0
    for weekday in weekdays:
        values, balance = by_weekday[weekday], now[weekday] - before[weekday]
        spread = math.fsum((value - means[weekday]) ** 2 for value in values) / (len(values) - 1)
        expected += balance * means[weekday]
        variance += spread * (now[weekday] + before[weekday] + balance**2 / len(values))
    without = expected
    if goes_on:
        without -= means[days[-1].isoweekday()]
    if earlier_goes_on:
        without += means[earlier_days[-1].isoweekday()]
    reach = _QUANTILE * math.sqrt(variance)
    return min(expected, without) - reach <= float(change) <= max(expected, without) + reach
