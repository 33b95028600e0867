"""The loaded rows hang together: money adds up, instants follow each other, organizations keep to themselves."""

import pytest
from django.apps import apps
from django.db import connection

from apps.core.models import TenantModel
from tests.demo.loaded.conftest import NOW

pytestmark = pytest.mark.django_db
EVENTS = ("accepted_at", "picked_up_at", "processed_at", "delivered_at", "completed_at")


def test_all_four_businesses_are_there_with_their_day_and_currency(ask):
    rows = ask(
        "SELECT slug, timezone, currency, day_starts_at::text, is_active FROM accounts_organization ORDER BY slug"
    )
    assert rows == [
        ("formosa-provisions", "Asia/Taipei", "TWD", "00:00:00", True),
        ("lantern-night-market", "America/New_York", "USD", "04:00:00", True),
        ("spin-city", "Europe/Berlin", "EUR", "00:00:00", True),
        ("tidewater-rehab", "Australia/Sydney", "AUD", "00:00:00", True),
    ]


def test_an_order_comes_to_its_lines_less_discount_plus_the_rest(number):
    wrong = """
        SELECT count(*) FROM marketplace_order o
        LEFT JOIN (SELECT order_id, sum(total) AS total FROM marketplace_orderline GROUP BY 1) AS lines
               ON lines.order_id = o.id
        WHERE o.subtotal <> coalesce(lines.total, 0)
           OR o.total <> o.subtotal - o.discount + o.tax + o.delivery_fee + o.tip
    """
    assert number(wrong) == 0


def test_a_line_comes_to_quantity_times_unit_price(number):
    assert number("SELECT count(*) FROM marketplace_orderline WHERE total <> round(quantity * unit_price, 2)") == 0


def test_captured_payments_stay_within_the_order_and_refunds_within_what_was_captured(number):
    wrong = """
        WITH paid AS (SELECT order_id, sum(amount) AS amount FROM marketplace_payment
                      WHERE status = 'captured' GROUP BY 1),
             back AS (SELECT order_id, sum(amount) AS amount FROM marketplace_refund
                      WHERE order_id IS NOT NULL GROUP BY 1)
        SELECT count(*) FROM marketplace_order o
        LEFT JOIN paid ON paid.order_id = o.id LEFT JOIN back ON back.order_id = o.id
        WHERE paid.amount > o.total OR back.amount > coalesce(paid.amount, 0)
           OR (paid.amount > 0 AND o.status IN ('cancelled', 'rejected', 'no_show'))
    """
    assert number(wrong) == 0


def test_amounts_in_taipei_have_no_cents(number):
    wrong = """
        SELECT count(*) FROM demo_orders o
        LEFT JOIN marketplace_payment p ON p.order_id = o.id LEFT JOIN marketplace_refund r ON r.order_id = o.id
        WHERE o.slug = 'formosa-provisions'
          AND (o.total % 1 <> 0 OR o.tax % 1 <> 0 OR p.amount % 1 <> 0 OR r.amount % 1 <> 0)
    """
    assert number(wrong) == 0


def test_the_steps_of_an_order_follow_each_other(number):
    for earlier, later in [("placed_at", event) for event in EVENTS] + [
        (first, second) for place, first in enumerate(EVENTS) for second in EVENTS[place + 1 :]
    ]:
        sql = f"SELECT count(*) FROM marketplace_order WHERE {later} < {earlier}"
        assert number(sql) == 0, f"{later} before {earlier}"
    assert number("SELECT count(*) FROM marketplace_order WHERE cancelled_at < placed_at") == 0


def test_nothing_happens_before_its_order_and_nothing_after_now(number):
    for table, column in [
        ("marketplace_payment", "paid_at"),
        ("marketplace_refund", "refunded_at"),
        ("marketplace_review", "reviewed_at"),
        ("marketplace_orderissue", "reported_at"),
        ("marketplace_orderissue", "resolved_at"),
    ]:
        sql = f"""
            SELECT count(*) FROM {table} t LEFT JOIN marketplace_order o ON o.id = t.order_id
            WHERE t.{column} < o.placed_at OR t.{column} > %s OR t.created_at > %s
        """
        assert number(sql, NOW, NOW) == 0, f"{table}.{column}"
    for column in ("placed_at", "created_at", "updated_at", "cancelled_at", *EVENTS):
        assert number(f"SELECT count(*) FROM marketplace_order WHERE {column} > %s", NOW) == 0, column
    for table, column in [
        ("engagement_interaction", "occurred_at"),
        ("engagement_segmentmember", "assigned_at"),
        ("marketplace_customer", "joined_at"),
    ]:
        assert number(f"SELECT count(*) FROM {table} WHERE {column} > %s", NOW) == 0, table


def test_only_bookings_lie_ahead(ask):
    sql = """
        SELECT slug, count(*) > 0 FROM demo_orders
        WHERE scheduled_for > %s AND status IN ('completed', 'no_show')
        GROUP BY 1
    """
    assert ask(sql, NOW) == []
    assert ask("SELECT count(*) >= 24 FROM demo_orders WHERE slug = 'tidewater-rehab' AND scheduled_for > %s", NOW) == [
        (True,)
    ]


def test_nobody_orders_before_joining(number):
    assert number("SELECT count(*) FROM demo_orders WHERE placed_at < joined_at") == 0


def test_the_newest_orders_are_of_today_and_unfinished_ones_are_among_them(ask):
    rows = ask("""
        SELECT slug, min(ago), count(*) FILTER (WHERE status IN ('pending', 'accepted', 'in_progress', 'ready')) > 0
        FROM demo_orders GROUP BY 1 ORDER BY 1
    """)
    assert [slug for slug, newest, has_open in rows if has_open and newest <= 1] == [
        "formosa-provisions", "lantern-night-market", "spin-city", "tidewater-rehab"
    ]  # fmt: skip


def test_every_shade_of_an_order_occurs(ask):
    statuses = {status for (status,) in ask("SELECT DISTINCT status FROM marketplace_order")}
    assert statuses >= {"rejected", "completed", "cancelled", "no_show", "accepted", "in_progress"}
    assert len(ask("SELECT DISTINCT channel FROM marketplace_order")) == 7
    assert len(ask("SELECT DISTINCT method FROM marketplace_payment WHERE status = 'captured'")) == 4
    payments = {status for (status,) in ask("SELECT DISTINCT status FROM marketplace_payment")}
    assert payments >= {"captured", "failed", "voided"}
    [shades] = ask("""
        SELECT count(*) FILTER (WHERE customer_id IS NULL) > 0, count(*) FILTER (WHERE partner_id IS NULL) > 0,
               count(*) FILTER (WHERE subtotal = 0 AND delivery_fee > 0) > 0,
               count(*) FILTER (WHERE created_at > placed_at + interval '1 day') > 0
        FROM marketplace_order
    """)
    assert shades == (True, True, True, True)
    half_paid = """
        SELECT count(*) > 0 FROM marketplace_order o
        JOIN (SELECT order_id, sum(amount) AS amount FROM marketplace_payment WHERE status = 'captured' GROUP BY 1) AS p
          ON p.order_id = o.id
        WHERE o.status = 'completed' AND o.total > p.amount
    """
    assert ask(half_paid) == [(True,)]
    assert ask("SELECT count(*) > 0 FROM marketplace_refund WHERE order_id IS NULL AND customer_id IS NOT NULL") == [
        (True,)
    ]


def test_a_basket_over_vendors_is_one_order_for_each(ask):
    rows = ask("""
        SELECT count(*), count(DISTINCT partner_id), count(DISTINCT customer_id), count(DISTINCT placed_at)
        FROM marketplace_order WHERE basket_reference <> '' GROUP BY organization_id, basket_reference
    """)
    assert len(rows) > 100
    assert {(partners, customers, instants) for orders, partners, customers, instants in rows if orders == 2} == {
        (2, 1, 1)
    }
    assert {orders for orders, *_ in rows} == {2, 3}


def test_orders_keep_opening_hours_on_days_when_the_clock_changes(ask):
    sql = """
        SELECT slug, (placed_at AT TIME ZONE timezone)::date, hour FROM demo_orders
        WHERE (slug = 'spin-city'
               AND (placed_at AT TIME ZONE timezone)::date IN ('2025-10-26', '2026-03-29', '2026-10-25'))
           OR (slug = 'lantern-night-market'
               AND (placed_at AT TIME ZONE timezone)::date IN ('2025-11-02', '2026-03-08', '2026-11-01'))
    """
    rows = ask(sql)
    assert len({(slug, day) for slug, day, _ in rows}) == 6
    assert [int(hour) for slug, _, hour in rows if slug == "spin-city" and not 8 <= hour < 23] == []
    assert [int(hour) for slug, _, hour in rows if slug == "lantern-night-market" and 4 <= hour < 10] == []


def test_no_row_refers_into_another_organization(number):
    checked = 0
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        for field in model._meta.local_fields:
            target = field.related_model
            if target and issubclass(target, TenantModel):
                sql = f"""
                    SELECT count(*) FROM "{model._meta.db_table}" a JOIN "{target._meta.db_table}" b
                        ON a."{field.column}" = b.id WHERE a.organization_id <> b.organization_id
                """
                assert number(sql) == 0
                checked += 1
    assert checked >= 12
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_ids_are_version_seven_and_unlike_in_every_table(ask):
    rows = ask("""
        SELECT substr(id::text, 15, 1), substr(id::text, 20, 1) IN ('8', '9', 'a', 'b'), count(*) = count(DISTINCT id)
        FROM (SELECT id FROM marketplace_order UNION ALL SELECT id FROM marketplace_orderline
              UNION ALL SELECT id FROM marketplace_payment UNION ALL SELECT id FROM marketplace_customer) AS ids
        GROUP BY 1, 2
    """)
    assert rows == [("7", True, True)]


def test_a_load_writes_its_row_in_the_ledger(ask, demo):
    rows = ask(
        "SELECT g.slug, j.status, j.rows FROM core_jobrun j JOIN accounts_organization g ON g.id = j.organization_id"
    )
    assert sorted(rows) == sorted((slug, "succeeded", outcome.rows) for slug, outcome in demo.items())
