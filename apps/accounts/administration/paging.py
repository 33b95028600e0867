"""Lists that cost the same on every page: none is reached by counting rows off, and no count goes far."""

import datetime
import uuid
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from apps.core.cursors import read_cursor, write_cursor

MOST_ROWS_COUNTED = 10_000
_LARGEST = 10**20
_NOTHING = Q(pk__in=[])


class CappedPaginator(Paginator):
    """Counts at most `MOST_ROWS_COUNTED` rows: a list of millions costs what a list of ten thousand does."""

    object_list: "QuerySet[Any]"

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list.order_by().values("pk")[: MOST_ROWS_COUNTED + 1]
        return int(rows.count())

    def know(self, count: int) -> None:
        """Take a count that was found by reading the rows: they are not counted again."""
        self.__dict__["_counted"] = count

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more rows than were counted."""
        return self._counted > MOST_ROWS_COUNTED

    @cached_property
    def count(self) -> int:
        """Return how many rows were counted."""
        return min(self._counted, MOST_ROWS_COUNTED)


@dataclass(frozen=True, slots=True)
class Key:
    """A column that a list is ordered by. PostgreSQL puts unknown values last, and first when descending."""

    name: str
    field: "models.Field[Any, Any]"
    descending: bool

    def value_of(self, row: models.Model) -> Any:
        """Return the row's value, also of a related row."""
        return reduce(getattr, self.name.split("__"), row)

    def turned(self) -> "Key":
        """Return the column the other way round."""
        return Key(self.name, self.field, not self.descending)

    def beyond(self, value: Any) -> Q:
        """Return the condition that a row comes after every row of this value."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if self.descending else _NOTHING
        further = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return further | Q(**{f"{self.name}__isnull": True}) if self.field.null and not self.descending else further

    def at(self, value: Any) -> Q:
        """Return the condition that a row has this value."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def read(self, value: Any) -> Any:
        """Return a value out of an address.

        Raises:
            ValidationError, ValueError, TypeError, ArithmeticError: the column has no such value.

        """
        if value is None:
            if not self.field.null:
                raise ValueError("This column has no unknown values.")
            return None
        if isinstance(value, str):
            value.encode()  # lone surrogates are none of PostgreSQL's characters, and neither is NUL
            if "\x00" in value:
                raise ValueError("PostgreSQL keeps no NUL.")
        found: Any = self.field.to_python(value)
        if isinstance(found, (Decimal, int)) and not -_LARGEST < found < _LARGEST:
            raise ValueError("No column is this wide.")
        if isinstance(found, datetime.datetime):
            if found.tzinfo is None:
                raise ValueError("An instant has its offset.")
            return found.astimezone(datetime.UTC)
        return found


def keys_of(rows: "QuerySet[Any]") -> list[Key]:
    """Return the columns that rows are ordered by, the primary key last.

    Raises:
        TypeError: they are ordered by something else than columns.

    """
    keys: list[Key] = []
    for name in rows.query.order_by:
        if not isinstance(name, str):
            raise TypeError(f"{name} is no column.")
        path = name.lstrip("-")
        path = rows.model._meta.pk.attname if path == "pk" else path
        field = get_fields_from_path(rows.model, path)[-1]
        keys.append(Key(path, field, name.startswith("-")))
        if field is rows.model._meta.pk:
            break
    return keys


def after(keys: list[Key], values: list[Any]) -> Q:
    """Return the condition that a row comes after the row of these values.

    Where all columns run the same way they are compared as one, for which an index finds the place; otherwise the first
    column bounds what is read.
    """
    if len({key.descending for key in keys}) == 1 and not any(key.field.null for key in keys):
        places = [Value(value, output_field=_column(key.field)) for key, value in zip(keys, values, strict=True)]
        sign = " < " if keys[0].descending else " > "
        pair = Func(
            _row([F(key.name) for key in keys]), _row(places),
            template="%(expressions)s", arg_joiner=sign, output_field=models.BooleanField(),
        )  # fmt: skip
        return Q(pair)
    further = [
        reduce(and_, [key.at(value) for key, value in zip(keys[:place], values, strict=False)], Q())
        & keys[place].beyond(values[place])
        for place in range(len(keys))
    ]
    return (keys[0].at(values[0]) | keys[0].beyond(values[0])) & reduce(or_, further)


class KeysetChangeList(ChangeList):
    """A page begins after the last row of the one before, or ends before the first of the one after."""

    previous_url = next_url = ""

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[str]:
        """Return the list's own order, turned round, or that of one other column: the orders that indexes have."""
        own: list[str] = super().get_ordering(request, queryset)
        if ORDER_VAR not in self.params:
            return own
        chosen, usual = own[0], [*(self.model_admin.get_ordering(request) or self._get_default_ordering()), "-pk"]
        sortable = {name.lstrip("-") for name in usual} | set(getattr(self.model_admin, "sortable_fields", ()))
        if chosen == usual[0] or chosen.lstrip("-") not in sortable:
            return usual
        turned = [_turned(name) for name in usual]
        return turned if chosen == turned[0] else [chosen, "-pk" if chosen.startswith("-") else "pk"]

    def get_filters(self, request: HttpRequest) -> Any:
        """Return the filters, and what the address asks for besides.

        Raises:
            IncorrectLookupParameters: it asks for what cannot be asked of a column.

        """
        found = super().get_filters(request)
        if any("\x00" in value for values in found[2].values() for value in values):
            raise IncorrectLookupParameters("PostgreSQL keeps no NUL.")
        return found

    def get_results(self, request: HttpRequest) -> None:
        """Read one page, and one row more, which tells whether there is another."""
        self._request = request
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.show_full_result_count, self.full_result_count = False, None
        self.show_admin_actions, self.can_show_all = True, False
        self.result_list = self._page(request.GET.get(PAGE_VAR, ""))
        self.multi_page = bool(self.previous_url or self.next_url)
        if not self.multi_page:
            self.paginator.know(len(self.result_list))
        self.result_count = self.paginator.count
        prepare = getattr(self.model_admin, "prepare_rows", None)
        if prepare:
            prepare(self.result_list)

    @cached_property
    def totals(self) -> Any:
        """Return what the list adds up to, once it is narrowed by what the admin class names; never of a capped one."""
        narrowing: tuple[str, ...] = getattr(self.model_admin, "totals_by", ())
        if self.paginator.is_capped or not any(name.startswith(narrowing) for name in self.filter_params):
            return None
        return self.model_admin.totals_of(self._request, self.queryset.order_by())

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """Return the filters in use: by what, which value, and the address of the list without it."""
        found = []
        for spec in self.filter_specs:
            chosen = spec.chosen() if hasattr(spec, "chosen") else _choice_of(spec)
            if chosen:
                without = self.get_query_string(dict.fromkeys(spec.expected_parameters()))
                found.append({"title": str(spec.title), "chosen": chosen, "without": without})
        return found

    def _page(self, cursor: str) -> list[Any]:
        keys = keys_of(self.queryset)
        direction, values = _read(cursor, keys)
        if direction == "before":
            turned = self.queryset.filter(after([key.turned() for key in keys], values)).reverse()
            found = list(turned[: self.list_per_page + 1])
            if len(found) > self.list_per_page:
                return self._with_neighbours(found[: self.list_per_page][::-1], keys, has_previous=True, has_next=True)
            direction = ""  # few are left before: the first page holds them
        rows = self.queryset.filter(after(keys, values)) if direction else self.queryset
        found = list(rows[: self.list_per_page + 1])
        if direction and not found:
            return self._page("")
        return self._with_neighbours(
            found[: self.list_per_page], keys,
            has_previous=bool(direction), has_next=len(found) > self.list_per_page,
        )  # fmt: skip

    def _with_neighbours(self, page: list[Any], keys: list[Key], *, has_previous: bool, has_next: bool) -> list[Any]:
        if page and has_previous:
            self.previous_url = self.get_query_string({PAGE_VAR: _written("before", keys, page[0])})
        if page and has_next:
            self.next_url = self.get_query_string({PAGE_VAR: _written("after", keys, page[-1])})
        return page


def _choice_of(spec: Any) -> str:
    labels = dict(getattr(spec, "lookup_choices", ()))
    return str(labels.get(spec.value(), "")) if hasattr(spec, "value") and labels else ""


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _row(parts: list[Any]) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=models.TextField())


def _column(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _written(direction: str, keys: list[Key], row: models.Model) -> str:
    return write_cursor([direction, *(_text(key.value_of(row)) for key in keys)])


def _text(value: Any) -> str | None:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, int, uuid.UUID)) else value


def _read(cursor: str, keys: list[Key]) -> tuple[str, list[Any]]:
    """Return the direction and place of a cursor; what is none, as in an address made up by hand, is the first page."""
    try:
        direction, *values = read_cursor(cursor)
        if direction in {"after", "before"} and len(values) == len(keys):
            return direction, [key.read(value) for key, value in zip(keys, values, strict=True)]
    except (ValidationError, ValueError, TypeError, ArithmeticError):
        pass
    return "", []
