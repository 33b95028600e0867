"""Rollups of days, whole tables worked out by hand. Empty columns are left out of what a table tells."""

import datetime
from decimal import Decimal

import pytest

from apps.analytics.models import (
    CustomerAnalytics,
    DailyChannelSales,
    DailyCustomerActivity,
    DailyEngagement,
    DailyProductSales,
    DailyRevenueSummary,
    HourlyOrderVolume,
    PartnerPerformanceMetric,
)
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.analytics.comparison import refreshed, stored, told
from tests.builders import (
    NOON,
    make_customer,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_review,
    make_segment,
    make_segment_member,
)

pytestmark = pytest.mark.django_db
D = Decimal

TENTH, ELEVENTH, TWELFTH = (datetime.date(2026, 3, day) for day in (10, 11, 12))
ONE_DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)
ONE_ORDER = {"order_count": 1, "counted_orders": 1, "total_revenue": D(10)}


def move(order, **values):
    with organization_context(order.organization_id):
        Order.objects.filter(pk=order.pk).update(**values)


def test_a_refund_lands_on_its_own_day_and_by_the_other_basis_on_the_day_of_its_order(laundry):
    partner, customer = make_partner(laundry), make_customer(laundry)
    order = make_order(laundry, partner=partner, customer=customer, channel="app")
    make_refund(laundry, order=order, amount=D(4), refunded_at=NOON + 2 * ONE_DAY)
    refreshed(laundry)
    back, forth = {"refund_amount": D(4)}, {"order_day_refund_amount": D(4)}
    assert told(laundry, DailyRevenueSummary) == {
        TENTH: {**ONE_ORDER, "accepted_orders": 1, "unpaid_revenue": D(10), "new_customers": 1, **forth},
        TWELFTH: {**back, "refund_count": 1},
    }
    assert told(laundry, PartnerPerformanceMetric) == {
        (TENTH, partner.pk): {
            "orders_received": 1, "orders_accepted": 1, "counted_orders": 1, "total_revenue": D(10), **forth,
        },
        (TWELFTH, partner.pk): {**back, "refund_count": 1},
    }  # fmt: skip
    assert told(laundry, DailyChannelSales) == {(TENTH, "app"): {**ONE_ORDER, **forth}, (TWELFTH, "app"): back}
    assert told(laundry, DailyCustomerActivity) == {
        (TENTH, customer.pk): {**ONE_ORDER, **forth, "first_counted_at": NOON, "last_counted_at": NOON},
        (TWELFTH, customer.pk): back,
    }
    assert told(laundry, HourlyOrderVolume) == {(TENTH, 8): ONE_ORDER}


def test_a_refund_of_a_cancelled_order_lowers_no_revenue(laundry):
    partner, customer = make_partner(laundry), make_customer(laundry)
    order = make_order(laundry, status="cancelled", partner=partner, customer=customer)
    make_payment(order)
    make_refund(laundry, order=order, amount=D(10), refunded_at=NOON + ONE_DAY)
    refreshed(laundry)
    assert told(laundry, DailyRevenueSummary) == {
        TENTH: {"order_count": 1, "cancelled_orders": 1},
        ELEVENTH: {"uncounted_refund_amount": D(10)},
    }
    assert told(laundry, PartnerPerformanceMetric) == {
        (TENTH, partner.pk): {"orders_received": 1, "orders_cancelled": 1}
    }
    assert told(laundry, DailyChannelSales) == {(TENTH, "web"): {"order_count": 1}}
    assert told(laundry, DailyCustomerActivity) == {(TENTH, customer.pk): {"order_count": 1, "cancelled_orders": 1}}
    assert told(laundry, DailyProductSales) == {}
    assert told(laundry, CustomerAnalytics) == {customer.pk: {"total_orders": 1, "cancelled_orders": 1}}


def test_an_order_that_is_cancelled_takes_its_refunds_out_of_revenue(laundry):
    order = make_order(laundry)
    make_refund(laundry, order=order, amount=D(10), refunded_at=NOON + ONE_DAY)
    refreshed(laundry)
    move(order, status="cancelled")
    refreshed(laundry)
    assert told(laundry, DailyRevenueSummary) == {
        TENTH: {"order_count": 1, "cancelled_orders": 1},
        ELEVENTH: {"uncounted_refund_amount": D(10)},
    }


def test_a_refund_that_names_no_order_counts_on_its_own_day_on_both_bases(laundry):
    customer = make_customer(laundry)
    make_refund(laundry, customer=customer, amount=D("1.50"))
    make_refund(laundry, amount=D(2))
    refreshed(laundry)
    both = {"refund_amount": D("3.50"), "order_day_refund_amount": D("3.50")}
    assert told(laundry, DailyRevenueSummary) == {TENTH: {**both, "refund_count": 2}}
    assert told(laundry, PartnerPerformanceMetric) == {(TENTH, None): {**both, "refund_count": 2}}
    assert told(laundry, DailyChannelSales) == {(TENTH, ""): both}
    assert told(laundry, DailyCustomerActivity) == {
        (TENTH, customer.pk): {"refund_amount": D("1.50"), "order_day_refund_amount": D("1.50")},
        (TENTH, None): {"refund_amount": D(2), "order_day_refund_amount": D(2)},
    }
    assert told(laundry, CustomerAnalytics) == {customer.pk: {"refund_amount": D("1.50"), "lifetime_value": D("-1.50")}}


def test_what_was_paid_and_what_was_not_add_up_to_the_revenue(laundry):
    partly, overpaid, two_methods, later, cancelled = (
        make_order(laundry, total=total, status=status)
        for total, status in [
            (D(10), "accepted"), (D(20), "accepted"), (D(30), "accepted"), (D(40), "accepted"), (D(50), "cancelled"),
        ]
    )  # fmt: skip
    make_payment(partly, method="cash", amount=D("9.99"))
    make_payment(overpaid, method="wallet", amount=D("20.50"))
    make_payment(two_methods, method="card", amount=D(10))
    make_payment(two_methods, method="cash", amount=D(20))
    make_payment(later, method="online", amount=D(15), paid_at=NOON + 5 * ONE_DAY)
    make_payment(later, method="online", amount=D(25), status="authorized")
    make_payment(cancelled, method="card", amount=D(50))
    refreshed(laundry)
    assert told(laundry, DailyRevenueSummary) == {
        TENTH: {
            "order_count": 5,
            "counted_orders": 4,
            "accepted_orders": 4,
            "cancelled_orders": 1,
            "total_revenue": D(100),
            "cash_revenue": D("29.99"),
            "card_revenue": D(10),
            "wallet_revenue": D("20.50"),
            "online_revenue": D(15),
            "unpaid_revenue": D("24.51"),
        }
    }


def test_overpaid_days_owe_something_back(laundry):
    make_payment(make_order(laundry), method="cash", amount=D(12))
    refreshed(laundry)
    assert told(laundry, DailyRevenueSummary)[TENTH]["unpaid_revenue"] == D(-2)


def test_amounts_of_counted_orders_are_summed_and_line_totals_are_before_discount(laundry):
    amounts = {"discount": D(2), "tax": D("0.80"), "delivery_fee": D(3), "tip": D("1.20")}
    make_line(make_order(laundry, total=D(13), **amounts))
    make_line(make_order(laundry, status="no_show", total=D(13), **amounts))
    refreshed(laundry)
    assert told(laundry, DailyRevenueSummary) == {
        TENTH: {
            "order_count": 2,
            "counted_orders": 1,
            "accepted_orders": 1,
            "no_show_orders": 1,
            "total_revenue": D(13),
            "unpaid_revenue": D(13),
            "gross_sales": D(10),
            "discount_amount": D(2),
            "tax_amount": D("0.80"),
            "delivery_fee_amount": D(3),
            "tip_amount": D("1.20"),
        }
    }


@pytest.mark.parametrize(
    ("total", "lines", "shares"),
    [
        ("0.02", ("1.00", "1.00", "1.00"), ("0.01", "0.00", "0.01")),
        ("0.01", ("1.00", "1.00", "1.00"), ("0.00", "0.01", "0.00")),
        ("10.00", ("5.00", "5.00", "5.00"), ("3.33", "3.34", "3.33")),
        ("0.01", ("0.50", "0.25", "0.25"), ("0.01", "0.00", "0.00")),  # half a cent is a cent
        ("1.00", ("0.00", "0.00", "0.00"), ("0.33", "0.34", "0.33")),  # nothing to go by: alike
        ("9.00", ("0.00", "10.00", "0.00"), ("0.00", "9.00", "0.00")),
        ("30.01", ("10.00", "10.00", "10.00"), ("10.00", "10.01", "10.00")),  # more than its lines: a delivery fee
        ("0.00", ("1.00", "2.00", "3.00"), ("0.00", "0.00", "0.00")),
    ],
)
def test_the_total_of_an_order_is_divided_over_its_lines_to_the_cent(laundry, total, lines, shares):
    products = [make_product(laundry) for _ in lines]
    order = make_order(laundry, total=D(total))
    for product, line in zip(products, lines, strict=True):
        make_line(order, product=product, total=D(line), quantity=D(2))
    refreshed(laundry)
    rows = {
        grain: (row["total_revenue"], row["gross_sales"], row["quantity"], row["order_count"], row["line_count"])
        for grain, row in stored(laundry, DailyProductSales).items()
    }
    assert rows == {
        (TENTH, product.pk): (D(share), D(line), 2, 1, 1)
        for product, line, share in zip(products, lines, shares, strict=True)
    }


def test_orders_without_lines_and_lines_without_a_product_share_a_row(laundry):
    product = make_product(laundry)
    make_order(laundry, total=D(7))
    order = make_order(laundry, total=D(8))
    for known in (product, product, None, None):
        make_line(order, product=known, total=D(2), quantity=D("0.5"))
    refreshed(laundry)
    of_product = {"order_count": 1, "line_count": 2, "quantity": D(1), "gross_sales": D(4)}
    assert told(laundry, DailyProductSales) == {
        (TENTH, product.pk): {**of_product, "total_revenue": D(4)},
        (TENTH, None): {**of_product, "total_revenue": D(11), "lineless_orders": 1, "lineless_revenue": D(7)},
    }


def test_an_order_is_accepted_by_its_instant_or_by_a_status_that_only_accepted_orders_reach(laundry):
    partner = make_partner(laundry)
    later = NOON + 5 * MINUTE
    for status, accepted_at in (
        ("accepted", None), ("completed", None), ("cancelled", later), ("cancelled", None), ("no_show", None),
        ("pending", None), ("rejected", None), ("rejected", later),
    ):  # fmt: skip
        make_order(laundry, partner=partner, status=status, accepted_at=accepted_at, completed_at=None)
    refreshed(laundry)
    assert told(laundry, PartnerPerformanceMetric) == {
        (TENTH, partner.pk): {
            "orders_received": 8,
            "orders_accepted": 3,
            "orders_rejected": 2,
            "orders_completed": 1,
            "orders_cancelled": 2,
            "counted_orders": 3,
            "total_revenue": D(30),
            "acceptance_time": 10 * MINUTE,
            "acceptance_count": 2,
        }
    }


def test_times_count_where_both_instants_are_there_and_in_order(laundry):
    partner = make_partner(laundry)
    whole = {"accepted_at": 5, "picked_up_at": 15, "processed_at": 35, "delivered_at": 75, "completed_at": 80}
    for changed in ({}, {"accepted_at": -1}, {"picked_up_at": None}, {"delivered_at": 35}, {"completed_at": -60}):
        instants = {name: minutes and NOON + minutes * MINUTE for name, minutes in (whole | changed).items()}
        make_order(laundry, partner=partner, status="completed", **instants)
    refreshed(laundry)
    assert told(laundry, PartnerPerformanceMetric) == {
        (TENTH, partner.pk): {
            "orders_received": 5, "orders_accepted": 5, "orders_completed": 5, "counted_orders": 5,
            "total_revenue": D(50),
            "acceptance_time": 20 * MINUTE, "acceptance_count": 4,  # not the one accepted before it was placed
            "pickup_time": 46 * MINUTE, "pickup_count": 4,  # 10 + 16 + 10 + 10
            "processing_time": 80 * MINUTE, "processing_count": 4,
            "delivery_time": 160 * MINUTE, "delivery_count": 5,  # one of them none at all
            "total_time": 320 * MINUTE, "total_time_count": 4,
        }
    }  # fmt: skip


def test_issues_and_reviews_are_of_the_day_they_came_and_of_the_partner_of_their_order(laundry):
    partner, customer = make_partner(laundry), make_customer(laundry)
    order = make_order(laundry, partner=partner, customer=customer, placed_at=NOON - 30 * ONE_DAY)
    for kind in ("damaged", "damaged", "lost", "late", "other"):
        make_issue(order, kind=kind)
    make_review(order, rating=2)
    make_review(order, rating=5)
    refreshed(laundry)
    ratings = {"rating_sum": 7, "rating_count": 2}
    assert told(laundry, PartnerPerformanceMetric)[TENTH, partner.pk] == {
        "issues_reported": 5, "items_damaged": 2, "items_lost": 1, "items_late": 1, **ratings,
    }  # fmt: skip
    assert told(laundry, DailyCustomerActivity)[TENTH, customer.pk] == ratings
    assert TENTH not in told(laundry, DailyRevenueSummary)


@pytest.mark.parametrize(
    ("values", "grain"),
    [
        ({"channel": "phone"}, (DailyChannelSales, "phone")),
        ({"partner": None}, (PartnerPerformanceMetric, None)),
        ({"customer": None}, (DailyCustomerActivity, None)),
    ],
)
def test_what_came_on_other_days_moves_with_its_order(laundry, values, grain):
    order = make_order(laundry, partner=make_partner(laundry), customer=make_customer(laundry))
    make_refund(laundry, order=order, refunded_at=NOON + ONE_DAY)
    make_review(order, reviewed_at=NOON + ONE_DAY)
    make_issue(order, reported_at=NOON + ONE_DAY)
    refreshed(laundry)
    move(order, **values)
    refreshed(laundry)
    model, key = grain
    assert set(told(laundry, model)) == {(TENTH, key), (ELEVENTH, key)}


def test_contacts_are_counted_by_type_status_and_outcome(laundry):
    ann, ben = make_customer(laundry), make_customer(laundry)
    make_interaction(ann, type="call", status="completed", successful=True, automated=True)
    make_interaction(ann, type="email", status="pending")
    make_interaction(ann, type="meeting", status="cancelled", successful=False)
    make_interaction(ben, type="support_ticket", status="in_progress")
    make_interaction(ben, type="complaint", status="completed", successful=False)
    make_interaction(ben, type="feedback", status="completed")
    make_segment_member(make_segment(laundry), ann)
    make_segment_member(make_segment(laundry), ben, assigned_at=NOON + ONE_DAY, is_active=False)
    refreshed(laundry)
    assert told(laundry, DailyEngagement) == {
        TENTH: {
            "interaction_count": 6,
            **dict.fromkeys(("calls", "emails", "meetings", "support_tickets", "complaints", "feedbacks"), 1),
            "completed": 3, "pending": 1, "cancelled": 1, "in_progress": 1,
            "automated": 1, "successful": 1, "unsuccessful": 2,
            "customers_contacted": 2, "segment_assignments": 1,
        },
        ELEVENTH: {"segment_assignments": 1},
    }  # fmt: skip
