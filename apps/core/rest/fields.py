"""Serializer fields that accept exactly what they say."""

import datetime
import re
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.constraints import EARLIEST, LATEST

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

INSTANT_EXPECTED = _("Give an ISO 8601 instant with its offset, such as 2026-03-01T09:30:00+01:00 or …Z.")
DAY_EXPECTED = _("Give an ISO 8601 date, such as 2026-03-01.")
OUT_OF_RANGE = _("Give a time between the years 1900 and 2199.")
NOT_THERE = _("There is no such %(name)s.")


def one_of(choices: Iterable[Any]) -> str:
    """Return the sentence for a value that is none of the choices."""
    return f"Give one of {', '.join(str(choice) for choice in choices)}."


def read_instant(text: str) -> datetime.datetime:
    """Return the instant an ISO 8601 text names, in UTC.

    Raises:
        ValueError: it is written otherwise, has no offset, or lies outside 1900 to 2199. The message is for the caller.

    """
    try:
        value = parse_datetime(text) if _INSTANT.fullmatch(text) else None
    except ValueError:
        value = None
    if value is None:
        raise ValueError(str(INSTANT_EXPECTED))
    if not EARLIEST <= value < LATEST:
        raise ValueError(str(OUT_OF_RANGE))
    return value.astimezone(datetime.UTC)  # PostgreSQL takes offsets up to 16 hours only


def read_day(text: str) -> datetime.date:
    """Return the date an ISO 8601 text names.

    Raises:
        ValueError: it is written otherwise, or lies outside 1900 to 2199. The message is for the caller.

    """
    try:
        value = parse_date(text) if _DAY.fullmatch(text) else None
    except ValueError:
        value = None
    if value is None:
        raise ValueError(str(DAY_EXPECTED))
    if not EARLIEST.date() <= value < LATEST.date():
        raise ValueError(str(OUT_OF_RANGE))
    return value


def read_id(text: str) -> uuid.UUID | None:
    """Return the id, or None for what is not one."""
    return uuid.UUID(text) if _UUID.fullmatch(text) else None


class ChoiceField(serializers.ChoiceField):
    """One of the choices; a refusal names them."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = one_of(self.choices)


class InstantField(serializers.DateTimeField):
    """An aware instant; a time without an offset is refused, because it could be meant in any zone."""

    def to_internal_value(self, value: Any) -> datetime.datetime:
        """Read it."""
        try:
            return read_instant(value if isinstance(value, str) else "")
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="invalid") from error


class DayField(serializers.DateField):
    """A date without a time."""

    def to_internal_value(self, value: Any) -> datetime.date:
        """Read it."""
        try:
            return read_day(value if isinstance(value, str) else "")
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="invalid") from error


class ExactDecimalField(serializers.DecimalField):
    """A number kept digit by digit; more decimals than it has room for are refused, never rounded."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Read a JSON number, or plain digits in a string."""
        if isinstance(data, bool) or (isinstance(data, str) and not _NUMBER.fullmatch(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class IdField(serializers.UUIDField):
    """An id in its usual writing."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """Read it."""
        value = read_id(data) if isinstance(data, str) else None
        if value is None:
            self.fail("invalid", value=data)
        return value
