"""Columns that speak the organization's units."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.text import capfirst

from apps.accounts.money import format_amount, format_price
from apps.core.fields import MoneyField

Column = Callable[[models.Model], str | None]
_PRICE_DIGITS = 4


def is_amount(field: Any) -> bool:
    """Tell whether a field holds money: an amount, or a price of four decimals."""
    return isinstance(field, MoneyField) or (
        isinstance(field, models.DecimalField) and field.decimal_places == _PRICE_DIGITS
    )


def amount_column(field: "models.Field[Any, Any]", currency: str) -> Column:
    """Return a column with the currency in its header and its digits in the cells; it sorts by the field."""
    shown = format_amount if isinstance(field, MoneyField) else format_price
    name = field.name

    def column(row: models.Model) -> str | None:
        amount: Decimal | None = getattr(row, name)
        return None if amount is None else shown(Decimal(amount), currency)

    column.__name__ = f"amount_{name}"
    return _described(column, label_with_currency(field, currency), name)


def label_with_currency(field: "models.Field[Any, Any]", currency: str) -> str:
    """Return the field's label with its unit: Total (EUR)."""
    return f"{capfirst(str(field.verbose_name))} ({currency})"


def _described(column: Column, label: str, order: str) -> Column:
    column.short_description = label  # type: ignore[attr-defined]
    column.admin_order_field = order  # type: ignore[attr-defined]
    return column
