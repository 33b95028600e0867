"""Rates and means as columns show them."""

from decimal import Decimal


def percent(rate: Decimal | None) -> str:
    """Return a rate as people read it, or a dash where there is nothing to divide by."""
    return "–" if rate is None else f"{100 * rate:.1f} %"


def number(value: Decimal | None, digits: int = 1) -> str:
    """Return a mean as people read it, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"
