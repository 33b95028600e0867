"""What an order comes to: amounts that are left out are worked out, amounts that are given have to add up."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from apps.core.rest.errors import InvalidParameter

CENT = Decimal("0.01")
ABOVE_ANY_AMOUNT = Decimal(10) ** 12
ZERO = Decimal("0.00")


def line_total(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return quantity x unit price, rounded half up to the cent."""
    return (quantity * unit_price).quantize(CENT, ROUND_HALF_UP)


def priced_lines(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines with their totals.

    Raises:
        InvalidParameter: a given total is not quantity x unit price, whichever way that is rounded to the cent.

    """
    priced = []
    for position, line in enumerate(lines):
        quantity, unit_price = line.get("quantity", Decimal(1)), line["unit_price"]
        total = line.get("total", line_total(quantity, unit_price))
        path = f"lines.{position}.total"
        if abs(total - quantity * unit_price) >= CENT:
            raise InvalidParameter(path, message=f"Quantity x unit price is {line_total(quantity, unit_price)}.")
        priced.append({**line, "quantity": quantity, "total": bounded(path, total)})
    return priced


def order_amounts(fields: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] | None) -> dict[str, Decimal]:
    """Return all amounts of an order.

    The subtotal is the sum of the lines. The total is subtotal - discount + tax + delivery fee + tip; where prices
    include the tax, a given total may leave it out of the sum. Without lines and subtotal, the subtotal follows from
    the total.

    Raises:
        InvalidParameter: an amount contradicts the others, falls below zero, or cannot be known.

    """
    discount, tax, delivery_fee, tip = (fields.get(name, ZERO) for name in ("discount", "tax", "delivery_fee", "tip"))
    beside = tax + delivery_fee + tip - discount
    subtotal: Decimal | None = fields.get("subtotal")
    total: Decimal | None = fields.get("total")
    if lines:
        of_lines = bounded("subtotal", sum((line["total"] for line in lines), ZERO))
        if subtotal is not None and subtotal != of_lines:
            raise InvalidParameter("subtotal", message=f"The lines come to {of_lines}.")
        subtotal = of_lines
    if subtotal is None:
        if total is None:
            raise InvalidParameter("total", message="Give lines, a subtotal or a total.")
        subtotal = total - beside
        if subtotal < 0:
            raise InvalidParameter("total", message="It is less than tax, delivery fee and tip, less the discount.")
    expected = subtotal + beside
    if total is None:
        if expected < 0:
            raise InvalidParameter("discount", message="It exceeds everything else.")
        total = expected
    if total not in {expected, expected - tax}:
        included = f", or {expected - tax} where prices include tax" if tax else ""
        raise InvalidParameter("total", message=f"It comes to {expected}{included}.")
    return {
        "subtotal": bounded("subtotal", subtotal),
        "discount": discount,
        "tax": tax,
        "delivery_fee": delivery_fee,
        "tip": tip,
        "total": bounded("total", total),
    }


def bounded(path: str, amount: Decimal) -> Decimal:
    """Return an amount that its column has room for.

    Raises:
        InvalidParameter: it has none.

    """
    if amount >= ABOVE_ANY_AMOUNT:
        raise InvalidParameter(path, message="It comes to more than twelve digits before the point.")
    return amount
