"""The example day: a few facts of a laundry in New York on which every metric shows what it gives.

The tests write these facts, refresh, and ask for each metric; the glossary tells them to people.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal

DAY = datetime.date(2026, 3, 10)
ASKED_ON = datetime.date(2026, 3, 13)
TIMEZONE = "America/New_York"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplePartner:
    """A partner, and how many orders it can take in a day."""

    name: str
    status: str
    daily_capacity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleProduct:
    """A product, its price, and what is in stock at which cost."""

    name: str
    price: int
    stock_quantity: int | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleOrder:
    """An order placed at nine in the morning. `lines` are quantities of products; times are minutes after nine."""

    number: str
    customer: str
    lines: tuple[tuple[int, str], ...]
    day: datetime.date = DAY
    partner: str = ""
    channel: str = "web"
    status: str = "completed"
    discount: int = 0
    tax: int = 0
    delivery_fee: int = 0
    tip: int = 0
    accepted: int | None = None
    picked_up: int | None = None
    processed: int | None = None
    delivered: int | None = None
    completed: int | None = None
    paid: tuple[str, int] | None = None
    rating: int | None = None
    issue: str = ""

    @property
    def subtotal(self) -> Decimal:
        """Quantity x unit price of all lines."""
        prices = {product.name: product.price for product in PRODUCTS}
        return Decimal(sum(quantity * prices[name] for quantity, name in self.lines))

    @property
    def total(self) -> Decimal:
        """What is owed."""
        return self.subtotal - self.discount + self.tax + self.delivery_fee + self.tip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRefund:
    """Money given back for an order."""

    order: str
    amount: int
    day: datetime.date


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleContact:
    """An interaction of the example day; whether it was successful may be unknown."""

    type: str
    automated: bool = False
    successful: bool | None = None


PARTNERS = (
    ExamplePartner(name="North", status="active", daily_capacity=4),
    ExamplePartner(name="South", status="paused"),
)
PRODUCTS = (
    ExampleProduct(name="Shirt", price=10, stock_quantity=30, cost=4),
    ExampleProduct(name="Ironing", price=20),
)
ORDERS = (
    ExampleOrder(
        number="D1", customer="Dee", day=datetime.date(2025, 10, 1), partner="North", lines=((1, "Shirt"),), tip=2
    ),
    ExampleOrder(number="E1", customer="Eve", day=datetime.date(2026, 1, 10), partner="North", lines=((1, "Shirt"),)),
    ExampleOrder(number="A1", customer="Ann", day=datetime.date(2026, 1, 5), partner="North", lines=((4, "Shirt"),)),
    ExampleOrder(
        number="T1",
        customer="Ann",
        partner="North",
        lines=((5, "Shirt"), (1, "Ironing")),
        discount=10,
        tax=5,
        delivery_fee=3,
        tip=2,
        accepted=10,
        picked_up=40,
        processed=160,
        delivered=190,
        completed=200,
        paid=("card", 70),
        rating=5,
    ),
    ExampleOrder(
        number="T2",
        customer="Ben",
        partner="South",
        channel="ai",
        lines=((3, "Shirt"),),
        accepted=20,
        completed=60,
        paid=("cash", 20),
        rating=4,
        issue="damaged",
    ),
    ExampleOrder(
        number="T3", customer="Ben", partner="North", channel="app", status="cancelled", lines=((1, "Ironing"),), tip=5
    ),
    ExampleOrder(
        number="T4", customer="Cem", partner="South", channel="phone", status="rejected", lines=((1, "Shirt"),), tip=5
    ),
    ExampleOrder(number="T5", customer="Ann", status="pending", lines=((2, "Shirt"),)),
)
REFUNDS = (
    ExampleRefund(order="A1", amount=8, day=DAY),
    ExampleRefund(order="T1", amount=6, day=datetime.date(2026, 3, 12)),
    ExampleRefund(order="T3", amount=25, day=DAY),
)
CONTACTS = (
    ExampleContact(type="call", automated=True, successful=True),
    ExampleContact(type="email", automated=True, successful=False),
    ExampleContact(type="complaint"),
    ExampleContact(type="support_ticket"),
    ExampleContact(type="meeting"),
)


def told() -> list[str]:
    """Return the facts as sentences, for people."""
    return [
        *(
            f"Partner {p.name}: {p.status}"
            + (f", can take {p.daily_capacity} orders a day." if p.daily_capacity else ".")
            for p in PARTNERS
        ),
        *(
            f"Product {p.name} at {p.price}"
            + (f": {p.stock_quantity} in stock, which cost {p.cost} each." if p.stock_quantity else ".")
            for p in PRODUCTS
        ),
        *map(_order_told, ORDERS),
        *(f"A refund of {refund.amount} for {refund.order} on {day_told(refund.day)}." for refund in REFUNDS),
        *map(_contact_told, CONTACTS),
    ]


def day_told(day: datetime.date) -> str:
    """Return a date as people write it."""
    return f"{day.day} {day:%B %Y}"


def _order_told(order: ExampleOrder) -> str:
    bought = " and ".join(f"{quantity} {name}" for quantity, name in order.lines)
    amounts = {
        "discount": order.discount,
        "tax": order.tax,
        "delivery fee": order.delivery_fee,
        "tip": order.tip,
    }
    beside = "".join(f", {name} {amount}" for name, amount in amounts.items() if amount)
    times = {
        "accepted": order.accepted,
        "picked up": order.picked_up,
        "processed": order.processed,
        "delivered": order.delivered,
        "completed": order.completed,
    }
    after = ", ".join(f"{name} after {minutes} minutes" for name, minutes in times.items() if minutes is not None)
    seller = f"from {order.partner}" if order.partner else "from no partner"
    placed = f"{order.number} of {day_told(order.day)}: {order.customer} orders {bought} {seller} by {order.channel}"
    sentences = [
        f"{placed}{beside}, {order.total} in all; {order.status}.",
        f"It was {after}." if after else "",
        f"Paid: {order.paid[1]} by {order.paid[0]}." if order.paid else "",
        f"Rated {order.rating}." if order.rating else "",
        f"Reported as {order.issue}." if order.issue else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _contact_told(contact: ExampleContact) -> str:
    known = {True: ", successful", False: ", not successful", None: ""}[contact.successful]
    name = "An e-mail" if contact.type == "email" else f"A {contact.type.replace('_', ' ')}"
    return f"{name}{', automated' if contact.automated else ''}{known}."
