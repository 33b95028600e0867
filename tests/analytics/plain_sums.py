"""What rollups should say, added up in plain Python over all facts, and what they do say."""

import datetime
from collections import defaultdict
from decimal import Decimal
from zoneinfo import ZoneInfo

from apps.accounts.models import Organization
from apps.analytics.models import DailyRevenueSummary, PartnerPerformanceMetric
from apps.core.context import organization_context
from apps.marketplace.models import Order, OrderIssue, OrderLine, Payment, Refund, Review

NOTHING = Decimal("0.00")
UNCOUNTED = ("cancelled", "rejected", "no_show")
REVENUE = (
    "order_count",
    "counted_orders",
    "cancelled_orders",
    "total_revenue",
    "gross_sales",
    "cash_revenue",
    "card_revenue",
    "unpaid_revenue",
    "refund_amount",
    "refund_count",
    "order_day_refund_amount",
    "uncounted_refund_amount",
    "new_customers",
    "returning_customers",
)
PARTNERS = (
    "orders_received",
    "counted_orders",
    "total_revenue",
    "refund_amount",
    "refund_count",
    "rating_sum",
    "rating_count",
    "issues_reported",
)


def wrong_days(organization) -> dict:
    """The days, and the days of partners, of which a rollup says something else than the sums."""
    should, does = all_sums(organization), all_rows(organization)
    return {
        grain: {"says": does.get(grain), "should": should.get(grain)}
        for grain in {*should, *does}
        if should.get(grain) != does.get(grain)
    }


def all_sums(organization) -> dict:
    return revenue_sums(organization) | partner_sums(organization)


def all_rows(organization) -> dict:
    return revenue_rows(organization) | partner_rows(organization)


def revenue_rows(organization) -> dict[datetime.date, dict]:
    with organization_context(organization.pk):
        return {row.pop("date"): row for row in DailyRevenueSummary.objects.values("date", *REVENUE)}


def partner_rows(organization) -> dict[tuple, dict]:
    with organization_context(organization.pk):
        rows = PartnerPerformanceMetric.objects.values("date", "partner_id", *PARTNERS)
        return {(row.pop("date"), row.pop("partner_id")): row for row in rows}


class Facts:
    """All facts of an organization at this moment; days are computed without the calendar of the product."""

    def __init__(self, organization) -> None:
        organization = Organization.objects.get(pk=organization.pk)
        self.zone = ZoneInfo(organization.timezone)
        starts = organization.day_starts_at
        self.starts = datetime.timedelta(hours=starts.hour, minutes=starts.minute)
        with organization_context(organization.pk):
            self.orders = {order.pk: order for order in Order.objects.all()}
            self.lines = list(OrderLine.objects.all())
            self.payments = list(Payment.objects.all())
            self.refunds = list(Refund.objects.all())
            self.reviews = list(Review.objects.all())
            self.issues = list(OrderIssue.objects.all())

    def day(self, instant) -> datetime.date:
        return (instant.astimezone(self.zone).replace(tzinfo=None) - self.starts).date()

    def counts(self, order_id) -> bool:
        return order_id is None or self.orders[order_id].status not in UNCOUNTED


def revenue_sums(organization) -> dict[datetime.date, dict]:
    facts = Facts(organization)
    days: dict = defaultdict(lambda: {name: NOTHING if _is_money(name) else 0 for name in REVENUE})
    customers = defaultdict(set)
    for order in facts.orders.values():
        day = days[facts.day(order.placed_at)]
        day["order_count"] += 1
        day["cancelled_orders"] += order.status == "cancelled"
        if facts.counts(order.pk):
            day["counted_orders"] += 1
            day["total_revenue"] += order.total
            day["unpaid_revenue"] += order.total
            if order.customer_id:
                customers[order.customer_id].add(facts.day(order.placed_at))
    for line in facts.lines:
        if facts.counts(line.order_id):
            days[facts.day(facts.orders[line.order_id].placed_at)]["gross_sales"] += line.total
    for payment in facts.payments:
        if facts.counts(payment.order_id) and payment.status == "captured":
            day = days[facts.day(facts.orders[payment.order_id].placed_at)]
            day[f"{payment.method}_revenue"] += payment.amount
            day["unpaid_revenue"] -= payment.amount
    for refund in facts.refunds:
        day = days[facts.day(refund.refunded_at)]
        if not facts.counts(refund.order_id):
            day["uncounted_refund_amount"] += refund.amount
            continue
        day["refund_amount"] += refund.amount
        day["refund_count"] += 1
        order = facts.orders.get(refund.order_id)
        days[facts.day(order.placed_at if order else refund.refunded_at)]["order_day_refund_amount"] += refund.amount
    for active in customers.values():
        for date in active:
            days[date]["new_customers" if date == min(active) else "returning_customers"] += 1
    return dict(days)


def partner_sums(organization) -> dict[tuple, dict]:
    facts = Facts(organization)
    rows: dict = defaultdict(lambda: {name: NOTHING if _is_money(name) else 0 for name in PARTNERS})
    for order in facts.orders.values():
        row = rows[facts.day(order.placed_at), order.partner_id]
        row["orders_received"] += 1
        if facts.counts(order.pk):
            row["counted_orders"] += 1
            row["total_revenue"] += order.total
    for refund in facts.refunds:
        if facts.counts(refund.order_id):
            order = facts.orders.get(refund.order_id)
            row = rows[facts.day(refund.refunded_at), order.partner_id if order else None]
            row["refund_amount"] += refund.amount
            row["refund_count"] += 1
    for review in facts.reviews:
        row = rows[facts.day(review.reviewed_at), facts.orders[review.order_id].partner_id]
        row["rating_sum"] += review.rating
        row["rating_count"] += 1
    for issue in facts.issues:
        rows[facts.day(issue.reported_at), facts.orders[issue.order_id].partner_id]["issues_reported"] += 1
    return dict(rows)


def _is_money(name: str) -> bool:
    return name.endswith(("_revenue", "_amount", "_sales"))
