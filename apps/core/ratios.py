"""One quantity by another."""

from decimal import Decimal


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return `part / whole`, or None where there is nothing to divide by: a rate of nothing is unknown, not zero."""
    return Decimal(part) / Decimal(whole) if whole else None
