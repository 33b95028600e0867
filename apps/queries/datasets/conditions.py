"""Which rows are exported: filters by their names, and the conditions that they mean.

Conditions are a list of which all must hold; each is a list of pairs of lookup and value of which one must. They are
kept as JSON, so that a worker applies what was asked for, and are checked again before they are applied.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q

from apps.accounts.models import Organization
from apps.core.fields import TenantForeignKey
from apps.core.periods import InvalidPeriod, Period, requested_period
from apps.core.rest.fields import read_day, read_id
from apps.marketplace.contact import CONTACT_MASKS
from apps.marketplace.models import Customer
from apps.queries.datasets.declarations import Dataset, DatasetFilter, Form
from apps.queries.errors import ExportRefused

Condition = list[list[Any]]
Filters = dict[str, Any]

MOST_VALUES = 10_000
LONGEST_TEXT = 300
PERIOD = ("timeframe", "start_date", "end_date")
_LOOKUPS = frozenset({"exact", "in", "gte", "gt", "lt", "lte", "isnull", "startswith", "istartswith"})


def read_filters(
    dataset: Dataset, given: Mapping[str, Any], *, organization: Organization, today: datetime.date, in_full: bool
) -> tuple[Filters, list[Condition]]:
    """Return filters as they are understood, a timeframe by its days, and the conditions that they mean.

    Raises:
        ExportRefused: one does not exist, cannot be read, or is not for this role; it is named.

    """
    own = [name for name, one in dataset.filters.items() if in_full or not one.is_contact]
    known = [*(PERIOD if dataset.dated_by else ()), *own]
    for name in given:
        if name not in known:
            raise ExportRefused(f"filters.{name}", f"There is no such filter; there are {', '.join(known)}.")
    understood: Filters = {}
    conditions: list[Condition] = []
    period = _period(given, organization, today)
    if period is not None:
        understood |= {"start_date": str(period.first), "end_date": str(period.last)}
        conditions += within(dataset, period, organization)
    for name, values in given.items():
        if name not in PERIOD:
            one = dataset.filters[name]
            understood[name] = _values(one, values)
            conditions.append(list(_alternatives(one, understood[name])))
    return understood, conditions


def within(dataset: Dataset, period: Period, organization: Organization) -> list[Condition]:
    """Return the half-open window of a period, of instants or of days."""
    start: Any = period.first
    end: Any = period.last + datetime.timedelta(days=1)
    if dataset.has_instants:
        start, end = organization.calendar.window(period.first, period.last)
    return [[[f"{dataset.dated_by}__gte", start.isoformat()]], [[f"{dataset.dated_by}__lt", end.isoformat()]]]


def as_condition(dataset: Dataset, conditions: Sequence[Condition]) -> Q:
    """Return what the database is asked.

    Raises:
        ExportRefused: a condition is about something that the dataset does not declare.

    """
    return reduce(and_, (_any_of(dataset, one) for one in conditions), Q())


def _any_of(dataset: Dataset, pairs: Condition) -> Q:
    return reduce(or_, (_q(dataset, lookup, value) for lookup, value in pairs), Q())


def conditions_of(dataset: Dataset, asked: Q, *, in_full: bool) -> list[Condition]:
    """Return the conditions of what a list asks for, to be kept.

    Raises:
        ExportRefused: it asks in a way that cannot be kept, or for what the role may not see.

    """
    if asked.negated:
        raise _cannot()
    if asked.connector == Q.OR and len(asked.children) > 1:
        return [[pair for child in asked.children for pair in _pairs(dataset, child, in_full=in_full)]]
    found: list[Condition] = []
    for child in asked.children:
        if isinstance(child, Q):
            found += conditions_of(dataset, child, in_full=in_full)
        else:
            found.append(list(_pairs(dataset, child, in_full=in_full)))
    return found


def ask_for_contact(dataset: Dataset, conditions: Sequence[Condition]) -> bool:
    """Tell whether rows were found by how a customer can be reached: whoever reads them then knows it."""
    return any(_is_contact(dataset, lookup) for pairs in conditions for lookup, _value in pairs)


def _pairs(dataset: Dataset, child: Any, *, in_full: bool) -> Iterator[list[Any]]:
    if isinstance(child, tuple):
        lookup, value = child
        yield _kept(dataset, lookup, value, in_full=in_full)
        return
    if not isinstance(child, Q) or child.negated or (child.connector != Q.OR and len(child.children) > 1):
        raise _cannot()
    for one in child.children:
        yield from _pairs(dataset, one, in_full=in_full)


def _kept(dataset: Dataset, lookup: str, value: Any, *, in_full: bool) -> list[Any]:
    if _is_contact(dataset, lookup) and not in_full:
        raise _cannot()
    kept = [lookup, _json(value)]
    _q(dataset, *kept)
    return kept


def _json(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, list | tuple | set | frozenset) and len(value) <= MOST_VALUES:
        return [_json(one) for one in value]
    raise _cannot()


def _q(dataset: Dataset, lookup: str, value: Any) -> Q:
    path, _, name = lookup.rpartition("__")
    if not path or name not in _LOOKUPS:
        path, name = lookup, "exact"
    field = _declared(dataset, path)
    try:
        for one in value if name == "in" else [value]:
            if name != "isnull" and one is not None:
                field.to_python(one)
    except (ValidationError, TypeError) as error:
        raise _cannot() from error
    return Q(**{f"{path}__{name}": value})


def _declared(dataset: Dataset, path: str) -> Any:
    """Return the field of a path: one of the rows' own, or of a row that they refer to."""
    reference, _, name = path.rpartition("__")
    try:
        field = dataset.field_of(path)
        refers = not reference or isinstance(dataset.field_of(reference), TenantForeignKey)
    except (FieldDoesNotExist, AttributeError) as error:
        raise _cannot() from error
    is_own = getattr(field, "concrete", False) and (not field.is_relation or isinstance(field, TenantForeignKey))
    if not name or "__" in reference or not refers or not is_own:
        raise _cannot()
    return field.target_field if field.is_relation else field


def _is_contact(dataset: Dataset, lookup: str) -> bool:
    parts = [part for part in lookup.split("__") if part not in _LOOKUPS]
    owner: Any = dataset.model
    for part in parts[:-1]:
        owner = owner._meta.get_field(part).related_model
    return owner is Customer and parts[-1] in CONTACT_MASKS


def _cannot() -> ExportRefused:
    return ExportRefused("filters", "Rows cannot be exported by this filter. Take another one.")


def _period(given: Mapping[str, Any], organization: Organization, today: datetime.date) -> Period | None:
    told = {name: given[name] for name in PERIOD if given.get(name) is not None}
    if not told:
        return None
    for name, value in told.items():
        if not isinstance(value, str):
            raise ExportRefused(f"filters.{name}", "Give a text.")
    try:
        days: dict[str, Any] = {name: read_day(text) for name, text in told.items() if name != "timeframe"}
    except ValueError as error:
        raise ExportRefused("filters.start_date" if "start_date" in told else "filters.end_date", str(error)) from error
    try:
        return requested_period(
            **days, timeframe=told.get("timeframe"), today=today, week_starts_on=organization.week_starts_on
        )
    except InvalidPeriod as error:
        raise ExportRefused(f"filters.{error.field}", error.message) from error


def _values(one: DatasetFilter, given: Any) -> list[str]:
    values = given if isinstance(given, list) else [given]
    field = f"filters.{one.key}"
    if one.form == Form.FLAG:
        values = [str(value).lower() if isinstance(value, bool) else value for value in values]
    if not 1 <= len(values) <= MOST_VALUES or not all(isinstance(value, str) for value in values):
        raise ExportRefused(field, f"Give 1 to {MOST_VALUES:,} texts.")
    for value in values:
        if one.form == Form.ID and (value or one.key == "ids") and read_id(value) is None:
            raise ExportRefused(field, "Give ids, or an empty text for none.")
        if one.choices and value not in one.choices:
            raise ExportRefused(field, f"Give one of {', '.join(one.choices)}.")
        if "\x00" in value or len(value) > LONGEST_TEXT or (not value.isascii() and not _is_text(value)):
            raise ExportRefused(field, f"Give texts of at most {LONGEST_TEXT} printable characters.")
    return list(dict.fromkeys(values))


def _alternatives(one: DatasetFilter, values: list[str]) -> Iterator[list[Any]]:
    told: list[Any] = [value == "true" for value in values] if one.form == Form.FLAG else values
    given = [value for value in told if value != "" or one.form == Form.TEXT]
    for path in one.paths:
        if given:
            yield [f"{path}__in", given]
    if len(given) < len(told):  # refers to none, by whatever way
        yield [f"{one.paths[0]}__isnull", True]


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
