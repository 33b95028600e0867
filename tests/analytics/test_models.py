"""Rates and means of the rollups' rows, worked out by hand; the constraints of what is configured."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.analytics.models import (
    AnalyticsState,
    CustomerAnalytics,
    CustomerThresholds,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    Verification,
)
from apps.marketplace.models import Partner
from tests.analytics.records import day, refresh
from tests.builders import NOON, make_order, make_partner
from tests.rows import checks_of, prove_check

MINUTES = ("acceptance", "pickup", "processing", "delivery", "total")


def exactly(value):
    return None if value is None else Fraction(value).limit_denominator(10**9)


def test_daily_revenue_by_hand():
    daily = DailyRevenueSummary(
        total_revenue=Decimal("100.10"),
        refund_amount=Decimal("120.20"),
        counted_orders=3,
        order_count=8,
        completed_orders=2,
        cancelled_orders=1,
    )
    assert daily.net_revenue == Decimal("-20.10")
    assert exactly(daily.average_order_value) == Fraction(1001, 30)
    assert (daily.completion_rate, daily.cancellation_rate) == (Decimal("0.25"), Decimal("0.125"))


def test_a_day_of_refunds_alone_has_no_rates():
    daily = DailyRevenueSummary(refund_amount=Decimal(5))
    assert daily.net_revenue == -5
    assert (daily.average_order_value, daily.completion_rate, daily.cancellation_rate) == (None, None, None)


def test_partner_performance_by_hand():
    row = PartnerPerformanceMetric(
        orders_received=10,
        orders_accepted=6,
        orders_rejected=2,
        orders_completed=3,
        counted_orders=7,
        total_revenue=Decimal(50),
        refund_amount=Decimal("0.01"),
        rating_sum=9,
        rating_count=2,
        partner=Partner(daily_capacity=4),
    )
    assert (row.acceptance_rate, row.completion_rate, row.rejection_rate) == (
        Decimal("0.75"), Decimal("0.5"), Decimal("0.2")
    )  # fmt: skip
    assert (row.net_revenue, row.average_rating, row.capacity_utilization) == (
        Decimal("49.99"), Decimal("4.5"), Decimal("1.75")
    )  # fmt: skip


@pytest.mark.parametrize("name", MINUTES)
def test_minutes_are_the_mean_of_the_orders_that_have_them(name):
    column = {"total": ("total_time", "total_time_count")}.get(name, (f"{name}_time", f"{name}_count"))
    times = dict(zip(column, (datetime.timedelta(hours=2, seconds=30, microseconds=1), 4), strict=True))
    minutes = getattr(PartnerPerformanceMetric(**times), f"average_{name}_minutes")
    assert exactly(minutes) == Fraction(7_230_000_001, 4 * 60_000_000).limit_denominator(10**9)
    assert float(minutes) == pytest.approx(30.125)
    assert getattr(PartnerPerformanceMetric(), f"average_{name}_minutes") is None


def test_a_partner_without_orders_has_no_rates():
    row = PartnerPerformanceMetric(refund_amount=Decimal(3), partner=Partner(daily_capacity=4))
    assert (row.acceptance_rate, row.completion_rate, row.rejection_rate, row.average_rating) == (None,) * 4
    assert (row.net_revenue, row.capacity_utilization) == (-3, 0)


@pytest.mark.parametrize("partner", [None, Partner(), Partner(daily_capacity=0)], ids=["none", "unset", "zero"])
def test_without_a_partner_or_its_capacity_there_is_no_utilization(partner):
    assert PartnerPerformanceMetric(counted_orders=7, partner=partner).capacity_utilization is None


def test_a_customer_by_hand():
    row = CustomerAnalytics(
        counted_orders=4,
        total_spent=Decimal(90),
        rating_sum=13,
        rating_count=4,
        first_order_date=day("2026-02-27"),
        last_order_date=day("2026-03-09"),
    )
    assert (row.average_order_value, row.average_rating) == (Decimal("22.5"), Decimal("3.25"))
    assert exactly(row.order_frequency) == Fraction(10, 3)
    assert [row.days_since_last_order(day(today)) for today in ("2026-03-09", "2026-03-10", "2027-03-09")] == [
        0, 1, 365
    ]  # fmt: skip


def test_a_customer_of_one_order_has_no_frequency():
    row = CustomerAnalytics(counted_orders=1, first_order_date=NOON.date(), last_order_date=NOON.date())
    assert row.order_frequency is None


def test_a_customer_whose_orders_all_fell_through_has_no_means():
    row = CustomerAnalytics(total_orders=3)
    assert (row.average_order_value, row.average_rating, row.order_frequency) == (None, None, None)
    assert row.days_since_last_order(NOON.date()) is None


def test_several_orders_of_one_day_are_no_days_apart():
    row = CustomerAnalytics(counted_orders=3, first_order_date=NOON.date(), last_order_date=NOON.date())
    assert row.order_frequency == 0


def test_rows_say_what_they_are_of(laundry):
    partner = make_partner(laundry)
    make_order(laundry, partner=partner)
    refresh(laundry)
    assert str(PartnerPerformanceMetric._base_manager.get()) == f"2026-03-10 {partner.pk}"
    assert str(PartnerPerformanceMetric(date=NOON.date())) == "2026-03-10 No partner"
    assert str(AnalyticsState(data_version=4)) == "4"
    assert str(Verification(started_at=NOON)) == "2026-03-10 12:00"


CHECKS = {
    "customer_thresholds_vip_share": (
        [{"vip_share": 0}],
        [{"vip_share": Decimal("-0.001")}, {"vip_share": Decimal("1.001")}],
    ),
    "customer_thresholds_days": (
        [{"new_within_days": 1, "regular_within_days": 1, "churned_after_days": 1, "at_risk_score": 100}],
        [{"new_within_days": 0}, {"regular_within_days": 0}, {"churned_after_days": 0}, {"at_risk_score": 101}],
    ),
    "analytics_cache_type": ([{"type": "activity"}], [{"type": "weather"}]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_database_refuses_what_a_check_forbids(laundry, name):
    inside, outside = CHECKS[name]
    prove_check(name, checks_of("analytics")[name], laundry, inside, outside)


def test_every_check_of_the_app_is_proved():
    ours = {name for name in checks_of("analytics") if not name.endswith("_check")}
    assert set(CHECKS) == ours
    assert CustomerThresholds._meta.get_field("vip_share").default == Decimal("0.1")
