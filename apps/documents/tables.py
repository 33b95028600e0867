"""A table that can become any document: typed columns, and rows that are read once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.analytics.metrics.declarations import Unit


class Kind(StrEnum):
    """What a column holds. Units of metrics are kinds; percent is 0 to 100."""

    TEXT = "text"
    DATE = "date"
    INSTANT = "instant"
    MONEY = Unit.MONEY.value
    COUNT = Unit.COUNT.value
    QUANTITY = Unit.QUANTITY.value
    PERCENT = Unit.PERCENT.value
    MINUTES = Unit.MINUTES.value
    DAYS = Unit.DAYS.value
    RATING = Unit.RATING.value
    NUMBER = Unit.NUMBER.value

    @property
    def is_number(self) -> bool:
        """Whether values are numbers, and lie to the right."""
        return self not in {Kind.TEXT, Kind.DATE, Kind.INSTANT}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called, and what it holds. `adds_up` says that its total is the sum of its rows."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    adds_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of as many values as there are columns: texts, Decimals, dates, aware instants, None for no value.

    `currency` is that of all amounts, `timezone` that of all instants. `total` is a row over everything there is,
    `facts` say how it is to be read where a table is a document by itself.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Any]]
    currency: str
    timezone: str
    total: Sequence[Any] | None = None
    facts: tuple[tuple[str, str], ...] = ()


class CountedRows:
    """Rows that are counted while they are read."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self.count += 1
            yield row
