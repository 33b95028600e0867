"""Customers' histories and standing, worked out anew; a part of `recomputation`."""

import datetime
import uuid
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.analytics.models import CustomerAnalytics, CustomerThresholds
from tests.analytics.facts import Facts, Rows, Table, counts


def customer_rows(facts: Facts, today: datetime.date) -> Rows:
    table = Table(CustomerAnalytics)
    spent: dict[uuid.UUID, Counter] = defaultdict(Counter)
    paid: dict[uuid.UUID, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for order in facts.orders:
        if order.customer_id is None:
            continue
        row = table[(order.customer_id,)]
        row["total_orders"] += 1
        row["completed_orders"] += order.status == "completed"
        row["cancelled_orders"] += order.status == "cancelled"
        if not counts(order):
            continue
        row["counted_orders"] += 1
        row["total_spent"] += order.total
        row["first_order_at"] = min(row["first_order_at"] or order.placed_at, order.placed_at)
        row["last_order_at"] = max(row["last_order_at"] or order.placed_at, order.placed_at)
        row["recent_orders"] += (today - facts.day(order.placed_at)).days <= facts.thresholds.regular_within_days
        for line in facts.lines[order.pk]:
            category_id = facts.category_of.get(line.product_id)
            if category_id:
                spent[order.customer_id][category_id] += line.total
        for payment in facts.payments[order.pk]:
            paid[order.customer_id][payment.method].append(payment.amount)
    for refund, order in facts.counted_refunds():
        customer_id = order.customer_id if order else refund.customer_id
        if customer_id:
            table[(customer_id,)]["refund_amount"] += refund.amount
    for review in facts.reviews:
        customer_id = facts.order_by_id[review.order_id].customer_id
        if customer_id:
            table[(customer_id,)]["rating_sum"] += review.rating
            table[(customer_id,)]["rating_count"] += 1
    for (customer_id,), row in table.rows.items():
        row["lifetime_value"] = row["total_spent"] - row["refund_amount"]
        if row["counted_orders"]:
            row["first_order_date"] = facts.day(row["first_order_at"])
            row["last_order_date"] = facts.day(row["last_order_at"])
        row["favorite_category_id"] = min(
            spent[customer_id], key=lambda category: (-spent[customer_id][category], category), default=None
        )
        methods = paid[customer_id]
        row["preferred_payment_method"] = min(
            methods, key=lambda method: (-len(methods[method]), -sum(methods[method]), method), default=""
        )
    line = vip_line([row["lifetime_value"] for row in table.rows.values() if row["counted_orders"]], facts.thresholds)
    for row in table.rows.values():
        _place(row, facts.thresholds, line, today)
    return table.rows


def vip_line(lifetime_values: list[Decimal], thresholds: CustomerThresholds) -> Decimal | None:
    """Return the lifetime value at which the top share of the customers begins; a part of a customer is a whole one."""
    top = -(-len(lifetime_values) * Fraction(thresholds.vip_share) // 1)
    return sorted(lifetime_values, reverse=True)[int(top) - 1] if top else None


def _place(row: dict[str, Any], thresholds: CustomerThresholds, line: Decimal | None, today: datetime.date) -> None:
    orders = row["counted_orders"]
    if not orders:
        return
    silence = max(0, (today - row["last_order_date"]).days)
    if silence > thresholds.churned_after_days:
        row["segment"], row["churn_risk_score"] = "churned", 100
        return
    if orders >= thresholds.vip_orders and line is not None and row["lifetime_value"] >= line:
        row["segment"] = "vip"
    elif row["recent_orders"] >= thresholds.regular_orders:
        row["segment"] = "regular"
    elif orders == 1 and silence <= thresholds.new_within_days:
        row["segment"] = "new"
    else:
        row["segment"] = "occasional"
    if orders == 1:
        usual_gap = Fraction(thresholds.churned_after_days, 3)
    else:
        usual_gap = max(Fraction(7), Fraction((row["last_order_date"] - row["first_order_date"]).days, orders - 1))
    row["churn_risk_score"] = min(100, int(100 * silence / (3 * usual_gap)))
    row["is_at_churn_risk"] = row["churn_risk_score"] >= thresholds.at_risk_score
