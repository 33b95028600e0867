"""What values of dimensions are called where that depends on how the organization writes."""

import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.notation import Notation
from apps.analytics.metrics.dimensions import LIFETIME_VALUES_FROM

_NEXT = {str(low): high for low, high in pairwise(LIFETIME_VALUES_FROM)}


def named(dimension: str, value: Any, label: Any, notation: Notation, *, short: bool = False) -> str:
    """Return what a value of a dimension is called: months and amounts in the notation, others by their label.

    A short name has no currency, for an axis that names it.
    """
    if not value:
        return str(label)
    if dimension == "cohort":
        return notation.month(datetime.date.fromisoformat(f"{value}-01"))
    if dimension == "lifetime_value_band":
        return _amounts(value, notation, short=short)
    return str(label)


def _amounts(band: str, notation: Notation, *, short: bool) -> str:
    if band == "below_zero":
        return _("Below %(amount)s") % {"amount": _written(notation.number(Decimal(0)), notation, short=short)}
    low = notation.short_number(Decimal(band))
    if band not in _NEXT:
        return _("%(amount)s and more") % {"amount": _written(low, notation, short=short)}
    return _written(f"{low} – {notation.short_number(Decimal(_NEXT[band]))}", notation, short=short)


def _written(number: str, notation: Notation, *, short: bool) -> str:
    return number if short else notation.with_currency(number)
