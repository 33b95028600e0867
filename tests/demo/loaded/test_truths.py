"""Every truth that was planted can be found in the loaded rows by plain SQL."""

import math

import pytest

from apps.demo import truths
from apps.demo.documentation import document
from apps.demo.truths import GROUPS, TRUTHS
from tests.demo.loaded.conftest import SCALE

pytestmark = pytest.mark.django_db
GROUP_ORDERS = """
SELECT coalesce(upper_group.name, upper_company.name, own.name) AS grp,
       CASE own.kind WHEN 'location' THEN upper_company.name WHEN 'company' THEN own.name END AS company,
       o.*
FROM demo_orders o
JOIN hierarchy_entity own ON own.id = o.entity_id
LEFT JOIN hierarchy_entity upper_company ON upper_company.id = own.parent_id
LEFT JOIN hierarchy_entity upper_group ON upper_group.id = upper_company.parent_id
WHERE o.slug = 'formosa-provisions'
"""


def test_each_truth_is_tested_here():
    tested = {
        truths.LATE_LAUNDRY, truths.LAUNDRY_OUTAGE, truths.LAUNDRY_HOURS_OUTAGE, truths.LAUNDRY_SPIKE,
        truths.LAUNDRY_CHURN, truths.LAUNDRY_LATE_DATA, truths.LAUNDRY_GROWTH, truths.PLATFORM, truths.TYPHOON,
        truths.PATIENTS, truths.CLINIC_AUTOMATION, truths.CLINIC_NO_SHOWS, truths.SHOP_SPIKE, truths.SHOP_OUTAGE,
        truths.SHOP_RECALL, truths.SHOP_STOCK, truths.SHOP_CHURN,
    }  # fmt: skip
    assert set(TRUTHS) == tested


def test_the_page_about_the_demonstration_is_current(settings):
    page = (settings.BASE_DIR / "docs" / "demo.md").read_text(encoding="utf-8")
    assert page == document(), "Run manage.py describe_demo --write."


def test_the_bad_partner_stands_out_in_every_way(ask):
    rows = ask("""
        SELECT o.partner_key, avg((o.status = 'rejected')::int),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.delivered_at - o.placed_at)),
               avg(r.rating), avg((i.id IS NOT NULL)::int) FILTER (WHERE o.status = 'completed')
        FROM demo_orders o
        LEFT JOIN marketplace_review r ON r.order_id = o.id
        LEFT JOIN marketplace_orderissue i ON i.order_id = o.id
        WHERE o.slug = 'spin-city' AND o.ago < 120 AND o.partner_key IS NOT NULL
        GROUP BY 1
    """)
    by_partner = {partner: (rejected, slow, -rating, issues) for partner, rejected, slow, rating, issues in rows}
    bad = by_partner.pop("partner-5")
    for place in range(4):
        assert bad[place] > max(measures[place] for measures in by_partner.values())
    assert float(bad[0]) == pytest.approx(truths.LATE_LAUNDRY.rejected, abs=0.1)


def test_the_bad_partner_was_like_the_others_before(number):
    sql = """
        SELECT avg((status = 'rejected')::int) FROM demo_orders
        WHERE slug = 'spin-city' AND partner_key = 'partner-5' AND ago >= 120
    """
    assert number(sql) < 0.08


@pytest.mark.parametrize("outage", [truths.LAUNDRY_OUTAGE, truths.TYPHOON, truths.SHOP_OUTAGE], ids=str)
def test_an_outage_is_days_without_orders_between_days_with(ask, outage):
    days = dict(ask("SELECT ago, count(*) FROM demo_orders WHERE slug = %s GROUP BY 1", outage.business))
    span = range(outage.days.last, outage.days.first + 1)
    assert [days.get(ago, 0) for ago in span] == [0] * len(span)
    assert days[outage.days.last - 1] > 0
    assert days[outage.days.first + 1] > 0


def test_an_outage_of_hours_empties_these_hours_only(ask):
    outage = truths.LAUNDRY_HOURS_OUTAGE
    rows = ask("SELECT hour FROM demo_orders WHERE slug = 'spin-city' AND ago = %s", outage.days.first)
    hours = [int(hour) for (hour,) in rows]
    assert [hour for hour in hours if outage.hours[0] <= hour < outage.hours[1]] == []
    assert len(hours) > 2


@pytest.mark.parametrize("spike", [truths.LAUNDRY_SPIKE, truths.SHOP_SPIKE], ids=str)
def test_a_spike_is_many_times_its_neighbours(ask, spike):
    column = "id" if spike.business == truths.SPIN_CITY else "coalesce(nullif(basket_reference, ''), number)"
    sql = f"SELECT ago, count(DISTINCT {column}) FROM demo_orders WHERE slug = %s GROUP BY 1"
    days = dict(ask(sql, spike.business))
    around = sorted(days[spike.days_ago + distance] for distance in range(-7, 8) if distance)
    assert days[spike.days_ago] == pytest.approx(spike.factor * around[len(around) // 2], rel=0.3)
    assert max(days, key=lambda ago: days[ago]) == spike.days_ago


def test_every_order_of_the_radio_day_has_the_discount(ask):
    sql = """
        SELECT DISTINCT round(discount / subtotal, 2) FROM demo_orders
        WHERE slug = 'spin-city' AND ago = %s AND subtotal > 0
    """
    assert [float(share) for (share,) in ask(sql, truths.LAUNDRY_SPIKE.days_ago)] == [0.2]


@pytest.mark.parametrize("cohort", [truths.LAUNDRY_CHURN, truths.SHOP_CHURN], ids=str)
def test_a_churned_cohort_ordered_once_and_is_silent_now(ask, cohort):
    sql = """
        SELECT count(DISTINCT customer_id), max(joined_ago), min(joined_ago), min(ago) FROM demo_orders
        WHERE slug = %s AND acquisition_channel = %s
    """
    [(customers, first, last, newest)] = ask(sql, cohort.business, cohort.channel)
    assert customers >= 5
    # Joining is an hour before a business day begins, which may be the calendar day before.
    assert first <= cohort.joined.first + 1
    assert last >= cohort.joined.last
    assert newest >= cohort.silent_for_days


def test_late_data_arrived_days_after_it_was_placed(ask):
    late = truths.LAUNDRY_LATE_DATA
    sql = """
        SELECT min(created_at - placed_at), max(created_at - placed_at), count(*) FROM demo_orders
        WHERE slug = 'spin-city' AND partner_key = %s AND ago BETWEEN %s AND %s
    """
    [(least, most, orders)] = ask(sql, f"partner-{late.partner}", late.placed.last, late.placed.first)
    assert orders >= 2
    assert (least.days, most.days) == (late.arrived_after_days, late.arrived_after_days)


def test_orders_grow(number):
    growth = truths.LAUNDRY_GROWTH
    sql = """
        SELECT count(*) FILTER (WHERE ago BETWEEN 1 AND %s)::float / count(*) FILTER (WHERE ago > 549 - %s)
        FROM demo_orders WHERE slug = 'spin-city'
    """
    assert number(sql, growth.days, growth.days) >= growth.at_least


def test_the_wholesaler_has_its_orders_and_revenue_of_thirty_days(ask):
    sql = """
        SELECT count(*), sum(total) FILTER (WHERE counted) FROM demo_orders
        WHERE slug = 'formosa-provisions' AND ago BETWEEN 1 AND 30
    """
    [(orders, revenue)] = ask(sql)
    assert orders == round(15_962 * SCALE)
    assert float(revenue) == pytest.approx(226_844_018 * SCALE, rel=0.01)


def test_each_group_has_its_revenue_and_the_sign_of_its_growth(ask):
    rows = ask(f"""
        SELECT grp, sum(total) FILTER (WHERE counted AND ago BETWEEN 1 AND 30),
               sum(total) FILTER (WHERE counted AND ago BETWEEN 31 AND 60), min(ago)
        FROM ({GROUP_ORDERS}) AS orders GROUP BY 1
    """)
    found = {name: (revenue, before, newest) for name, revenue, before, newest in rows}
    assert set(found) == {group.name for group in GROUPS}
    for group in GROUPS:
        revenue, before, newest = found[group.name]
        if group.dormant:
            assert (revenue, before) == (None, None)
            assert newest > group.silent_days
            continue
        tolerance = 0.03 if group.orders > 1_000 else 0.12
        assert float(revenue) == pytest.approx(group.revenue * SCALE, rel=tolerance)
        if abs(group.growth) > 4 and group.orders * SCALE > 30:
            assert math.copysign(1, revenue - before) == math.copysign(1, group.growth)
        assert newest == (group.silent_days + 1 if group.silent_days else 0)


def test_seven_of_the_accounts_are_active(ask):
    rows = ask(f"""
        WITH orders AS ({GROUP_ORDERS}),
        accounts AS (SELECT 'group' AS kind, grp AS name, * FROM orders
                     UNION ALL SELECT 'company', company, * FROM orders WHERE company IS NOT NULL)
        SELECT kind, name, count(*) FILTER (WHERE ago < 30), count(*) FILTER (WHERE ago BETWEEN 30 AND 119), min(ago),
               avg(total) FILTER (WHERE ago < 30 AND counted)
        FROM accounts WHERE counted GROUP BY 1, 2
    """)
    scores = {}
    for kind, name, recent, before, newest, value in rows:
        frequency = min(100.0, 100 * recent / (before / 3)) if before else 0.0
        worth = min(100.0, float(value or 0) / 5_000 * 100)
        scores[kind, name] = 0.4 * frequency + 0.35 * 100 * math.exp(-newest / 30) + 0.25 * worth
    assert len(scores) == truths.PLATFORM.groups + truths.PLATFORM.companies
    assert sum(score >= 70 for score in scores.values()) == truths.PLATFORM.active
    for group in GROUPS:
        assert (scores["group", group.name] >= 70) == (not group.silent_days)
        assert (scores["group", group.name] < 25) == group.dormant


def test_the_tree_has_thirteen_groups_and_thirteen_companies_and_locations_below(ask):
    rows = dict(ask("SELECT kind, count(*) FROM hierarchy_entity GROUP BY 1"))
    assert (rows["group"], rows["company"]) == (13, 13)
    assert rows["location"] > 50


def test_the_clinic_has_its_patients_to_the_head(ask):
    assert ask(PATIENTS) == [(651, 89, 24, 66, 320, 242)]


PATIENTS = """
WITH patients AS (
    SELECT c.id,
           min(o.ago) FILTER (WHERE o.counted) AS last_ago,
           bool_or(o.counted AND o.scheduled_for > %(now)s AND o.scheduled_for <= %(now)s + interval '7 days')
               AS upcoming
    FROM marketplace_customer c
    JOIN accounts_organization g ON g.id = c.organization_id
    LEFT JOIN demo_orders o ON o.customer_id = c.id
    WHERE g.slug = 'tidewater-rehab'
    GROUP BY 1
)
SELECT count(*), count(*) FILTER (WHERE upcoming OR last_ago <= 30), count(*) FILTER (WHERE upcoming),
       count(*) FILTER (WHERE last_ago <= 30),
       count(*) FILTER (WHERE NOT upcoming AND last_ago BETWEEN 31 AND 180),
       count(*) FILTER (WHERE NOT upcoming AND last_ago > 180)
FROM patients
""".replace("%(now)s", "timestamptz '2026-11-20 10:37Z'")


def test_nobody_at_the_clinic_is_near_a_limit(number):
    sql = """
        SELECT count(*) FROM (
            SELECT min(ago) AS last_ago, max(scheduled_for) AS latest FROM demo_orders
            WHERE slug = 'tidewater-rehab' GROUP BY customer_id
        ) AS patients
        WHERE (last_ago BETWEEN 28 AND 33 OR last_ago BETWEEN 177 AND 183)
    """
    assert number(sql) == 0
    later_today = """
        SELECT count(*) FROM demo_orders WHERE slug = 'tidewater-rehab'
        AND scheduled_for > '2026-11-20 10:37Z' AND scheduled_for < '2026-11-21 00:00 Australia/Sydney'
    """
    assert number(later_today) == 0


def test_the_clinic_has_no_booking_on_a_closed_day(number):
    sql = """
        SELECT count(*) FROM demo_orders WHERE slug = 'tidewater-rehab' AND scheduled_for < '2026-11-20 10:37Z'
        AND (extract(isodow FROM scheduled_for AT TIME ZONE timezone) = 7
             OR to_char(scheduled_for AT TIME ZONE timezone, 'MM-DD') IN ('12-24', '12-25', '12-26', '12-31', '01-01'))
    """
    assert number(sql) == 0


def test_automation_began_on_its_day(ask):
    automation = truths.CLINIC_AUTOMATION
    rows = ask(
        """
        SELECT ago < %s, avg((channel IN ('ai', 'automation'))::int) FROM demo_orders
        WHERE slug = 'tidewater-rehab' GROUP BY 1 ORDER BY 1
        """,
        automation.since_days_ago,
    )
    assert rows[0][1] == 0
    assert float(rows[1][1]) == pytest.approx(automation.share, abs=0.05)
    costs = "SELECT count(*) FROM marketplace_operatingcost WHERE kind = 'automation' AND amount > 0"
    assert ask(costs) == [(19 + 16 + 25 + 21,)]


def test_one_practitioner_has_the_most_no_shows(ask):
    rows = ask("""
        SELECT partner_key, avg((status = 'no_show')::int) FROM demo_orders
        WHERE slug = 'tidewater-rehab' GROUP BY 1 ORDER BY 2 DESC
    """)
    assert rows[0][0] == f"partner-{truths.CLINIC_NO_SHOWS.partner}"
    assert float(rows[0][1]) == pytest.approx(truths.CLINIC_NO_SHOWS.share, abs=0.08)
    assert float(rows[1][1]) < 0.1


def test_the_recalled_product_was_refunded_within_its_days(ask):
    recall = truths.SHOP_RECALL
    rows = ask(
        """
        SELECT avg((r.id IS NOT NULL)::int), max((r.amount = paid.amount)::int)
        FROM demo_orders o
        JOIN LATERAL (SELECT sum(amount) AS amount FROM marketplace_payment
                      WHERE order_id = o.id AND status = 'captured') AS paid ON paid.amount > 0
        LEFT JOIN marketplace_refund r ON r.order_id = o.id AND r.reason = 'Recall'
             AND date '2026-11-20' - (r.refunded_at AT TIME ZONE o.timezone - time '04:00')::date BETWEEN %s AND %s
        WHERE o.slug = 'lantern-night-market' AND o.ago BETWEEN %s AND %s AND o.status = 'completed'
          AND EXISTS (SELECT FROM marketplace_orderline l JOIN marketplace_product p ON p.id = l.product_id
                      WHERE l.order_id = o.id AND p.external_id = %s)
        """,
        recall.refunded.last, recall.refunded.first, recall.sold.last, recall.sold.first, f"product-{recall.product}",
    )  # fmt: skip
    [(share, whole)] = rows
    assert float(share) == pytest.approx(recall.share, abs=0.2)
    assert whole == 1


def test_the_stock_is_out_low_and_not_kept_as_planted(ask):
    stock = truths.SHOP_STOCK
    rows = ask(
        """
        SELECT count(*) FILTER (WHERE stock_quantity = 0),
               count(*) FILTER (WHERE stock_quantity > 0 AND stock_quantity < %s),
               count(*) FILTER (WHERE stock_quantity IS NULL)
        FROM marketplace_product p JOIN accounts_organization g ON g.id = p.organization_id
        WHERE g.slug = 'lantern-night-market'
        """,
        stock.low_below,
    )
    assert rows == [(stock.out, stock.low, stock.not_kept)]
