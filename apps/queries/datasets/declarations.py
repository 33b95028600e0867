"""What a dataset is: rows of one model, its columns, and what they can be filtered by."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst

from apps.documents.tables import Column, Kind

Text = str | Promise
Mask = Callable[[str], str]


class Form(StrEnum):
    """How values are kept, and so how they are written and filtered by."""

    TEXT = "text"
    CHOICE = "choice"
    ID = "id"
    FLAG = "flag"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    DURATION = "duration"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetColumn:
    """A column. `path` is the field, of a related row by `__`; `mask` is what viewers see of it, None for all of it."""

    key: str
    label: Text
    kind: Kind
    form: Form
    path: str
    mask: Mask | None = None

    def of_document(self) -> Column:
        """Return the column of a document."""
        return Column(key=self.key, label=capfirst(str(self.label)), kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFilter:
    """What rows can be kept by: the ids of a reference or of the rows, choices, true or false, exact texts.

    A row is kept where one of `paths` has one of the values. Filters by how a customer can be reached are not for
    viewers: an address that is found is an address that is known.
    """

    key: str
    label: Text
    form: Form
    paths: tuple[str, ...]
    choices: tuple[str, ...] = ()
    is_contact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Rows of a model. `dated_by` is the business date or the instant that periods are about, of a related row by `__`.

    `through` are references of related rows that the rows can be filtered by too. `is_computed` says that the rows are
    a rollup: they are as of the last refresh.
    """

    key: str
    model: type[models.Model]
    dated_by: str = ""
    is_computed: bool = False
    through: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the dataset is called."""
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def columns(self) -> tuple[DatasetColumn, ...]:
        """Every column there is."""
        return _columns(self.model)

    @property
    def filters(self) -> Mapping[str, DatasetFilter]:
        """What rows can be kept by, besides the period."""
        return _filters(self.model, tuple(self.through.items()))

    @property
    def has_instants(self) -> bool:
        """Whether periods are windows of instants; else they are of days."""
        return isinstance(self.field_of(self.dated_by), models.DateTimeField)

    @property
    def version(self) -> str:
        """What the definition is, as a short text: another one stands for other columns."""
        declared = [self.key, [(column.key, column.kind, column.path) for column in self.columns]]
        return hashlib.sha256(repr(declared).encode()).hexdigest()[:16]

    def chosen_columns(self, keys: Sequence[str]) -> tuple[DatasetColumn, ...]:
        """Return the columns of these keys in the dataset's order, all of them for none."""
        return tuple(column for column in self.columns if not keys or column.key in keys)

    def field_of(self, path: str) -> Any:
        """Return the field that a path leads to."""
        model: Any = self.model
        found: Any = None
        for name in path.split("__"):
            found = model._meta.get_field(name)
            model = found.related_model
        return found


@functools.cache
def _columns(model: type[models.Model]) -> tuple[DatasetColumn, ...]:
    from apps.queries.datasets.deriving import derived_columns

    return tuple(derived_columns(model))


@functools.cache
def _filters(model: type[models.Model], through: tuple[tuple[str, str], ...]) -> Mapping[str, DatasetFilter]:
    from apps.queries.datasets.deriving import derived_filters

    return {one.key: one for one in derived_filters(model, through)}
