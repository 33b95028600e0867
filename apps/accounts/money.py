"""Amounts as people read them."""

from decimal import ROUND_HALF_UP, Decimal

from apps.accounts.currencies import minor_digits

MOST_DIGITS_OF_A_PRICE = 4


def format_amount(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency's digits, grouped by thousands: 1,234.50 in EUR, 1,235 in TWD.

    Halves are rounded away from zero. The notation does not depend on the reader's language.
    """
    return _grouped(amount, minor_digits(currency))


def format_money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency's code, kept on one line: TWD 1,235."""
    return f"{currency}\N{NO-BREAK SPACE}{format_amount(amount, currency)}"


def format_price(price: Decimal, currency: str) -> str:
    """Return a price per unit, which may be finer than the currency: 0.0125 and 1.20 in EUR."""
    least = minor_digits(currency)
    digits = least
    while digits < MOST_DIGITS_OF_A_PRICE and price != round(price, digits):
        digits += 1
    return _grouped(price, digits)


def _grouped(amount: Decimal, digits: int) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{rounded + 0:,.{digits}f}"
