"""What published days said before."""

import datetime
from decimal import Decimal

import pytest
import time_machine

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_everything
from apps.analytics.models import (
    CustomerAnalytics,
    DailyRevenueSummary,
    PartnerPerformanceMetric,
    Revision,
)
from apps.analytics.selectors import rows_as_of
from apps.core.context import organization_context
from tests.analytics.records import DAY, HOUR, change, daily, day, delete, refresh, revisions, state, stored
from tests.builders import NOON, make_customer, make_order, make_partner, make_refund, make_review

TENTH, ELEVENTH, TWELFTH = (NOON.date() + number * DAY for number in range(3))
MINUTE = datetime.timedelta(minutes=1)


def at(instant):
    return time_machine.travel(instant, tick=True)


@pytest.fixture
def published(laundry):
    """The order of the 10th; that day and the one before are over and published."""
    order = make_order(laundry, customer=make_customer(laundry), partner=make_partner(laundry), total=Decimal("10.10"))
    with at(NOON + DAY):
        refresh(laundry)
    return order


def said(organization, instant, first=TENTH, last=TENTH, model=DailyRevenueSummary):
    return rows_as_of(organization, model, instant=instant, first=first, last=last)


def revenue_said(organization, instant, **days):
    return [(str(row.date), row.total_revenue) for row in said(organization, instant, **days)]


def test_a_published_day_that_changes_keeps_what_it_said(laundry, published):
    with at(NOON + 2 * DAY):
        change(published, total=Decimal("20.20"))
        make_refund(laundry, order=published, amount=5, refunded_at=NOON + HOUR)
        assert refresh(laundry).revisions == 6
    (revision,) = revisions(laundry)
    assert (revision.date, revision.row_id) == (TENTH, daily(laundry, TENTH).pk)
    assert (revision.old["total_revenue"], revision.new["total_revenue"]) == (10.1, 20.2)
    assert (revision.old["refund_amount"], revision.new["refund_amount"]) == (0, 5)
    # The order, the refund on its own day, and the refund on its order's day.
    assert revision.facts_changed == 3
    assert NOON + 2 * DAY < revision.revised_at < NOON + 2 * DAY + MINUTE
    assert {"id", "organization_id", "refreshed_at"}.isdisjoint(revision.new)
    (partner,) = revisions(laundry, "partner_performance")
    assert (partner.old["refund_count"], partner.new["refund_count"]) == (0, 1)


def test_the_first_load_leaves_no_revision(laundry):
    make_order(laundry, placed_at=NOON - 100 * DAY, customer=make_customer(laundry))
    with at(NOON):
        assert refresh(laundry).revisions == 0
    assert revisions(laundry) == []
    assert state(laundry).published_through == day("2026-03-09")


def test_a_day_that_is_not_over_leaves_no_revision(laundry):
    order = make_order(laundry)
    with at(NOON + HOUR):
        refresh(laundry)
        change(order, total=30)
        assert refresh(laundry).revisions == 0
    assert revisions(laundry) == []


def test_a_day_is_over_when_the_business_day_ends(wholesaler):
    order = make_order(wholesaler, placed_at=NOON)  # 20:00 of the 10th in Taipei, where the 10th ends at 4:00
    with at(NOON + 7 * HOUR):
        refresh(wholesaler)
        assert state(wholesaler).published_through == day("2026-03-09")
        change(order, total=30)
        assert refresh(wholesaler).revisions == 0
    with at(NOON + 8 * HOUR + MINUTE):
        refresh(wholesaler)
        assert state(wholesaler).published_through == TENTH
        change(order, total=40)
        assert refresh(wholesaler).revisions == 6


def test_a_published_day_that_is_computed_anew_and_says_the_same_leaves_no_revision(laundry, published):
    with at(NOON + 2 * DAY):
        change(published, number="renamed")
        assert refresh(laundry).days == 1
        mark_everything(laundry.pk, cause="test")
        assert refresh(laundry).days == 1
    with organization_context(laundry.pk):
        assert not Revision.objects.exists()


def test_an_earlier_first_order_revises_the_later_day_on_which_the_customer_was_new(laundry, published):
    with at(NOON + 2 * DAY):
        make_order(laundry, customer=published.customer, placed_at=NOON - 3 * DAY)
        refresh(laundry)
    came, moved = revisions(laundry)
    assert (came.date, came.old, came.new["new_customers"], came.facts_changed) == (day("2026-03-07"), None, 1, 1)
    counts = ("new_customers", "returning_customers")
    assert moved.date == TENTH
    assert [[values[name] for name in counts] for values in (moved.old, moved.new)] == [[1, 0], [0, 1]]
    assert {name for name in moved.old if moved.old[name] != moved.new[name]} == set(counts)
    assert moved.facts_changed == 0
    assert {revision.date for revision in revisions(laundry, "partner_performance")} == {day("2026-03-07")}


def test_another_time_zone_revises_the_days_that_an_order_left_and_came_to(laundry):
    order = make_order(laundry, placed_at=NOON + 15 * HOUR, customer=make_customer(laundry))  # 23:00 of the 10th
    kept = make_order(laundry, placed_at=NOON, customer=order.customer)
    with at(NOON + 3 * DAY):
        refresh(laundry)
        before = datetime.datetime.now(datetime.UTC)
        Organization.objects.filter(pk=laundry.pk).update(timezone="Europe/Berlin")
        refresh(laundry)
        laundry.refresh_from_db()
        after = datetime.datetime.now(datetime.UTC)
    whole = {"first": TENTH, "last": TWELFTH}
    assert revenue_said(laundry, before, **whole) == [("2026-03-10", 20)]
    assert revenue_said(laundry, after, **whole) == [("2026-03-10", 10), ("2026-03-11", 10)]
    assert kept.pk != order.pk
    # What did not change in the end may have been revised twice on the way, but says what it said.
    assert [(row.new_customers, row.returning_customers) for row in said(laundry, after, **whole)] == [(1, 0), (0, 1)]


# As of


def test_the_past_is_read_across_several_revisions(laundry, published):
    instants = [NOON + DAY + HOUR]
    for number, total in enumerate(("20.20", "30.30", "40.40"), 2):
        with at(NOON + number * DAY):
            change(published, total=Decimal(total))
            refresh(laundry)
        instants.append(NOON + number * DAY + HOUR)
    said_then = [revenue_said(laundry, instant) for instant in instants]
    assert said_then == [[("2026-03-10", Decimal(total))] for total in ("10.10", "20.20", "30.30", "40.40")]
    assert revenue_said(laundry, NOON + 2 * DAY - MINUTE) == [("2026-03-10", Decimal("10.10"))]


def test_a_row_that_came_later_was_not_there(laundry, published):
    with at(NOON + 4 * DAY):
        refresh(laundry)
    with at(NOON + 5 * DAY):
        make_order(laundry, placed_at=NOON + DAY)
        refresh(laundry)
    days = {"first": TENTH, "last": TWELFTH}
    assert [date for date, _total in revenue_said(laundry, NOON + 4 * DAY + HOUR, **days)] == ["2026-03-10"]
    assert [date for date, _total in revenue_said(laundry, NOON + 6 * DAY, **days)] == ["2026-03-10", "2026-03-11"]


def test_a_row_that_vanished_is_read_as_it_was(laundry, published):
    row = daily(laundry, TENTH)
    with at(NOON + 4 * DAY):
        delete(published)
        refresh(laundry)
    assert stored(DailyRevenueSummary, laundry) == {}
    assert [revision.new for revision in revisions(laundry)] == [None]
    (then,) = said(laundry, NOON + 3 * DAY)
    values = {field.attname: getattr(then, field.attname) for field in then._meta.concrete_fields}
    assert values == {**{name: getattr(row, name) for name in values}, "refreshed_at": None}
    assert said(laundry, NOON + 4 * DAY + HOUR) == []


def test_nothing_was_said_before_the_first_publication(laundry, published):
    assert said(laundry, NOON + DAY - MINUTE) == []
    assert len(said(laundry, NOON + DAY + MINUTE)) == 1


def test_an_organization_without_rollups_has_said_nothing(laundry):
    assert said(laundry, NOON) == []


def test_a_day_that_was_not_over_then_had_nothing_to_say(laundry, published):
    make_order(laundry, placed_at=NOON + 2 * DAY)
    with at(NOON + 5 * DAY):
        refresh(laundry)
    days = {"first": TENTH, "last": TWELFTH}
    on_the_twelfth = NOON + 2 * DAY + 2 * HOUR
    assert [date for date, _total in revenue_said(laundry, on_the_twelfth, **days)] == ["2026-03-10"]
    assert [date for date, _total in revenue_said(laundry, NOON + 5 * DAY + MINUTE, **days)] == [
        "2026-03-10", "2026-03-12"
    ]  # fmt: skip


def test_what_is_no_rollup_of_days_has_no_past(laundry):
    with pytest.raises(ValueError, match="Changes of CustomerAnalytics are not kept"):
        rows_as_of(laundry, CustomerAnalytics, instant=NOON, first=TENTH, last=TENTH)


def test_the_past_of_another_organization_is_its_own(laundry, wholesaler, published):
    with at(NOON + DAY):
        refresh(wholesaler)
    with at(NOON + 2 * DAY):
        change(published, total=99)
        refresh(laundry)
    assert said(wholesaler, NOON + 2 * DAY + HOUR) == []
    assert len(said(laundry, NOON + 2 * DAY + HOUR)) == 1


@pytest.mark.parametrize(
    "took",
    [
        datetime.timedelta(minutes=31, seconds=2, microseconds=500),
        datetime.timedelta(hours=23, minutes=59),
        datetime.timedelta(days=3, hours=4, microseconds=1),
        datetime.timedelta(days=366),
    ],
)
def test_durations_and_amounts_come_back_as_they_were(laundry, took):
    partner = make_partner(laundry)
    for _number in range(3):
        order = make_order(
            laundry, partner=partner, total=Decimal("1234567890.01"), accepted_at=NOON + took, placed_at=NOON
        )
    make_review(order, rating=5)
    with at(NOON + 2 * DAY):
        refresh(laundry)
        (row,) = said(laundry, NOON + 2 * DAY + MINUTE, model=PartnerPerformanceMetric)
        assert (row.acceptance_time, row.total_revenue) == (3 * took, Decimal("3703703670.03"))
        assert row.partner == partner
        row = row.__class__._base_manager.get(organization=laundry, pk=row.pk)
    with at(NOON + 3 * DAY):
        change(order, accepted_at=None)
        refresh(laundry)
    (then,) = said(laundry, NOON + 2 * DAY + HOUR, model=PartnerPerformanceMetric)
    for field in then._meta.concrete_fields:
        if field.name != "refreshed_at":
            value, before = getattr(then, field.attname), getattr(row, field.attname)
            assert (field.name, type(value), value) == (field.name, type(before), before)
    assert then.average_acceptance_minutes == row.average_acceptance_minutes
    assert str(then.total_revenue) == "3703703670.03"
