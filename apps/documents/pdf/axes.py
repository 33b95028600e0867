"""Scales of charts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to points: `low` and `high` are the ends of the axis, `begin` and `end` where they lie."""

    low: float
    high: float
    ticks: tuple[float, ...]
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value lies."""
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


def scale_of(values: Iterable[float], begin: float, end: float, *, from_zero: bool, is_whole: bool = False) -> Scale:
    """Return a scale over values with ticks at round numbers.

    It begins at zero if it must, and also where that costs little: the difference between values stays visible.
    """
    known = list(values)
    low, high = min(known, default=0.0), max(known, default=0.0)
    if from_zero or low <= 0.6 * high:
        low = min(low, 0.0)
        high = max(high, 0.0)
    if low == high:
        high = low + 1 if low == 0 else low + abs(low) * 0.1
    step = _step((high - low) / (_TICKS - 1))
    if is_whole:
        step = max(1.0, math.ceil(step))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, begin, end)


def apart(places: list[float], distance: float, low: float, high: float) -> list[float]:
    """Return places that are so far apart, in the same order, each as near as can be to where it was."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [min(max(places[index], low), high) for index in order]
    for number in range(1, len(moved)):
        moved[number] = max(moved[number], moved[number - 1] + distance)
    excess = moved[-1] - high if moved else 0
    if excess > 0:
        moved[-1] -= excess
        for number in range(len(moved) - 2, -1, -1):
            moved[number] = min(moved[number], moved[number + 1] - distance)
    result = [0.0] * len(places)
    for index, place in zip(order, moved, strict=True):
        result[index] = place
    return result


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * 0.999)
