"""Who orders: customers join day by day, order more or less often, and some leave."""

from dataclasses import dataclass

import numpy as np

from apps.demo.clock import Bools, Calendar, Floats, Ints
from apps.demo.truth_kinds import ChurnedCohort

NEVER = 1 << 40
_JOINED_BEFORE = 400
_DRAWS = 40


@dataclass(slots=True)
class CustomerPool:
    """Customers sorted by the day they joined, counted as the calendar counts; before its first day is negative.

    Somebody orders from the day of joining to the day before leaving. Customer 0 was always there and never leaves.
    """

    joined: Ints
    left: Ints
    _reached: Floats

    @classmethod
    def growing_with(
        cls,
        weights: Floats,
        *,
        size: int,
        generator: np.random.Generator,
        known_at_start: float,
        stays_for: float,
        loyal: float,
    ) -> "CustomerPool":
        """Let customers join in proportion to the days' weights.

        `known_at_start` of them were there before; `loyal` of them never leave, the others stay for so many days in
        the mean.
        """
        new = round(size * (1 - known_at_start))
        chances = np.cumsum(weights) / weights.sum()
        joined = np.searchsorted(chances, generator.random(new))
        before = generator.integers(-_JOINED_BEFORE, 0, size - new)
        joined = np.sort(np.concatenate([before, joined]))
        left = joined + 1 + generator.exponential(stays_for, size).astype(np.int64)
        left[generator.random(size) < loyal] = NEVER
        joined[0], left[0] = -_JOINED_BEFORE, NEVER
        return cls(joined, left, np.cumsum(generator.gamma(0.8, 1.0, size) + 0.05))

    @classmethod
    def of_regulars(cls, size: int) -> "CustomerPool":
        """Return customers who were always there, never leave, and order alike."""
        always = np.full(size, -_JOINED_BEFORE, dtype=np.int64)
        return cls(always, np.full(size, NEVER, dtype=np.int64), np.arange(1, size + 1, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.joined)

    def plant(self, cohort: ChurnedCohort, calendar: Calendar, generator: np.random.Generator) -> Bools:
        """Let two in three of those who joined in the cohort's days leave in time; return who belongs to it."""
        first, last = calendar.days_ago(cohort.joined.first), calendar.days_ago(cohort.joined.last)
        joined_then = (self.joined >= first) & (self.joined <= last)
        members: Bools = joined_then & (np.arange(len(self)) % 3 != 0)
        stays = generator.integers(5, cohort.gone_after_days + 1, len(self))
        self.left = np.where(members, self.joined + stays, self.left)
        return members

    def pick(self, days: Ints, generator: np.random.Generator) -> Ints:
        """Return a customer for each day who is there on it."""
        there = np.searchsorted(self.joined, days, side="right")
        limits = self._reached[np.maximum(there, 1) - 1]
        picked: Ints = np.searchsorted(self._reached, generator.random(len(days)) * limits)
        for _ in range(_DRAWS):
            gone = np.flatnonzero(self.left[picked] <= days)
            if not len(gone):
                return picked
            picked[gone] = np.searchsorted(self._reached, generator.random(len(gone)) * limits[gone])
        picked[self.left[picked] <= days] = 0
        return picked

    def joined_at(self, calendar: Calendar, numbers: Ints) -> Ints:
        """Return the instants of joining: an hour before the first day on which each can order."""
        days = self.joined[numbers]
        inside = calendar.openings[np.maximum(days, 0)]
        return np.where(days < 0, calendar.openings[0] + days * 86400, inside) - 3600 + numbers % 3000
