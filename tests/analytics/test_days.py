"""Which day a row is of, which rows there are, and their keys."""

import datetime
import hashlib
from decimal import Decimal

import pytest

from apps.analytics.changelog import mark_everything
from apps.analytics.models import (
    CustomerAnalytics,
    DailyEngagement,
    DailyRevenueSummary,
    HourlyOrderVolume,
)
from apps.core.context import organization_context
from apps.marketplace.models import Order
from tests.analytics.comparison import refreshed, stored, told
from tests.analytics.facts import GRAINS
from tests.builders import (
    NOON,
    make_category,
    make_customer,
    make_interaction,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_product,
)

pytestmark = pytest.mark.django_db
D = Decimal

TENTH, ELEVENTH, TWELFTH = (datetime.date(2026, 3, day) for day in (10, 11, 12))
ONE_DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)
ONE_ORDER = {"order_count": 1, "counted_orders": 1, "total_revenue": D(10)}


def at(text):
    return datetime.datetime.fromisoformat(text)


def move(order, **values):
    with organization_context(order.organization_id):
        Order.objects.filter(pk=order.pk).update(**values)


def test_days_begin_and_end_to_the_microsecond_also_when_they_are_short(laundry):
    for instant in (
        "2026-03-08T04:59:59.999999+00:00",  # the last of the 7th
        "2026-03-08T05:00:00+00:00",  # midnight
        "2026-03-09T03:59:59.999999+00:00",  # the last of the 8th, 23 hours long
        "2026-03-09T04:00:00+00:00",
    ):
        make_order(laundry, placed_at=at(instant))
    refreshed(laundry)
    assert told(laundry, HourlyOrderVolume) == {
        (datetime.date(2026, 3, 7), 23): ONE_ORDER,
        (datetime.date(2026, 3, 8), 0): ONE_ORDER,
        (datetime.date(2026, 3, 8), 23): ONE_ORDER,
        (datetime.date(2026, 3, 9), 0): ONE_ORDER,
    }


def test_a_late_night_belongs_to_the_evening_before_where_days_start_at_four(wholesaler):
    make_order(wholesaler, placed_at=at("2026-03-10T03:59:59.999999+08:00"))
    make_order(wholesaler, placed_at=at("2026-03-10T04:00:00+08:00"))
    refreshed(wholesaler)
    assert told(wholesaler, HourlyOrderVolume) == {
        (datetime.date(2026, 3, 9), 3): ONE_ORDER,
        (TENTH, 4): ONE_ORDER,
    }
    assert set(told(wholesaler, DailyRevenueSummary)) == {datetime.date(2026, 3, 9), TENTH}


def test_the_hour_that_comes_twice_by_half_is_one_row(clinic):
    make_order(clinic, placed_at=at("2026-04-05T01:45:00+11:00"))
    make_order(clinic, placed_at=at("2026-04-05T01:45:00+10:30"))
    make_order(clinic, placed_at=at("2026-04-05T23:59:59.999999+10:30"))
    make_order(clinic, placed_at=at("2026-04-06T00:00:00+10:30"))
    refreshed(clinic)
    fifth, sixth = datetime.date(2026, 4, 5), datetime.date(2026, 4, 6)
    assert told(clinic, HourlyOrderVolume) == {
        (fifth, 1): {"order_count": 2, "counted_orders": 2, "total_revenue": D(20)},
        (fifth, 23): ONE_ORDER,
        (sixth, 0): ONE_ORDER,
    }


def everything(organization):
    """An order with all that it may have, on the tenth, accepted two days later."""
    customer, product = make_customer(organization), make_product(organization, category=make_category(organization))
    accepted_at = NOON + 2 * ONE_DAY
    order = make_order(organization, partner=make_partner(organization), customer=customer, accepted_at=accepted_at)
    make_line(order, product=product)
    make_payment(order)
    return order


def test_a_day_that_nothing_is_left_of_has_no_row(laundry):
    order = everything(laundry)
    interaction = make_interaction(order.customer)
    refreshed(laundry)
    move(order, placed_at=NOON + ONE_DAY)
    with organization_context(laundry.pk):
        interaction.delete()
    refreshed(laundry)
    for model in GRAINS:
        if model not in {CustomerAnalytics, DailyEngagement}:
            assert {row["date"] for row in stored(laundry, model).values()} == {ELEVENTH}, model
    assert told(laundry, DailyEngagement) == {}
    with organization_context(laundry.pk):
        Order.objects.get().delete()
    refreshed(laundry)
    assert {model: told(laundry, model) for model in GRAINS} == {model: {} for model in GRAINS}


def test_a_day_that_a_new_time_zone_leaves_out_keeps_no_row(laundry):
    order = everything(laundry)
    move(order, placed_at=at("2011-12-30T12:00:00-05:00"))
    refreshed(laundry)
    assert set(told(laundry, DailyRevenueSummary)) == {datetime.date(2011, 12, 30)}
    laundry.timezone = "Pacific/Apia"
    laundry.save()
    refreshed(laundry)
    assert set(told(laundry, DailyRevenueSummary)) == {datetime.date(2011, 12, 31)}


def test_keys_follow_from_the_grain_and_stay(organizations):
    for organization in organizations:
        everything(organization)
        everything(organization)
        refreshed(organization)
    before = keys_of(organizations)
    for organization in organizations:
        mark_everything(organization.pk, cause="test")
        refreshed(organization)
    assert keys_of(organizations) == before
    for model in GRAINS:
        keys = [key for (found, _organization, _grain), key in before.items() if found is model]
        assert len(set(keys)) == len(keys)
    row = next(key for (model, organization, _), key in before.items() if model is DailyRevenueSummary)
    days = (TENTH - datetime.date(1, 1, 1)).days
    assert row.hex == f"{days:08x}" + hashlib.md5(str(organizations[0].pk).encode()).hexdigest()[:24]  # noqa: S324


def keys_of(organizations):
    keys = {}
    for organization in organizations:
        with organization_context(organization.pk):
            for model, grain in GRAINS.items():
                for row in model.objects.all():
                    keys[model, organization.pk, tuple(getattr(row, name) for name in grain)] = row.pk
    return keys
