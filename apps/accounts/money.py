"""Amounts as inputs show them."""

from decimal import ROUND_HALF_UP, Decimal

from apps.accounts.currencies import minor_digits

MOST_DIGITS_OF_A_PRICE = 4


def plain_price(price: Decimal, currency: str) -> str:
    """Return a price without signs between thousands, with its currency's digits or as many more as it has.

    1.20 and 0.0125 in EUR, 5760 in TWD.
    """
    digits = minor_digits(currency)
    while digits < MOST_DIGITS_OF_A_PRICE and price != round(price, digits):
        digits += 1
    return f"{price.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + 0:f}"
