"""What the rollups must say, worked out anew in plain Python from the definitions, not from their statements.

`recompute` gives every row and column of every rollup of one organization; `comparison` compares whole tables with it.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext

from django.utils import timezone

from apps.accounts.models import Organization
from apps.analytics.models import (
    CustomerAnalytics,
    DailyChannelSales,
    DailyCustomerActivity,
    DailyEngagement,
    DailyProductSales,
    DailyRevenueSummary,
    HourlyOrderVolume,
    PartnerPerformanceMetric,
    ProcessingTimes,
)
from apps.core.models import DerivedModel
from apps.marketplace.models import Order
from tests.analytics.facts import Facts, Rows, Table, counts
from tests.analytics.recomputed_customers import customer_rows

CENT = Decimal("0.01")
NOTHING = Decimal(0)


def recompute(organization: Organization, *, today: datetime.date | None = None) -> dict[type[DerivedModel], Rows]:
    """Return every rollup of an organization as {model: {grain: {column: value}}}, customers as of `today`."""
    facts = Facts(organization)
    today = today or facts.day(timezone.now())
    customers = customer_rows(facts, today)
    return {
        DailyRevenueSummary: _revenue(facts, customers),
        DailyProductSales: _products(facts),
        DailyChannelSales: _channels(facts),
        HourlyOrderVolume: _hours(facts),
        ProcessingTimes: _times(facts),
        PartnerPerformanceMetric: _partners(facts),
        DailyCustomerActivity: _activity(facts),
        DailyEngagement: _engagement(facts),
        CustomerAnalytics: customers,
    }


def _revenue(facts: Facts, customers: Rows) -> Rows:
    table = Table(DailyRevenueSummary)
    seen = set()
    for order in facts.orders:
        day = facts.day(order.placed_at)
        row = table[(day,)]
        row["order_count"] += 1
        row[f"{order.status}_orders"] += 1
        if not counts(order):
            continue
        row["counted_orders"] += 1
        row["total_revenue"] += order.total
        row["gross_sales"] += sum(line.total for line in facts.lines[order.pk])
        row["discount_amount"] += order.discount
        row["tax_amount"] += order.tax
        row["delivery_fee_amount"] += order.delivery_fee
        row["tip_amount"] += order.tip
        row["unpaid_revenue"] += order.total
        for payment in facts.payments[order.pk]:
            row[f"{payment.method}_revenue"] += payment.amount
            row["unpaid_revenue"] -= payment.amount
        row["order_day_refund_amount"] += facts.refunded[order.pk]
        if order.customer_id and (day, order.customer_id) not in seen:
            seen.add((day, order.customer_id))
            is_first = customers[(order.customer_id,)]["first_order_date"] == day
            row["new_customers" if is_first else "returning_customers"] += 1
    for refund, order in facts.counted_refunds():
        row = table[(facts.day(refund.refunded_at),)]
        row["refund_amount"] += refund.amount
        row["refund_count"] += 1
        if order is None:
            row["order_day_refund_amount"] += refund.amount
    for refund in facts.refunds:
        if refund.order_id and not counts(facts.order_by_id[refund.order_id]):
            table[(facts.day(refund.refunded_at),)]["uncounted_refund_amount"] += refund.amount
    return table.rows


def shares(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Divide an amount in proportion to the weights, alike where they are all zero, by rounding the running sum."""
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    whole = sum(weights, NOTHING)
    with localcontext(prec=60):
        running = [
            (total * sum(weights[: number + 1], NOTHING) / whole).quantize(CENT, ROUND_HALF_UP)
            for number in range(len(weights))
        ]
    return [reached - before for before, reached in zip([NOTHING, *running], running, strict=False)]


def _products(facts: Facts) -> Rows:
    table = Table(DailyProductSales)
    for order in filter(counts, facts.orders):
        day = facts.day(order.placed_at)
        lines = facts.lines[order.pk]
        if not lines:
            row = table[(day, None)]
            row["total_revenue"] += order.total
            row["lineless_orders"] += 1
            row["lineless_revenue"] += order.total
        for line, share in zip(lines, shares(order.total, [line.total for line in lines]), strict=True):
            row = table[(day, line.product_id)]
            row["line_count"] += 1
            row["quantity"] += line.quantity
            row["gross_sales"] += line.total
            row["total_revenue"] += share
        for product_id in {line.product_id for line in lines}:
            table[(day, product_id)]["order_count"] += 1
    return table.rows


def _channels(facts: Facts) -> Rows:
    table = Table(DailyChannelSales)
    for order in facts.orders:
        row = table[(facts.day(order.placed_at), order.channel)]
        row["order_count"] += 1
        row["completed_orders"] += order.status == "completed"
        if counts(order):
            row["counted_orders"] += 1
            row["total_revenue"] += order.total
            row["order_day_refund_amount"] += facts.refunded[order.pk]
    for refund, order in facts.counted_refunds():
        row = table[(facts.day(refund.refunded_at), order.channel if order else "")]
        row["refund_amount"] += refund.amount
        if order is None:
            row["order_day_refund_amount"] += refund.amount
    return table.rows


def _hours(facts: Facts) -> Rows:
    table = Table(HourlyOrderVolume)
    for order in facts.orders:
        row = table[(facts.day(order.placed_at), facts.hour(order.placed_at))]
        row["order_count"] += 1
        if counts(order):
            row["counted_orders"] += 1
            row["total_revenue"] += order.total
    return table.rows


STRETCHES = {
    "acceptance": ("placed_at", "accepted_at"),
    "pickup": ("accepted_at", "picked_up_at"),
    "processing": ("picked_up_at", "processed_at"),
    "delivery": ("processed_at", "delivered_at"),
    "total": ("placed_at", "completed_at"),
}


MINUTE, HOUR, DAY = 60, 3600, 86400
BANDS = [0, *(many * MINUTE for many in (1, 2, 5, 10, 20)), *(many * HOUR for many in (1, 2, 5, 10))]
BANDS += [many * DAY for many in (1, 2, 5, 10)]


LONGEST = datetime.timedelta(days=366)


def stretches(order: Order) -> Iterator[tuple[str, datetime.timedelta]]:
    """The stages of which an order has both instants, in order and not too far apart, with how long each took."""
    return ((stage, taken) for stage, taken in _stretches(order) if taken <= LONGEST)


def overlong(order: Order) -> int:
    """How many stages took too long."""
    return sum(taken > LONGEST for _, taken in _stretches(order))


def _stretches(order: Order) -> Iterator[tuple[str, datetime.timedelta]]:
    for stage, (begins, ends) in STRETCHES.items():
        start, end = getattr(order, begins), getattr(order, ends)
        if start is not None and end is not None and end >= start:
            yield stage, end - start


def band(taken: datetime.timedelta) -> int:
    return max(begin for begin in BANDS if begin <= taken.total_seconds())


def _times(facts: Facts) -> Rows:
    table = Table(ProcessingTimes)
    for order in facts.orders:
        for stage, taken in stretches(order):
            begin = band(taken)
            width = max(begin // 20, 3)
            while begin + width <= taken.total_seconds():
                begin += width
            table[(facts.day(order.placed_at), stage, begin)]["order_count"] += 1
    return table.rows


def is_accepted(order: Order) -> bool:
    if order.status == "rejected":
        return False
    return order.accepted_at is not None or order.status in {"accepted", "in_progress", "ready", "completed"}


def _partners(facts: Facts) -> Rows:
    table = Table(PartnerPerformanceMetric)
    for order in facts.orders:
        row = table[(facts.day(order.placed_at), order.partner_id)]
        row["orders_received"] += 1
        row["orders_accepted"] += is_accepted(order)
        row["orders_rejected"] += order.status == "rejected"
        row["orders_completed"] += order.status == "completed"
        row["orders_cancelled"] += order.status == "cancelled"
        if counts(order):
            row["counted_orders"] += 1
            row["total_revenue"] += order.total
            row["order_day_refund_amount"] += facts.refunded[order.pk]
        row["overlong_stages"] += overlong(order)
        for stage, taken in stretches(order):
            row[f"{stage}_time"] += taken
            row["total_time_count" if stage == "total" else f"{stage}_count"] += 1
    for refund, order in facts.counted_refunds():
        row = table[(facts.day(refund.refunded_at), order.partner_id if order else None)]
        row["refund_amount"] += refund.amount
        row["refund_count"] += 1
        if order is None:
            row["order_day_refund_amount"] += refund.amount
    for review in facts.reviews:
        row = table[(facts.day(review.reviewed_at), facts.order_by_id[review.order_id].partner_id)]
        row["rating_sum"] += review.rating
        row["rating_count"] += 1
    for issue in facts.issues:
        row = table[(facts.day(issue.reported_at), facts.order_by_id[issue.order_id].partner_id)]
        row["issues_reported"] += 1
        if issue.kind != "other":
            row[f"items_{issue.kind}"] += 1
    return table.rows


def _activity(facts: Facts) -> Rows:
    table = Table(DailyCustomerActivity)
    for order in facts.orders:
        row = table[(facts.day(order.placed_at), order.customer_id)]
        row["order_count"] += 1
        row["completed_orders"] += order.status == "completed"
        row["cancelled_orders"] += order.status == "cancelled"
        if counts(order):
            row["counted_orders"] += 1
            row["total_revenue"] += order.total
            row["order_day_refund_amount"] += facts.refunded[order.pk]
            row["first_counted_at"] = min(row["first_counted_at"] or order.placed_at, order.placed_at)
            row["last_counted_at"] = max(row["last_counted_at"] or order.placed_at, order.placed_at)
    for refund, order in facts.counted_refunds():
        row = table[(facts.day(refund.refunded_at), order.customer_id if order else refund.customer_id)]
        row["refund_amount"] += refund.amount
        if order is None:
            row["order_day_refund_amount"] += refund.amount
    for review in facts.reviews:
        row = table[(facts.day(review.reviewed_at), facts.order_by_id[review.order_id].customer_id)]
        row["rating_sum"] += review.rating
        row["rating_count"] += 1
    return table.rows


def _engagement(facts: Facts) -> Rows:
    table = Table(DailyEngagement)
    contacted = defaultdict(set)
    for interaction in facts.interactions:
        day = facts.day(interaction.occurred_at)
        row = table[(day,)]
        row["interaction_count"] += 1
        row["feedbacks" if interaction.type == "feedback" else f"{interaction.type}s"] += 1
        row[interaction.status] += 1
        row["automated"] += interaction.automated
        row["successful"] += interaction.successful is True
        row["unsuccessful"] += interaction.successful is False
        contacted[day].add(interaction.customer_id)
    for day, customers in contacted.items():
        table[(day,)]["customers_contacted"] = len(customers)
    for member in facts.members:
        table[(facts.day(member.assigned_at),)]["segment_assignments"] += 1
    return table.rows
