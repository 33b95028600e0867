"""What every metric means, in plain Python over records of facts, not over rollups."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from apps.marketplace.models import Order
from tests.analytics.facts import counts
from tests.analytics.metrics.plain_facts import Record, Selection
from tests.analytics.recomputation import CENT, LONGEST, is_accepted, overlong

DIGITS = {"count": 0, "quantity": 3, "percent": 2, "minutes": 2, "days": 1, "rating": 2, "number": 2}
NOTHING = Fraction(0)
Sum = Callable[[Selection], Any]


@dataclass(frozen=True)
class Plain:
    """A sum of records, or one sum by another. `days` says whether the number of days is above or below the line."""

    unit: str
    above: Sum
    below: Sum | None = None
    factor: int = 1
    days: str = ""
    is_of_the_present: bool = False

    def value(self, selection: Selection, *, days: int) -> Fraction | None:
        below: Any = 1 if self.below is None else self.below(selection)
        if self.days == "below":
            below *= days
        if not below:
            return None
        above = self.above(selection)
        if not above:
            return NOTHING
        value = Fraction(above) * self.factor / Fraction(below)
        return value * days if self.days == "above" else value


def shown(value: Fraction | None, unit: str, digits_of_money: int) -> Decimal | None:
    """Round as a unit is shown."""
    if value is None:
        return None
    if not value:
        return Decimal(0)
    digits = digits_of_money if unit == "money" else DIGITS[unit]
    # By whole numbers: a Decimal of the quotient would have been rounded already.
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-digits)


# Sums


def orders(wanted: Callable[[Order], Any] = lambda _: True) -> Sum:
    return lambda held: sum(1 for one in held["orders"] if wanted(one["order"]))


def counted(held: Selection) -> list[Record]:
    return [one for one in held["orders"] if counts(one["order"])]


def of_counted(name: str) -> Sum:
    return lambda held: sum(getattr(one["order"], name) for one in counted(held))


def revenue(held: Selection) -> Any:
    """Whatever is at hand: orders, or their lines' shares, or how they were paid."""
    if "orders" in held:
        return of_counted("total")(held)
    if "lines" in held:
        return sum(one["revenue"] for one in held["lines"])
    return sum(one["amount"] for one in held["payments"])


def of_lines(name: str) -> Sum:
    return lambda held: sum(one[name] for one in held["lines"])


def refunded(held: Selection) -> Any:
    return sum(one["amount"] for one in held["refunded"] if one["counted"])


def of_customers(held: Selection) -> int:
    return len({one.by["customer"] for one in counted(held)} - {""})


def new_customers(held: Selection) -> int:
    return len({one.by["customer"] for one in held["orders"] if one["is_first"]})


def minutes(begins: str, ends: str) -> tuple[Sum, Sum]:
    def stretches(held: Selection) -> list[Fraction]:
        pairs = [(getattr(one["order"], begins), getattr(one["order"], ends)) for one in held["orders"]]
        spans = [end - begin for begin, end in pairs if begin is not None and end is not None]
        taken = [span for span in spans if 0 * span <= span <= LONGEST]
        return [Fraction(span // type(span)(microseconds=1), 60_000_000) for span in taken]

    return lambda held: sum(stretches(held)), lambda held: len(stretches(held))


def issues(*kinds: str) -> Sum:
    return lambda held: sum(1 for one in held["issues"] if not kinds or one["kind"] in kinds)


def contacts(wanted: Callable[[Any], Any] = lambda _: True) -> Sum:
    return lambda held: sum(1 for one in held["interactions"] if wanted(one["contact"]))


def base(value: Callable[[Record], Any]) -> Sum:
    return lambda held: sum(value(one) for one in held["customer_base"])


def partners(value: Callable[[Any], Any]) -> Sum:
    return lambda held: sum(value(one["partner"]) for one in held["partner_base"])


def stock(value: Callable[[Any], Any]) -> Sum:
    return lambda held: sum(value(one["product"]) for one in held["stock"])


def at_cost(product: Any) -> Decimal:
    if product.stock_quantity is None or product.cost is None:
        return Decimal(0)
    return (product.stock_quantity * product.cost).quantize(CENT, ROUND_HALF_UP)


def is_(*statuses: str) -> Callable[[Order], bool]:
    return lambda order: order.status in statuses


def is_automated(order: Order) -> bool:
    return order.channel in {"ai", "automation"}


def less(first: Sum, second: Sum) -> Sum:
    return lambda held: first(held) - second(held)


def other(held: Any) -> Any:
    added = sum(of_counted(name)(held) for name in ("tax", "delivery_fee", "tip"))
    return revenue(held) - of_lines("total")(held) + of_counted("discount")(held) - added


COUNTED = orders(counts)
ACCEPTED = orders(is_accepted)
HAS_EVER_BOUGHT = base(lambda one: one["counted_orders"] > 0)
LIFETIME_VALUE = base(lambda one: one["lifetime_value"])
CHURNED = base(lambda one: one["segment"] == "churned")
IN_STOCK = stock(lambda product: product.stock_quantity or 0)
RATED = lambda held: len(held["reviews"])  # noqa: E731


def percent(above: Sum, below: Sum, **options: Any) -> Plain:
    return Plain("percent", above, below, 100, **options)


def _count(above: Sum, **options: Any) -> Plain:
    return Plain("count", above, **options)


PLAIN: dict[str, Plain] = {
    "total_revenue": Plain("money", revenue),
    "gross_sales": Plain("money", of_lines("total")),
    "net_revenue": Plain("money", less(revenue, refunded)),
    "refund_amount": Plain("money", refunded),
    "refund_count": _count(lambda held: sum(1 for one in held["refunds"] if one["counted"])),
    "refund_rate": percent(refunded, revenue),
    "uncounted_refund_amount": Plain(
        "money", lambda held: sum(one["amount"] for one in held["refunds"] if not one["counted"])
    ),
    "order_count": _count(orders()),
    "counted_orders": _count(COUNTED),
    "completed_orders": _count(orders(is_("completed"))),
    "cancelled_orders": _count(orders(is_("cancelled"))),
    "average_order_value": Plain("money", revenue, COUNTED),
    "completion_rate": percent(orders(is_("completed")), orders()),
    "cancellation_rate": percent(orders(is_("cancelled")), orders()),
    "discount_amount": Plain("money", of_counted("discount")),
    "tax_amount": Plain("money", of_counted("tax")),
    "delivery_fee_amount": Plain("money", of_counted("delivery_fee")),
    "tip_amount": Plain("money", of_counted("tip")),
    "other_amount": Plain("money", other),
    "automated_revenue": Plain(
        "money", lambda held: sum(one["order"].total for one in counted(held) if is_automated(one["order"]))
    ),
    "automation_rate": percent(orders(is_automated), orders()),
    "customers": _count(of_customers),
    "new_customers": _count(new_customers),
    "returning_customers": _count(less(of_customers, new_customers)),
    "returning_customer_rate": percent(less(of_customers, new_customers), of_customers),
    "orders_per_customer": Plain("number", COUNTED, of_customers),
    "revenue_per_customer": Plain("money", revenue, of_customers),
    "customer_count": _count(HAS_EVER_BOUGHT, is_of_the_present=True),
    "lifetime_value": Plain("money", LIFETIME_VALUE, is_of_the_present=True),
    "average_lifetime_value": Plain("money", LIFETIME_VALUE, HAS_EVER_BOUGHT, is_of_the_present=True),
    "lifetime_orders": _count(base(lambda one: one["counted_orders"]), is_of_the_present=True),
    "at_risk_customers": _count(base(lambda one: one["is_at_churn_risk"]), is_of_the_present=True),
    "churned_customers": _count(CHURNED, is_of_the_present=True),
    "churn_rate": percent(CHURNED, HAS_EVER_BOUGHT, is_of_the_present=True),
    "orders_accepted": _count(ACCEPTED),
    "rejected_orders": _count(orders(is_("rejected"))),
    "acceptance_rate": percent(ACCEPTED, orders(lambda order: order.status == "rejected" or is_accepted(order))),
    "fulfilment_rate": percent(orders(is_("completed")), ACCEPTED),
    "rejection_rate": percent(orders(is_("rejected")), orders()),
    "acceptance_minutes": Plain("minutes", *minutes("placed_at", "accepted_at")),
    "pickup_minutes": Plain("minutes", *minutes("accepted_at", "picked_up_at")),
    "processing_minutes": Plain("minutes", *minutes("picked_up_at", "processed_at")),
    "delivery_minutes": Plain("minutes", *minutes("processed_at", "delivered_at")),
    "total_minutes": Plain("minutes", *minutes("placed_at", "completed_at")),
    "overlong_stages": _count(lambda held: sum(overlong(one["order"]) for one in held["orders"])),
    "timed_orders": _count(lambda held: len(held["stages"])),
    "average_rating": Plain("rating", lambda held: sum(one["rating"] for one in held["reviews"]), RATED),
    "rating_count": _count(RATED),
    "issues_reported": _count(issues()),
    "items_damaged": _count(issues("damaged")),
    "items_lost": _count(issues("lost")),
    "items_late": _count(issues("late")),
    "selling_partners": _count(lambda held: len({one.by["partner"] for one in counted(held)} - {""})),
    "partner_count": _count(partners(lambda _: 1), is_of_the_present=True),
    "active_partners": _count(partners(lambda partner: partner.status == "active"), is_of_the_present=True),
    "capacity_utilisation": percent(
        lambda held: sum(1 for one in counted(held) if one["capacity"] is not None),
        partners(lambda partner: partner.daily_capacity or 0),
        days="below",
    ),
    "interactions": _count(contacts()),
    "complaints": _count(contacts(lambda one: one.type == "complaint")),
    "support_tickets": _count(contacts(lambda one: one.type == "support_ticket")),
    "automated_interactions": _count(contacts(lambda one: one.automated)),
    "contact_success_rate": percent(
        contacts(lambda one: one.successful is True), contacts(lambda one: one.successful is not None)
    ),
    "quantity": Plain("quantity", of_lines("quantity")),
    "product_orders": _count(
        lambda held: len({(one["order"], one["product"]) for one in held["lines"] if one["is_line"]})
    ),
    "product_count": _count(stock(lambda _: 1), is_of_the_present=True),
    "stock_quantity": Plain("quantity", IN_STOCK, is_of_the_present=True),
    "stock_cost": Plain("money", stock(at_cost), is_of_the_present=True),
    "days_of_cover": Plain(
        "days", IN_STOCK, lambda held: sum(one["quantity"] for one in held["lines"] if one["is_kept"]), days="above"
    ),
}
