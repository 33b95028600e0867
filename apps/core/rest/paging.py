"""Pages of a list: each begins after the last row of the one before, so nothing is shown twice or left out."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

from apps.core.cursors import read_cursor, write_cursor
from apps.core.rest.errors import InvalidParameter
from apps.core.rest.fields import read_id

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
PARAMETERS = frozenset({"cursor", "page_size", "ordering"})


@dataclass(frozen=True, slots=True)
class Ordering:
    """A field to order by, with the id to decide between equals; an index has both in this order."""

    field: "models.Field[Any, Any]"
    descending: bool

    def apply(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the rows in order."""
        sign = "-" if self.descending else ""
        names = [self.field.attname] if self.field.primary_key else [self.field.attname, "pk"]
        return rows.order_by(*(f"{sign}{name}" for name in names))

    def after(self, rows: models.QuerySet[Any], value: Any, row_id: uuid.UUID) -> models.QuerySet[Any]:
        """Return the rows that come after this one. PostgreSQL puts unknown values last, and first when descending."""
        sign = " < " if self.descending else " > "
        if self.field.primary_key:
            return rows.filter(**{"pk__lt" if self.descending else "pk__gt": row_id})
        name = self.field.attname
        unknown = models.Q(**{f"{name}__isnull": True})
        if value is None:
            further = models.Q(unknown, **{"pk__lt" if self.descending else "pk__gt": row_id})
            return rows.filter(further | ~unknown if self.descending else further)
        place = [
            models.Value(value, output_field=_column(self.field)),
            models.Value(row_id, output_field=models.UUIDField()),
        ]
        # Compared as a pair, the index finds the place; as "greater, or equal and greater id" it would not.
        beyond = models.Q(
            models.Func(
                _pair(models.F(name), models.F("pk")),
                _pair(*place),
                template="%(expressions)s",
                arg_joiner=sign,
                output_field=models.BooleanField(),
            )
        )
        return rows.filter(beyond | unknown if self.field.null and not self.descending else beyond)


class CursorPages(BasePagination):
    """Pages by cursor. The view lists its `orderings`, the first of which is the default."""

    _next: str | None = None

    def paginate_queryset(self, queryset: models.QuerySet[Any], request: Any, view: Any = None) -> list[Any]:
        """Return the rows of one page, in one query.

        Raises:
            InvalidParameter: `page_size`, `ordering` or `cursor` is none.

        """
        size = _page_size(request.query_params.get("page_size"))
        name = request.query_params.get("ordering", view.orderings[0])
        if name not in view.orderings:
            raise InvalidParameter("ordering", message=f"Give one of {', '.join(view.orderings)}.")
        ordering = read_ordering(queryset.model, name)
        rows = ordering.apply(queryset)
        cursor = request.query_params.get("cursor")
        if cursor is not None:
            rows = ordering.after(rows, *_read_cursor(cursor, name, ordering))
        page = list(rows[: size + 1])
        if len(page) > size:
            page.pop()
            self._next = _write_cursor(name, getattr(page[-1], ordering.field.attname), page[-1].pk)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the cursor of the next one."""
        return Response({"results": data, "next_cursor": self._next})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """Describe a page."""
        return {
            "type": "object",
            "required": ["results", "next_cursor"],
            "properties": {
                "results": schema,
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Give it as `cursor` for the next page; null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameters."""
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE}
        ordering = {"type": "string", "enum": list(view.orderings), "default": view.orderings[0]}
        told = "`next_cursor` of the page before, with the same `ordering` and filters."
        return [
            _parameter("cursor", {"type": "string", "minLength": 1}, told),
            _parameter("page_size", size, "Rows of a page."),
            _parameter("ordering", ordering, "A minus sign reverses; the id decides between equals."),
        ]


def read_ordering(model: type[models.Model], name: str) -> Ordering:
    """Return the ordering of a name such as `-placed_at`."""
    field = model._meta.get_field(name.lstrip("-"))
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column.")
    return Ordering(field, name.startswith("-"))


def _column(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    return models.UUIDField() if isinstance(field, models.ForeignKey) else field


def _pair(first: Any, second: Any) -> models.Func:
    return models.Func(first, second, template="(%(expressions)s)", output_field=models.TextField())


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_SIZE
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= size <= LARGEST_SIZE:
        raise InvalidParameter("page_size", message=f"Give a whole number from 1 to {LARGEST_SIZE}.")
    return size


def _write_cursor(name: str, value: Any, row_id: uuid.UUID) -> str:
    if isinstance(value, datetime.date):
        value = value.isoformat()
    elif isinstance(value, uuid.UUID):
        value = str(value)
    return write_cursor([name, value, str(row_id)])


def _read_cursor(cursor: str, name: str, ordering: Ordering) -> tuple[Any, uuid.UUID]:
    refused = InvalidParameter("cursor", message="This is not a cursor of a page before, with the same ordering.")
    try:
        ordered_by, value, row_id = read_cursor(cursor)
        found = read_id(row_id)
        if found is None or ordered_by != name:
            raise refused
        return _cursor_value(value, ordering.field), found
    except (ValueError, TypeError, OverflowError) as error:
        raise refused from error


def _cursor_value(value: Any, field: "models.Field[Any, Any]") -> Any:
    if value is None:
        if field.null:
            return None
        raise ValueError("This column has no unknown values.")
    if not isinstance(value, str):
        raise TypeError("Values are texts.")
    if isinstance(field, models.ForeignKey | models.UUIDField):
        found = read_id(value)
        if found is None:
            raise ValueError("This is no id.")
        return found
    if isinstance(field, models.DateTimeField):
        instant = parse_datetime(value)
        if instant is None or instant.tzinfo is None:
            raise ValueError("An instant has its offset.")
        return instant.astimezone(datetime.UTC)
    if isinstance(field, models.DateField):
        day = parse_date(value)
        if day is None:
            raise ValueError("This is no date.")
        return day
    value.encode()  # lone surrogates are none of PostgreSQL's characters, and neither is NUL
    if "\x00" in value:
        raise ValueError("PostgreSQL keeps no NUL.")
    return value


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
