"""Filters that ride an index led by the organization."""

import datetime
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)

from apps.accounts.administration.requests import access_of

RECENT = datetime.timedelta(days=90)


class _SpanOfDays(RangeDateFilter):
    def chosen(self) -> str:
        """Return the days, for people."""
        first, last = _chosen_days(self)
        if first and last:
            return date_format(first) if first == last else f"{date_format(first)} – {date_format(last)}"
        if first:
            return _now("from %(day)s") % {"day": date_format(first)}
        return _now("until %(day)s") % {"day": date_format(last)} if last else ""


class BusinessDaysFilter(_SpanOfDays):
    """From one business day to another, both included, in the organization's time zone."""

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the instants of the half-open window; a day that cannot be read bounds nothing."""
        first, last = _chosen_days(self)
        name = self.field_path
        if first is not None:
            queryset = queryset.filter(**{f"{name}__gte": _start_of(request, first)})
        if last is not None:
            queryset = queryset.filter(**{f"{name}__lt": _start_of(request, last + datetime.timedelta(days=1))})
        return queryset


class DatesFilter(_SpanOfDays):
    """From one date to another, both included, of a column that holds business days."""

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the days from the first to the last; one that cannot be read bounds nothing."""
        first, last = _chosen_days(self)
        bounds = {f"{self.field_path}__gte": first, f"{self.field_path}__lte": last}
        return queryset.filter(**{name: day for name, day in bounds.items() if day is not None})


class ReferenceFilter(AutocompleteSelectFilter):
    """One row that is referred to, found as it is typed; an address may also ask for those that refer to none."""

    def chosen(self) -> str:
        """Return what the row is called."""
        if self.lookup_val_isnull in {"True", "1"}:
            return _now("none")
        row = self.field.related_model._default_manager.filter(pk=self.value()).first() if self.value() else None
        return str(row) if row else ""

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the rows that refer to the chosen one, or to none."""
        if self.lookup_val_isnull in {"True", "1"}:
            return queryset.filter(**{f"{self.field_path}__isnull": True})
        found: models.QuerySet[Any] = super().queryset(request, queryset)
        return found


def _chosen_days(days: RangeDateFilter) -> tuple[datetime.date | None, datetime.date | None]:
    first, last = (read_day(days.used_parameters.get(f"{days.parameter_name}_{end}")) for end in ("from", "to"))
    return first, last


def read_day(text: Any) -> datetime.date | None:
    """Return the day that a text names, such as 2026-03-10, or None."""
    try:
        day = parse_date(str(text or ""))
    except ValueError:
        return None
    # The year before the first and after the last cannot be carried into UTC.
    return day if day is not None and 1 < day.year < datetime.MAXYEAR else None


def _start_of(request: HttpRequest, day: datetime.date) -> datetime.datetime:
    access = access_of(request)
    if access is None:
        return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC)
    return access.organization.calendar.day_start(day)


class KnownChoiceFilter(ChoicesDropdownFilter):
    """One of a field's choices; what is none of them, as in an address made up by hand, filters nothing."""

    def chosen(self) -> str:
        """Return the choice's label."""
        return str({str(value): label for value, label in self.field.flatchoices}.get(self.value(), ""))

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the rows with the chosen value."""
        known = {str(value) for value, _label in self.field.flatchoices}
        return queryset.filter(**{self.field_path: self.value()}) if self.value() in known else queryset


class RecentChoicesFilter(ChoicesCheckboxFilter):
    """A choice without an index of its own, over the last 90 days, which the index on the instant serves.

    The admin class names that instant in `recent_by`.
    """

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        self.title = _("%(title)s, last 90 days") % {"title": field.verbose_name}
        self._instant: str = model_admin.recent_by

    def chosen(self) -> str:
        """Return the choices' labels."""
        labels = dict(self.field.flatchoices)
        return ", ".join(str(labels[value]) for value in self.value() or () if value in labels)

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Keep the recent rows with one of the chosen values."""
        known = {value for value, _label in self.field.flatchoices}
        chosen = [value for value in self.value() or () if value in known]
        if not chosen:
            return queryset
        return queryset.filter(**{f"{self.field_path}__in": chosen, f"{self._instant}__gte": timezone.now() - RECENT})
