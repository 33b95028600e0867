"""Random draws for a batch of orders, and the parts of orders that every business has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.demo.clock import DAY, HOUR, Bools, Floats, Ints
from apps.demo.orders import CHANNELS, COMPLETED, METHODS, Lines, Orders, Plan
from apps.demo.writing import ISSUES

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws one value for each of `size` orders."""

    generator: np.random.Generator
    size: int

    def chance(self, probability: float | Floats) -> Bools:
        """Return yes with this probability."""
        return self.generator.random(self.size) < probability

    def choice(self, weights: Sequence[float] | Floats) -> Ints:
        """Return a number from 0, each as often as its weight says."""
        return weighted(self.generator, weights, self.size)

    def among(self, options: Sequence[str], weights: dict[str, float]) -> Ints:
        """Return the places of options, weighted by name."""
        return self.choice([weights.get(option, 0.0) for option in options])

    def lasting(self, median: float | Floats, deviation: float = 0.45) -> Ints:
        """Return durations around a median, in seconds, with a long tail."""
        seconds: Ints = (np.exp(self.generator.normal(0.0, deviation, self.size)) * median).astype(np.int64)
        return np.maximum(seconds, 1)

    def between(self, first: int, last: int) -> Ints:
        """Return whole numbers from `first` to `last`."""
        numbers: Ints = self.generator.integers(first, last + 1, self.size)
        return numbers


def weighted(generator: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Return places in `weights`, each as often as it says."""
    reached = np.cumsum(weights)
    places: Ints = np.searchsorted(reached, generator.random(size) * reached[-1], side="right")
    return np.minimum(places, len(weights) - 1)


def draw_channels(draw: Draw, weights: dict[str, float]) -> Ints:
    """Return channels, weighted by name."""
    return draw.among(CHANNELS, weights)


def draw_payments(draw: Draw, orders: Orders, *, methods: dict[str, float], plans: dict[Plan, float]) -> None:
    """Decide how orders are paid; cash when the goods come, the rest minutes after the order."""
    orders.method = draw.among(METHODS, methods)
    orders.plan = draw.choice([plans.get(plan, 0.0) for plan in Plan])
    orders.paid = orders.placed + draw.between(20, 900)
    in_cash = (orders.method == METHODS.index("cash")) & (orders.steps[COMPLETED] >= 0)
    orders.paid[in_cash] = orders.steps[COMPLETED][in_cash]


def draw_refunds(draw: Draw, orders: Orders, *, share_refunded: float | Floats, reasons: int) -> None:
    """Decide what is given back, one to sixteen days after completion."""
    refunded = draw.chance(share_refunded)
    part = np.array([1.0, 0.5, 0.25])[draw.choice([0.5, 0.3, 0.2])]
    orders.refund_share = np.where(refunded, part, 0.0)
    orders.refund_delay = draw.between(1 * DAY, 16 * DAY)
    orders.refund_reason = draw.between(0, reasons - 1)


def draw_reviews(
    draw: Draw, orders: Orders, *, share_reviewed: float, good: Sequence[float], bad: Sequence[float], is_bad: Bools
) -> None:
    """Decide who reviews: weights of one to five stars for most orders, and for those that went badly.

    Comments are numbered four for each rating, from the worst rating on.
    """
    stars = np.where(is_bad, draw.choice(bad), draw.choice(good)) + 1
    orders.rating = np.where(draw.chance(share_reviewed), stars, 0)
    orders.review_delay = draw.lasting(20 * HOUR, 1.0)
    said = (stars - 1) * 4 + draw.between(0, 3)
    orders.comment = np.where(draw.chance(0.45), said, -1)


def draw_issues(draw: Draw, orders: Orders, *, share: float | Floats, kinds: dict[str, float]) -> None:
    """Decide what goes wrong; one in seven issues stays open."""
    orders.issue = np.where(draw.chance(share), draw.among(ISSUES, kinds), -1)
    orders.report_delay = draw.lasting(9 * HOUR, 0.9)
    orders.resolve_delay = np.where(draw.chance(6 / 7), draw.lasting(30 * HOUR, 0.8), -1)


def draw_lines(draw: Draw, orders: Orders, sizes: Sequence[float]) -> Ints:
    """Give each order one line or more, weighted by how many; return the order of each line.

    The caller fills in what the lines sell.
    """
    lines_each = draw.choice(sizes) + 1
    order = np.repeat(np.arange(len(orders)), lines_each)
    blank = np.zeros(len(order), dtype=np.int64)
    orders.lines = Lines(order=order, product=blank.copy(), quantity=blank.copy(), unit_price=blank.copy())
    return order


def share_of(cents: Ints, share: float, unit: int) -> Ints:
    """Return a share of amounts, rounded to the smallest amount the currency shows."""
    return np.rint(cents * share / unit).astype(np.int64) * unit
