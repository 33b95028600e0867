"""What a report is before it is a file: figures, sections of charts and tables, and how all of it is to be read.

Nothing in it is worked out or written by hand: values come from metrics, and each writer writes them in the notation
that the document carries. Texts are plain; what they contain is never markup and never a formula.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from apps.accounts.notation import Notation
from apps.documents.changes import Change
from apps.documents.tables import Kind, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure that matters. `reason` says why there is no value."""

    key: str
    label: str
    kind: Kind
    value: Decimal | None
    earlier: Decimal | None = None
    change: Change | None = None
    reason: str = ""


class Form(StrEnum):
    """How a chart is drawn: lines over time, bars beside each other, columns in parts."""

    LINES = "lines"
    BARS = "bars"
    STACKED = "stacked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values over the chart's labels, None for a gap; `is_earlier` is the period that is compared with."""

    label: str
    values: tuple[Decimal | None, ...]
    is_earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart over labels. `kind` is the unit of all its values; `finding` says in words what it shows.

    `goes_on` says that the last label's time is not over yet: it is drawn dashed.
    """

    title: str
    form: Form
    kind: Kind
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    finding: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question and its answer. The first section with a table is the one that a file of one table holds."""

    key: str
    title: str
    about: str = ""
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a term means: of a metric, its label and its formula in words."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report. `facts` say how it is to be read, such as period, zone, refund basis, as of; `notice`, what it lacks.

    `period` is in words, `as_said` the line that says of which instant of the past it is, if it is. `created_at` and
    `as_of` are aware instants; the same document gives the same bytes.
    """

    key: str
    title: str
    organization: str
    period: str
    notation: Notation
    created_at: datetime.datetime
    as_of: datetime.datetime | None
    notice: str = ""
    as_said: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    figures: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = ()
    definitions: tuple[Definition, ...] = field(default=())

    def tables(self) -> Iterator[Table]:
        """Yield the tables, in their order."""
        return (section.table for section in self.sections if section.table is not None)
