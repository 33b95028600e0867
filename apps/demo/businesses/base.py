"""What a business of the demonstration says about itself."""

import datetime
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.accounts.locales import DEFAULT_LOCALE
from apps.core.calendar import BusinessCalendar
from apps.demo.clock import Calendar, Ints
from apps.demo.orders import Orders
from apps.demo.tables import Table
from apps.demo.writing import Phrases

BATCH = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The organization, and how many business days of history it has."""

    slug: str
    name: str
    zone: str
    currency: str
    days: int
    day_starts_at: datetime.time = datetime.time(0)
    week_starts_on: int = 1
    locale: str = DEFAULT_LOCALE

    @property
    def clock(self) -> BusinessCalendar:
        """The organization's business days."""
        return BusinessCalendar(self.zone, self.day_starts_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a run gives a business: its days, the present, how much of everything, and the seed."""

    slug: str
    calendar: Calendar
    now: int
    scale: float
    seed: int

    @property
    def today(self) -> int:
        """The count of the last business day."""
        return self.calendar.days - 1

    @property
    def copies(self) -> int:
        """How many times partners and products are there: a smaller run keeps them all."""
        return max(1, round(self.scale))

    def generator(self, *labels: object) -> np.random.Generator:
        """Return the random numbers of one purpose; other purposes and businesses have others."""
        text = "/".join(map(str, (self.seed, self.slug, *labels)))
        return np.random.default_rng(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))


class Script(ABC):
    """One business in one run. Tables and batches are made when asked for, so that memory stays flat.

    `on_account` says that payments are entered when money comes in, and not before.
    """

    phrases: Phrases
    order_count: int
    on_account: bool = False

    @abstractmethod
    def before_orders(self) -> Iterator[Table]:
        """Yield what orders refer to."""

    @abstractmethod
    def orders(self) -> Iterator[Orders]:
        """Yield the orders in batches, the present not yet considered."""

    @abstractmethod
    def after_orders(self) -> Iterator[Table]:
        """Yield what refers to customers or stands alone."""


class Business(ABC):
    """A business whose script can be played for any stage."""

    profile: Profile

    @abstractmethod
    def script(self, stage: Stage) -> Script:
        """Return what happens in this run."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Orders to be made up: their running number, business day, stream, and number within the stream."""

    number: Ints
    day: Ints
    stream: Ints
    nth: Ints


class Schedule:
    """How many orders each stream has on each day, cut into batches of bounded size."""

    def __init__(self, counts: Ints) -> None:
        """Take counts as days by streams."""
        self._streams = counts.shape[1]
        flat = counts.reshape(-1)
        self._reached: Ints = np.cumsum(flat)
        self._cell_starts: Ints = self._reached - flat
        self._stream_starts: Ints = (np.cumsum(counts, axis=0) - counts).reshape(-1)
        self.total = int(self._reached[-1])

    def batches(self) -> Iterator[Slots]:
        """Yield runs of slots, day after day."""
        for start in range(0, self.total, BATCH):
            number = np.arange(start, min(start + BATCH, self.total), dtype=np.int64)
            cell = np.searchsorted(self._reached, number, side="right")
            nth = self._stream_starts[cell] + number - self._cell_starts[cell]
            yield Slots(number, cell // self._streams, cell % self._streams, nth)
