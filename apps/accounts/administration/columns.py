"""Columns that speak the organization's units, and numbers that can be compared down a column."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst

from apps.accounts.notation import current_notation
from apps.core.fields import MoneyField

Column = Callable[[models.Model], str | None]
_PRICE_DIGITS = 4
_MOST_DIGITS = 6


def is_amount(field: Any) -> bool:
    """Tell whether a field holds money: an amount, or a price of four decimals."""
    return isinstance(field, MoneyField) or (
        isinstance(field, models.DecimalField) and field.decimal_places == _PRICE_DIGITS
    )


def is_number(field: Any) -> bool:
    """Tell whether a field counts or measures something."""
    return isinstance(field, (models.IntegerField, models.DecimalField)) and not field.choices and not is_amount(field)


def amount_column(field: "models.Field[Any, Any]", currency: str) -> Column:
    """Return a column with the currency in its header and its digits in the cells; it sorts by the field."""
    name, is_price = field.name, not isinstance(field, MoneyField)

    def column(row: models.Model) -> str | None:
        amount: Decimal | None = getattr(row, name)
        notation = current_notation()
        shown = notation.price if is_price else notation.amount
        return None if amount is None else shown(Decimal(amount), currency)

    column.__name__ = f"amount_{name}"
    return _described(column, label_with_currency(field, currency), name)


@cache  # Django compares columns by identity
def property_column(name: str, label: str | Promise, currency: str) -> Column:
    """Return a column for a property that is money: it is computed, so nothing sorts by it."""

    def column(row: models.Model) -> str | None:
        amount: Decimal | None = getattr(row, name)
        return None if amount is None else current_notation().amount(amount, currency)

    column.__name__ = f"amount_{name}"
    column.short_description = f"{label} ({currency})"  # type: ignore[attr-defined]
    return column


@cache
def number_column(field: "models.Field[Any, Any]") -> Column:
    """Return a column of numbers, grouped by thousands; it sorts by the field."""
    name = field.name

    def column(row: models.Model) -> str | None:
        value: Decimal | int | None = getattr(row, name)
        if value is None:
            return None
        return current_notation().number(value, most=0 if isinstance(value, int) else _MOST_DIGITS)

    column.__name__ = f"number_{name}"
    return _described(column, capfirst(str(field.verbose_name)), name)


def label_with_currency(field: "models.Field[Any, Any]", currency: str) -> str:
    """Return the field's label with its unit: Total (EUR)."""
    return f"{capfirst(str(field.verbose_name))} ({currency})"


def _described(column: Column, label: str | Promise, order: str) -> Column:
    column.short_description = label  # type: ignore[attr-defined]
    column.admin_order_field = order  # type: ignore[attr-defined]
    return column
