"""Filters that refuse what they cannot read, instead of leaving it out."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field

from apps.core.rest.fields import one_of, read_day, read_id, read_instant

_INSTANT_SCHEMA = {"type": "string", "format": "date-time"}
_DAY_SCHEMA = {"type": "string", "format": "date"}
_ID_SCHEMA = {"type": "string", "format": "uuid"}
_BOOLEAN_SCHEMA = {"type": "boolean"}


class _InstantFormField(forms.Field):
    def clean(self, value: Any) -> Any:
        if value in {None, ""}:
            return None
        # A plus sign that nobody escaped arrives as a space, and can mean nothing else there.
        spaced = value[:-6] + "+" + value[-5:] if value[-6:-5] == " " else value
        return _read(read_instant, spaced)


class _DayFormField(forms.Field):
    def clean(self, value: Any) -> Any:
        return None if value in {None, ""} else _read(read_day, value)


class _IdFormField(forms.Field):
    def clean(self, value: Any) -> Any:
        found = None if value in {None, ""} else read_id(value)
        if value and found is None:
            raise ValidationError("Give an id, such as 0198c2f4-8d5e-7c3a-9b1f-2e6d4a7c8b90.")
        return found


class _BooleanFormField(forms.Field):
    def clean(self, value: Any) -> bool | None:
        if value not in {None, "", "true", "false"}:
            raise ValidationError("Give true or false.")
        return {"true": True, "false": False}.get(value)


@extend_schema_field(_INSTANT_SCHEMA)
class InstantFilter(django_filters.Filter):
    """By an aware instant."""

    field_class = _InstantFormField


@extend_schema_field(_DAY_SCHEMA)
class DayFilter(django_filters.Filter):
    """By a date."""

    field_class = _DayFormField


@extend_schema_field(_ID_SCHEMA)
class IdFilter(django_filters.Filter):
    """By an id; one that does not exist finds nothing."""

    field_class = _IdFormField


@extend_schema_field(_BOOLEAN_SCHEMA)
class BooleanFilter(django_filters.Filter):
    """By true or false."""

    field_class = _BooleanFormField


class ChoiceFilter(django_filters.ChoiceFilter):
    """By one of the choices; a refusal names them."""

    def __init__(self, *, choices: Sequence[tuple[Any, Any]], **options: Any) -> None:
        named = {"invalid_choice": one_of(value for value, _label in choices)}
        super().__init__(choices=choices, error_messages=named, **options)


class TextFilter(django_filters.CharFilter):
    """By the exact text."""

    def __init__(self, field_name: str, **options: Any) -> None:
        super().__init__(field_name, max_length=300, strip=False, **options)


class PrefixFilter(django_filters.CharFilter):
    """By the beginning of a name, whatever its case; an index serves it."""

    def __init__(self, field_name: str = "name", **options: Any) -> None:
        super().__init__(field_name, lookup_expr="istartswith", max_length=200, **options)


class FactFilterSet(django_filters.FilterSet):
    """What every fact can be filtered by."""

    # Filters that no index serves, and those one of which they need beside them: else a rare value is looked for in all
    # that was ever recorded.
    unindexed: ClassVar[tuple[str, ...]] = ()
    bounds: ClassVar[tuple[str, ...]] = ()

    external_id = TextFilter("external_id", label="The source's own id")

    def is_valid(self) -> bool:
        """Also refuse a window that ends before it begins, and a search through everything."""
        valid = bool(super().is_valid())
        cleaned = self.form.cleaned_data if self.is_bound else {}
        bounded = any(cleaned.get(name) not in {None, ""} for name in self.bounds)
        for name in self.unindexed:
            if not bounded and cleaned.get(name) not in {None, ""}:
                self.form.add_error(name, f"Give one of {', '.join(self.bounds)} too.")
                valid = False
        for name, end in list(cleaned.items()):
            start = cleaned.get(name.replace("_before", "_from")) if name.endswith("_before") else None
            if start is not None and end is not None and start >= end:
                self.form.add_error(name, "This has to come after the beginning of the window.")
                valid = False
        return valid


def _read(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error
