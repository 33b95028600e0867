"""Values in their units, as people read them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import NOTHING, Notation
from apps.analytics.metrics.declarations import Unit

_NBSP = "\N{NO-BREAK SPACE}"
_HOUR, _DAY = 60, 24  # in minutes, in hours
UNITS: Mapping[Unit, str | Promise] = {
    Unit.MONEY: _lazy("Money"),
    Unit.COUNT: _lazy("Count"),
    Unit.QUANTITY: _lazy("Quantity"),
    Unit.PERCENT: _lazy("Percent"),
    Unit.MINUTES: _lazy("Minutes"),
    Unit.DAYS: _lazy("Days"),
    Unit.RATING: _lazy("Rating"),
    Unit.NUMBER: _lazy("Number"),
}


def written(value: Decimal | int | None, unit: Unit, notation: Notation) -> str:
    """Return a value with its unit, exact to what the unit is shown with; a dash for no value."""
    if value is None:
        return NOTHING
    value = Decimal(value)
    if unit == Unit.MONEY:
        return notation.money(value)
    if unit == Unit.PERCENT:
        return notation.percent(value)
    if unit == Unit.MINUTES:
        return _("%(number)s min") % {"number": notation.number(value, 1)}
    if unit == Unit.DAYS:
        return _("%(number)s days") % {"number": notation.number(value, 1)}
    if unit == Unit.RATING:
        return notation.number(value, 2)
    return notation.number(value, most={Unit.COUNT: 0, Unit.QUANTITY: 3}.get(unit, 2))


def duration(minutes: Decimal, notation: Notation) -> str:
    """Return minutes as people say them: 4.5 min, 35 min, 5 h 10 min, 30 h, 2 d 8 h."""
    if minutes < 10:
        return _("%(minutes)s min") % {"minutes": notation.number(minutes, 1)}
    whole = int(minutes.to_integral_value(ROUND_HALF_UP))
    if whole < _HOUR:
        return _("%(minutes)s min") % {"minutes": notation.number(whole)}
    if whole < 10 * _HOUR and whole % _HOUR:
        return _("%(hours)s h %(minutes)s min") % {"hours": whole // _HOUR, "minutes": whole % _HOUR}
    hours = round(whole / _HOUR)
    if hours < 2 * _DAY:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(days)s d %(hours)s h") % {"days": notation.number(hours // _DAY), "hours": hours % _DAY}


def bare(value: Decimal | int | None, unit: Unit, notation: Notation) -> str:
    """Return a value without its unit, for a column whose head names it."""
    if value is None or unit in {Unit.COUNT, Unit.QUANTITY, Unit.NUMBER, Unit.RATING}:
        return written(value, unit, notation)
    digits = notation.minor_digits if unit == Unit.MONEY else 1
    return notation.number(Decimal(value), digits)


def short(value: Decimal | int | None, unit: Unit, notation: Notation) -> str:
    """Return a value for a card: shortened from 10,000 on, minutes as people say them."""
    if value is None or unit not in {Unit.MONEY, Unit.COUNT, Unit.QUANTITY, Unit.NUMBER, Unit.MINUTES}:
        return written(value, unit, notation)
    value = Decimal(value)
    if unit == Unit.MINUTES:
        return duration(value, notation)
    return notation.short_money(value) if unit == Unit.MONEY else notation.short_number(value)


def signed(value: Decimal, unit: Unit, notation: Notation) -> str:
    """Return a change with its sign: +EUR 12.00, −3, ±0."""
    if value == 0:
        return "±0"
    text = written(abs(value), unit, notation)
    return ("+" if value > 0 else "\N{MINUS SIGN}") + text


def unit_of(unit: Unit, notation: Notation) -> str:
    """Return what stands in a column's head for the unit; nothing where values are plain numbers."""
    if unit == Unit.MONEY:
        return notation.currency
    return {Unit.PERCENT: "%", Unit.MINUTES: _("min"), Unit.DAYS: _("days")}.get(unit, "")
