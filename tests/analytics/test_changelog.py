"""Which marks each statement leaves in the change log."""

import uuid
from decimal import Decimal

import pytest
from django.db import transaction

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.copying import copy_rows
from apps.core.database import in_transaction, tenant_cursor
from apps.marketplace.models import Order, OrderLine, OrderStatus, Payment, PaymentMethod, Refund
from tests.analytics.records import (
    DAY,
    HOUR,
    change,
    days_marked,
    delete,
    forget_marks,
    marks,
    utc,
)
from tests.builders import (
    NOON,
    make_customer,
    make_interaction,
    make_issue,
    make_line,
    make_order,
    make_partner,
    make_payment,
    make_refund,
    make_review,
    make_segment,
    make_segment_member,
)
from tests.rows import insert

TENTH, TWELFTH, TWENTIETH = NOON, NOON + 2 * DAY, NOON + 10 * DAY
ON_THE_10TH = ("2026-03-10", "2026-03-10")
ON_THE_12TH = ("2026-03-12", "2026-03-12")
ON_THE_20TH = ("2026-03-20", "2026-03-20")


@pytest.fixture
def order(laundry):
    """An order of the 10th, of somebody and by some partner; the log is empty."""
    placed = make_order(laundry, placed_at=TENTH, customer=make_customer(laundry), partner=make_partner(laundry))
    forget_marks(laundry)
    return placed


def own_day_facts(order):
    """Each fact that lies on a day of its own: how one of the 12th is written, its table and its instant."""
    organization, customer = order.organization, order.customer
    segment = make_segment(organization)
    return [
        (lambda: make_order(organization, placed_at=TWELFTH), "marketplace_order", "placed_at"),
        (lambda: make_refund(organization, refunded_at=TWELFTH), "marketplace_refund", "refunded_at"),
        (lambda: make_review(order, reviewed_at=TWELFTH), "marketplace_review", "reviewed_at"),
        (lambda: make_issue(order, reported_at=TWELFTH), "marketplace_orderissue", "reported_at"),
        (lambda: make_interaction(customer, occurred_at=TWELFTH), "engagement_interaction", "occurred_at"),
        (
            lambda: make_segment_member(segment, customer, assigned_at=TWELFTH),
            "engagement_segmentmember",
            "assigned_at",
        ),
    ]


def test_a_fact_marks_its_own_day_when_it_comes_moves_and_goes(laundry, order):
    for make, table, instant in own_day_facts(order):
        fact = make()
        assert days_marked(laundry) == [(table, *ON_THE_12TH, 1)], table
        forget_marks(laundry)
        change(fact, **{instant: TWENTIETH})
        assert days_marked(laundry) == [(table, *ON_THE_12TH, 1), (table, *ON_THE_20TH, 1)], table
        forget_marks(laundry)
        fact.refresh_from_db()
        delete(fact)
        assert days_marked(laundry) == [(table, *ON_THE_20TH, 1)], table
        forget_marks(laundry)


def test_a_fact_that_stays_on_its_day_marks_it_once(laundry, order):
    for make, table, instant in own_day_facts(order):
        fact = make()
        forget_marks(laundry)
        change(fact, **{instant: TWELFTH + HOUR})
        assert days_marked(laundry) == [(table, *ON_THE_12TH, 1)], table
        forget_marks(laundry)


def test_lines_and_payments_mark_the_day_of_their_order(laundry, order):
    later = make_order(laundry, placed_at=TWENTIETH)
    forget_marks(laundry)
    makers = [
        (lambda: make_line(order), "marketplace_orderline"),
        (lambda: make_payment(order, paid_at=TWELFTH), "marketplace_payment"),
    ]
    for make, table in makers:
        fact = make()
        assert days_marked(laundry) == [(table, *ON_THE_10TH, 1)]
        forget_marks(laundry)
        change(fact, order=later)
        assert days_marked(laundry) == [(table, *ON_THE_10TH, 1), (table, *ON_THE_20TH, 1)]
        forget_marks(laundry)
        delete(fact)
        assert days_marked(laundry) == [(table, *ON_THE_20TH, 1)]
        forget_marks(laundry)


def test_a_refund_marks_its_own_day_and_that_of_its_order(laundry, order):
    table = "marketplace_refund"
    refund = make_refund(laundry, order=order, refunded_at=TWELFTH)
    assert days_marked(laundry) == [(table, *ON_THE_10TH, 1), (table, *ON_THE_12TH, 1)]
    forget_marks(laundry)
    change(refund, refunded_at=TWENTIETH)
    assert days_marked(laundry) == [(table, *ON_THE_10TH, 1), (table, *ON_THE_12TH, 1), (table, *ON_THE_20TH, 1)]
    forget_marks(laundry)
    change(refund, order=None)
    assert days_marked(laundry) == [(table, *ON_THE_10TH, 1), (table, *ON_THE_20TH, 1)]
    forget_marks(laundry)
    delete(refund)
    assert days_marked(laundry) == [(table, *ON_THE_20TH, 1)]


def test_a_statement_leaves_one_mark_for_each_business_day(laundry):
    with organization_context(laundry.pk):
        Order.objects.bulk_create(
            Order(organization=laundry, number=str(number), status="accepted", placed_at=TENTH + number * 8 * HOUR)
            for number in range(9)  # 12:00 of the 10th to 4:00 of the 13th in UTC: from 8:00 of the 10th to midnight
        )
    expected = [
        ("marketplace_order", f"2026-03-{number}", f"2026-03-{number}", facts)
        for number, facts in ((10, 2), (11, 3), (12, 3), (13, 1))
    ]
    assert days_marked(laundry) == expected
    forget_marks(laundry)
    with organization_context(laundry.pk):
        Order.objects.update(total=5)
        assert days_marked(laundry) == expected
        forget_marks(laundry)
        Order.objects.all().delete()
    assert days_marked(laundry) == expected


def test_marks_hold_the_instants_so_that_a_new_time_zone_finds_their_days(laundry):
    late = utc("2026-03-11T02:30:00")  # the 10th in New York, the 11th in Taipei
    make_order(laundry, placed_at=late)
    (mark,) = marks(laundry)
    assert (mark.scope, mark.first_at, mark.last_at) == ("facts", late, late)
    assert days_marked(laundry) == [("marketplace_order", *ON_THE_10TH, 1)]
    Organization.objects.filter(pk=laundry.pk).update(timezone="Asia/Taipei")
    assert ("marketplace_order", "2026-03-11", "2026-03-11", 1) in days_marked(laundry)


def test_a_day_that_starts_late_is_one_mark_over_midnight(wholesaler):
    closes = utc("2026-03-10T17:00:00")  # 1:00 of the 11th in Taipei, where the 10th goes on until 4:00
    with organization_context(wholesaler.pk):
        Order.objects.bulk_create(
            Order(organization=wholesaler, number=str(hours), status="accepted", placed_at=closes + hours * HOUR)
            for hours in (-12, 0, 2, 3)
        )
    assert days_marked(wholesaler) == [
        ("marketplace_order", *ON_THE_10TH, 3),
        ("marketplace_order", "2026-03-11", "2026-03-11", 1),
    ]


def test_copy_leaves_marks_as_any_other_way_in(laundry, order):
    with tenant_cursor() as cursor:
        copy_rows(
            cursor,
            Refund._meta.db_table,
            ["id", "organization_id", "order_id", "amount", "reason", "refunded_at", "created_at", "updated_at"],
            [
                (uuid.uuid4(), laundry.pk, order.pk, Decimal(1), "", TWELFTH + number * HOUR, NOON, NOON)
                for number in range(3)
            ],
        )
    assert days_marked(laundry) == [("marketplace_refund", *ON_THE_10TH, 3), ("marketplace_refund", *ON_THE_12TH, 3)]


def test_sql_of_an_operator_leaves_marks(laundry, order):
    insert(Payment, laundry, order_id=order.pk, paid_at=NOON)
    with tenant_cursor() as cursor:
        cursor.execute("UPDATE marketplace_order SET placed_at = placed_at + interval '2 days' WHERE number <> ''")
        cursor.execute("DELETE FROM marketplace_payment")
    assert days_marked(laundry) == [
        ("marketplace_order", *ON_THE_10TH, 1),
        ("marketplace_payment", *ON_THE_10TH, 1),
        ("marketplace_order", *ON_THE_12TH, 1),
        ("marketplace_payment", *ON_THE_12TH, 1),
    ]


def test_an_upsert_marks_what_it_inserted_and_what_it_changed(laundry):
    make_order(laundry, placed_at=TENTH, external_id="A")
    forget_marks(laundry)
    with organization_context(laundry.pk):
        Order.objects.bulk_create(
            [
                Order(organization=laundry, number=key, external_id=key, status="accepted", placed_at=placed_at)
                for key, placed_at in (("A", TWELFTH), ("B", TWENTIETH))
            ],
            update_conflicts=True,
            unique_fields=["organization", "external_id"],
            update_fields=["placed_at"],
        )
    assert days_marked(laundry) == [
        ("marketplace_order", *ON_THE_10TH, 1),
        ("marketplace_order", *ON_THE_12TH, 1),
        ("marketplace_order", *ON_THE_20TH, 1),
    ]


def test_a_statement_that_meets_no_row_leaves_no_mark(laundry, order):
    with organization_context(laundry.pk):
        Order.objects.filter(number="none").update(total=1)
        OrderLine.objects.all().delete()
    with tenant_cursor() as cursor:
        cursor.execute("DELETE FROM marketplace_refund")
        cursor.execute("UPDATE marketplace_product SET category_id = NULL")
    assert marks(laundry) == []


@pytest.mark.parametrize("field", ["partner", "customer", "status", "placed_at", "channel"])
def test_an_order_that_moves_marks_the_days_of_what_hangs_on_it(laundry, order, field):
    make_refund(laundry, order=order, refunded_at=TWELFTH)
    make_review(order, reviewed_at=TWELFTH + HOUR)
    make_issue(order, reported_at=TWENTIETH)
    other = make_order(laundry, placed_at=TENTH)
    make_refund(laundry, order=other, refunded_at=TWENTIETH + 5 * DAY)
    forget_marks(laundry)
    values = {
        "partner": make_partner(laundry),
        "customer": make_customer(laundry),
        "status": OrderStatus.REJECTED,
        "placed_at": TENTH + HOUR,
        "channel": "phone",
    }
    change(order, **{field: values[field]})
    assert days_marked(laundry) == [
        ("marketplace_order", *ON_THE_10TH, 1),
        ("marketplace_order", *ON_THE_12TH, 2),
        ("marketplace_order", *ON_THE_20TH, 1),
    ]


def test_an_order_that_changes_otherwise_marks_its_own_day_only(laundry, order):
    make_refund(laundry, order=order, refunded_at=TWELFTH)
    make_review(order, reviewed_at=TWELFTH)
    forget_marks(laundry)
    for fields in ({"total": 7}, {"status": OrderStatus.READY}, {"tip": 1}):
        change(order, **fields)
        assert days_marked(laundry) == [("marketplace_order", *ON_THE_10TH, 1)], fields
        forget_marks(laundry)


def test_an_order_that_goes_marks_the_days_of_all_that_goes_with_it(laundry, order):
    make_line(order)
    make_payment(order)
    make_refund(laundry, order=order, refunded_at=TWELFTH)
    make_review(order, reviewed_at=TWENTIETH)
    forget_marks(laundry)
    delete(order)
    assert {(first, last) for _cause, first, last, _facts in days_marked(laundry)} == {
        ON_THE_10TH, ON_THE_12TH, ON_THE_20TH
    }  # fmt: skip


def test_a_transaction_that_rolls_back_leaves_no_mark(laundry, order):
    with in_transaction():
        change(order, total=99)
        make_refund(laundry, order=order)
        assert len(marks(laundry)) == 3
        transaction.set_rollback(True)
    assert marks(laundry) == []


def test_facts_of_one_organization_never_mark_another(laundry, wholesaler, clinic, order):
    theirs = make_order(wholesaler, placed_at=TENTH, customer=make_customer(wholesaler))
    make_refund(wholesaler, order=theirs, refunded_at=TWELFTH)
    for organization in (laundry, wholesaler, clinic):
        forget_marks(organization)
    for make, _table, _instant in own_day_facts(order):
        make()
    make_line(order)
    make_payment(order, method=PaymentMethod.CASH)
    change(order, status=OrderStatus.CANCELLED, cancelled_at=TENTH)
    assert marks(laundry) != []
    assert marks(wholesaler) == marks(clinic) == []


def test_a_statement_over_two_organizations_marks_each_on_its_own_days(laundry, wholesaler):
    late = utc("2026-03-11T02:30:00")  # 22:30 of the 10th in New York, 10:30 of the 11th in Taipei
    make_order(laundry, placed_at=late)
    make_order(wholesaler, placed_at=late)
    forget_marks(laundry)
    forget_marks(wholesaler)
    with tenant_cursor() as cursor:
        cursor.execute("UPDATE marketplace_order SET total = 3, partner_id = NULL")
    assert days_marked(laundry) == [("marketplace_order", *ON_THE_10TH, 1)]
    assert days_marked(wholesaler) == [("marketplace_order", "2026-03-11", "2026-03-11", 1)]
