"""A full rebuild beside DuckDB, with two workers beside one, and of a longer history beside a shorter.

    python -m uv pip install --require-hashes -r requirements/benchmarks.txt      once: DuckDB, for this alone
    python benchmarks/rebuild.py [--orders 3000000,10000000] [--days 1095] [--rounds 3]

Needs a server (`DATABASE_URL`, or the embedded one). Histories are loaded into databases of their own, once.

    one worker, two workers   daily revenue, partner performance, hourly orders and product sales of every organization
                              and month, replaced in their tables with their indexes
    DuckDB                    the same four tables by the same definitions, from Parquet into memory, with two threads

What both computed is compared, organization by organization and day by day, before anything is timed. Targets of
performance.md: (5) two workers at most 8 times DuckDB; (6) two workers at least 1.5 times as fast as one; (7) time
grows at most 1.2 times as much as rows.
"""

import argparse
import tempfile
from pathlib import Path

from django.db import connections
from django.utils import timezone
from histories import LONGEST_DAYS, History, execute, histories, measured, numbers, prepare, use
from measure import Timings, median, report

from apps.accounts.models import Organization
from apps.analytics.filling import close_days, fill_days, known_days, open_days, scene_of
from apps.analytics.rebuild import in_threads
from apps.analytics.rollups import ROLLUP_BY_NAME
from apps.core.context import organization_context
from apps.core.database import in_transaction, tenant_cursor

FOUR = tuple(
    ROLLUP_BY_NAME[name]
    for name in ("daily_product_sales", "daily_revenue", "partner_performance", "hourly_order_volume")
)
EXPORTS = {
    "organizations": "SELECT id, timezone FROM accounts_organization",
    "orders": (
        "SELECT organization_id, id, partner_id, status, placed_at, accepted_at, picked_up_at, processed_at,"
        " delivered_at, completed_at, discount, tax, delivery_fee, tip, total FROM marketplace_order"
    ),
    "lines": "SELECT organization_id, id, order_id, product_id, quantity, total FROM marketplace_orderline",
    "payments": "SELECT order_id, method, amount FROM marketplace_payment WHERE status = 'captured'",
    "refunds": "SELECT organization_id, order_id, amount, refunded_at FROM marketplace_refund",
    "reviews": "SELECT organization_id, order_id, rating, reviewed_at FROM marketplace_review",
    "issues": "SELECT organization_id, order_id, kind, reported_at FROM marketplace_orderissue",
}
# Business days of the benchmark's organizations begin at midnight. A total is divided over lines in whole cents.
DUCKDB = """
CREATE OR REPLACE TABLE placed AS
SELECT o.*, (o.placed_at AT TIME ZONE z.timezone)::date AS date, hour(o.placed_at AT TIME ZONE z.timezone) AS hour,
    o.status NOT IN ('cancelled', 'rejected', 'no_show') AS counted, coalesce(r.amount, 0) AS refunded
FROM orders o JOIN organizations z ON z.id = o.organization_id
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM refunds GROUP BY order_id) r ON r.order_id = o.id;

CREATE OR REPLACE TABLE given AS
SELECT r.organization_id, (r.refunded_at AT TIME ZONE z.timezone)::date AS date, r.amount, p.partner_id,
    r.order_id IS NULL AS unlinked, coalesce(p.counted, true) AS counted
FROM refunds r JOIN organizations z ON z.id = r.organization_id LEFT JOIN placed p ON p.id = r.order_id;

CREATE OR REPLACE TABLE daily_product_sales AS
WITH shares AS (
    SELECT p.organization_id, p.date, p.id AS order_id, l.product_id, l.quantity, l.total,
        (p.total * 100)::bigint AS order_cents, (l.total * 100)::bigint AS cents,
        sum((l.total * 100)::bigint) OVER (PARTITION BY p.id ORDER BY l.id ROWS UNBOUNDED PRECEDING) AS reached,
        sum((l.total * 100)::bigint) OVER (PARTITION BY p.id) AS whole,
        row_number() OVER (PARTITION BY p.id ORDER BY l.id) AS number, count(*) OVER (PARTITION BY p.id) AS line_count
    FROM placed p JOIN lines l ON l.order_id = p.id WHERE p.counted
), divided AS (
    SELECT *, CASE
        WHEN order_cents = whole THEN cents
        WHEN whole > 0 THEN (2 * order_cents * reached + whole) // (2 * whole)
            - (2 * order_cents * (reached - cents) + whole) // (2 * whole)
        ELSE (2 * order_cents * number + line_count) // (2 * line_count)
            - (2 * order_cents * (number - 1) + line_count) // (2 * line_count) END AS revenue
    FROM shares
)
SELECT organization_id, date, product_id, sum(order_count) AS order_count, sum(line_count) AS line_count,
    sum(quantity) AS quantity, sum(gross_sales) AS gross_sales, sum(total_revenue) AS total_revenue,
    sum(lineless_orders) AS lineless_orders, sum(lineless_revenue) AS lineless_revenue
FROM (
    SELECT organization_id, date, product_id, count(DISTINCT order_id) AS order_count, count(*) AS line_count,
        sum(quantity) AS quantity, sum(total) AS gross_sales, (sum(revenue) / 100)::decimal(18, 2) AS total_revenue,
        0 AS lineless_orders, 0 AS lineless_revenue
    FROM divided GROUP BY ALL
    UNION ALL
    SELECT organization_id, date, NULL, 0, 0, 0, 0, sum(total), count(*), sum(total)
    FROM placed p WHERE counted AND NOT EXISTS (FROM lines l WHERE l.order_id = p.id) GROUP BY ALL
) GROUP BY ALL;

CREATE OR REPLACE TABLE hourly_order_volume AS
SELECT organization_id, date, hour, count(*) AS order_count, count(*) FILTER (counted) AS counted_orders,
    coalesce(sum(total) FILTER (counted), 0) AS total_revenue
FROM placed GROUP BY ALL;

CREATE OR REPLACE TABLE daily_revenue AS
WITH days AS (
    SELECT organization_id, date, count(*) AS order_count, count(*) FILTER (counted) AS counted_orders,
        count(*) FILTER (status = 'pending') AS pending_orders,
        count(*) FILTER (status = 'accepted') AS accepted_orders,
        count(*) FILTER (status = 'rejected') AS rejected_orders,
        count(*) FILTER (status = 'in_progress') AS in_progress_orders,
        count(*) FILTER (status = 'ready') AS ready_orders, count(*) FILTER (status = 'completed') AS completed_orders,
        count(*) FILTER (status = 'cancelled') AS cancelled_orders,
        count(*) FILTER (status = 'no_show') AS no_show_orders,
        coalesce(sum(total) FILTER (counted), 0) AS total_revenue,
        coalesce(sum(discount) FILTER (counted), 0) AS discount_amount,
        coalesce(sum(tax) FILTER (counted), 0) AS tax_amount,
        coalesce(sum(delivery_fee) FILTER (counted), 0) AS delivery_fee_amount,
        coalesce(sum(tip) FILTER (counted), 0) AS tip_amount,
        coalesce(sum(refunded) FILTER (counted), 0) AS refunded
    FROM placed GROUP BY ALL
), paid AS (
    SELECT p.organization_id, p.date, sum(y.amount) FILTER (method = 'cash') AS cash,
        sum(y.amount) FILTER (method = 'card') AS card, sum(y.amount) FILTER (method = 'wallet') AS wallet,
        sum(y.amount) FILTER (method = 'online') AS online, sum(y.amount) AS amount
    FROM placed p JOIN payments y ON y.order_id = p.id WHERE p.counted GROUP BY ALL
), sold AS (
    SELECT organization_id, date, sum(gross_sales) AS gross_sales FROM daily_product_sales GROUP BY ALL
), refunded AS (
    SELECT organization_id, date, coalesce(sum(amount) FILTER (counted), 0) AS amount,
        count(*) FILTER (counted) AS refund_count, coalesce(sum(amount) FILTER (unlinked), 0) AS unlinked,
        coalesce(sum(amount) FILTER (NOT counted), 0) AS uncounted
    FROM given GROUP BY ALL
)
SELECT organization_id, date, days.* EXCLUDE (organization_id, date, refunded), gross_sales, cash, card, wallet, online,
    coalesce(total_revenue, 0) - coalesce(paid.amount, 0) AS unpaid_revenue, refunded.amount AS refund_amount,
    refund_count, coalesce(days.refunded, 0) + coalesce(unlinked, 0) AS order_day_refund_amount,
    uncounted AS uncounted_refund_amount
FROM days FULL JOIN refunded USING (organization_id, date) LEFT JOIN paid USING (organization_id, date)
LEFT JOIN sold USING (organization_id, date);

CREATE OR REPLACE TABLE partner_performance AS
WITH work AS (
    SELECT organization_id, date, coalesce(partner_id::varchar, '') AS grain, count(*) AS orders_received,
        count(*) FILTER (status IN ('accepted', 'in_progress', 'ready', 'completed')
            OR (status <> 'rejected' AND accepted_at IS NOT NULL)) AS orders_accepted,
        count(*) FILTER (status = 'rejected') AS orders_rejected,
        count(*) FILTER (status = 'completed') AS orders_completed,
        count(*) FILTER (status = 'cancelled') AS orders_cancelled, count(*) FILTER (counted) AS counted_orders,
        coalesce(sum(total) FILTER (counted), 0) AS total_revenue,
        coalesce(sum(refunded) FILTER (counted), 0) AS refunded,
        sum(epoch_us(accepted_at) - epoch_us(placed_at)) FILTER (accepted_at >= placed_at) AS acceptance,
        count(*) FILTER (accepted_at >= placed_at) AS acceptance_count,
        sum(epoch_us(picked_up_at) - epoch_us(accepted_at)) FILTER (picked_up_at >= accepted_at) AS pickup,
        count(*) FILTER (picked_up_at >= accepted_at) AS pickup_count,
        sum(epoch_us(processed_at) - epoch_us(picked_up_at)) FILTER (processed_at >= picked_up_at) AS processing,
        count(*) FILTER (processed_at >= picked_up_at) AS processing_count,
        sum(epoch_us(delivered_at) - epoch_us(processed_at)) FILTER (delivered_at >= processed_at) AS delivery,
        count(*) FILTER (delivered_at >= processed_at) AS delivery_count,
        sum(epoch_us(completed_at) - epoch_us(placed_at)) FILTER (completed_at >= placed_at) AS whole,
        count(*) FILTER (completed_at >= placed_at) AS total_time_count
    FROM placed GROUP BY ALL
), refunds_given AS (
    SELECT organization_id, date, coalesce(partner_id::varchar, '') AS grain, sum(amount) AS refund_amount,
        count(*) AS refund_count, coalesce(sum(amount) FILTER (unlinked), 0) AS unlinked
    FROM given WHERE counted GROUP BY ALL
), ratings AS (
    SELECT r.organization_id, (r.reviewed_at AT TIME ZONE z.timezone)::date AS date,
        coalesce(p.partner_id::varchar, '') AS grain, sum(rating) AS rating_sum, count(*) AS rating_count
    FROM reviews r JOIN organizations z ON z.id = r.organization_id JOIN placed p ON p.id = r.order_id GROUP BY ALL
), troubles AS (
    SELECT i.organization_id, (i.reported_at AT TIME ZONE z.timezone)::date AS date,
        coalesce(p.partner_id::varchar, '') AS grain, count(*) AS issues_reported,
        count(*) FILTER (kind = 'damaged') AS items_damaged, count(*) FILTER (kind = 'lost') AS items_lost,
        count(*) FILTER (kind = 'late') AS items_late
    FROM issues i JOIN organizations z ON z.id = i.organization_id JOIN placed p ON p.id = i.order_id GROUP BY ALL
)
SELECT * EXCLUDE (refunded, unlinked), coalesce(refunded, 0) + coalesce(unlinked, 0) AS order_day_refund_amount
FROM work FULL JOIN refunds_given USING (organization_id, date, grain)
FULL JOIN ratings USING (organization_id, date, grain) FULL JOIN troubles USING (organization_id, date, grain);
"""
# What is compared of each table, by organization and day.
COMPARED = {
    "daily_product_sales": "order_count line_count quantity gross_sales total_revenue lineless_orders lineless_revenue",
    "daily_revenue": (
        "order_count counted_orders completed_orders cancelled_orders total_revenue gross_sales discount_amount"
        " tax_amount delivery_fee_amount tip_amount unpaid_revenue refund_amount refund_count order_day_refund_amount"
        " uncounted_refund_amount"
    ),
    "partner_performance": (
        "orders_received orders_accepted orders_rejected orders_completed orders_cancelled counted_orders total_revenue"
        " refund_amount refund_count order_day_refund_amount acceptance_count pickup_count processing_count"
        " delivery_count total_time_count rating_sum rating_count issues_reported items_damaged items_lost items_late"
    ),
    "hourly_order_volume": "order_count counted_orders total_revenue",
}


def rebuild_four(workers: int) -> None:
    """Replace the rows of four rollups, (organization, month) by month, over so many connections."""
    chunks = []
    for organization in Organization.objects.order_by("slug"):
        with organization_context(organization.pk), tenant_cursor() as cursor:
            days = known_days(cursor, scene_of(organization.pk, timezone.now()))
        months: dict[tuple[int, int], list] = {}
        for day in days:
            months.setdefault((day.year, day.month), []).append(day)
        chunks.extend((organization.pk, days) for days in months.values())

    def fill(chunk: tuple) -> None:
        organization_id, days = chunk
        with in_transaction(), organization_context(organization_id), tenant_cursor() as cursor:
            scene = scene_of(organization_id, timezone.now())
            open_days(cursor, scene, days)
            fill_days(cursor, scene, rollups=FOUR)
            close_days(cursor)

    in_threads(fill, chunks, workers=workers)


class Duck:
    """DuckDB with two threads over Parquet files of the facts."""

    def __init__(self, folder: Path) -> None:
        import duckdb

        self.engine = duckdb.connect(config={"threads": 2})
        self.engine.execute("SET TimeZone = 'UTC'")
        for name, query in EXPORTS.items():
            with tenant_cursor() as cursor, (folder / f"{name}.csv").open("wb") as file:
                cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", file)
            self.engine.execute(
                f"COPY (FROM read_csv('{folder}/{name}.csv', types={TYPES[name]})) TO '{folder}/{name}.parquet'"
            )
            self.engine.execute(f"CREATE VIEW {name} AS FROM '{folder}/{name}.parquet'")

    def compute(self) -> None:
        """Compute the four tables."""
        self.engine.execute(DUCKDB)

    def days(self, table: str) -> list[tuple]:
        """Return the compared sums of a table by organization and day."""
        return self.engine.execute(sums(table, table)).fetchall()


UUID, MONEY, INSTANT = "'UUID'", "'DECIMAL(14,2)'", "'TIMESTAMPTZ'"
TYPES = {
    "organizations": f"{{id: {UUID}}}",
    "orders": (
        f"{{organization_id: {UUID}, id: {UUID}, partner_id: {UUID}, discount: {MONEY}, tax: {MONEY}, tip: {MONEY},"
        f" delivery_fee: {MONEY}, total: {MONEY}, placed_at: {INSTANT}, accepted_at: {INSTANT},"
        f" picked_up_at: {INSTANT}, processed_at: {INSTANT}, delivered_at: {INSTANT}, completed_at: {INSTANT}}}"
    ),
    "lines": (
        f"{{organization_id: {UUID}, id: {UUID}, order_id: {UUID}, product_id: {UUID}, total: {MONEY},"
        " quantity: 'DECIMAL(14,3)'}"
    ),
    "payments": f"{{order_id: {UUID}, amount: {MONEY}}}",
    "refunds": f"{{organization_id: {UUID}, order_id: {UUID}, amount: {MONEY}, refunded_at: {INSTANT}}}",
    "reviews": f"{{organization_id: {UUID}, order_id: {UUID}, reviewed_at: {INSTANT}}}",
    "issues": f"{{organization_id: {UUID}, order_id: {UUID}, reported_at: {INSTANT}}}",
}


def sums(name: str, table: str) -> str:
    """Return the statement that adds up what is compared, by organization and day."""
    columns = ", ".join(f"coalesce(sum({column}), 0)" for column in COMPARED[name].split())
    return f"SELECT organization_id::varchar, date, count(*), {columns} FROM {table} GROUP BY 1, 2 ORDER BY 1, 2"


def comparable(row: tuple) -> list:
    """Return organization and day as text, and the sums as numbers."""
    return [*map(str, row[:2]), *map(float, row[2:])]


def check_equal(duck: Duck) -> None:
    """See that both computed the same.

    Raises:
        SystemExit: they did not; the first day that differs is named.

    """
    for rollup in FOUR:
        ours, theirs = execute(sums(rollup.name, rollup.table)), duck.days(rollup.name)
        for one, other in zip(ours, theirs, strict=True):
            if tuple(map(str, one[:2])) != tuple(map(str, other[:2])) or [*map(float, one[2:])] != [
                *map(float, other[2:])
            ]:
                raise SystemExit(f"{rollup.name} differs:\n{one}\n{other}")
    print("DuckDB and the rollups say the same, to the cent.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=numbers, default=[3_000_000, 10_000_000])
    parser.add_argument("--days", type=int, default=LONGEST_DAYS, help="Of the longest history.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    of_each = histories(options.orders, options.days)
    for history in of_each:
        prepare(history)
    longer = of_each[-1]
    use(longer.database)
    with tempfile.TemporaryDirectory() as folder:
        duck = Duck(Path(folder))
        rebuild_four(2)
        duck.compute()
        check_equal(duck)
        timings: Timings = {"DuckDB": [], "two workers": [], "one worker": []}
        for _turn in range(options.rounds):
            timings["DuckDB"].append(measured(duck.compute))
            timings["two workers"].append(measured(lambda: rebuild_four(2)))
            timings["one worker"].append(measured(lambda: rebuild_four(1)))
    ratios = report(f"Four rollups of {longer}", timings, baseline="DuckDB")
    faster = median([one / two for one, two in zip(timings["one worker"], timings["two workers"], strict=True)])
    print(f"\ntwo workers: {ratios['two workers']:.1f} times DuckDB (target 5: 8): {met(ratios['two workers'] <= 8)}")
    print(f"two workers: {faster:.2f} times as fast as one (target 6: 1.5): {met(faster >= 1.5)}")
    if len(of_each) > 1:
        shorter = of_each[0]
        grown = median(timings["two workers"]) / median([rebuilt(shorter) for _turn in range(options.rounds)])
        rows = longer.orders / shorter.orders
        print(f"{rows:.1f} times the orders take {grown:.1f} times as long: {grown / rows:.2f} (target 7: 1.2): "
              f"{met(grown / rows <= 1.2)}")  # fmt: skip
    connections.close_all()


def rebuilt(history: History) -> float:
    """Return the seconds of a rebuild of another history."""
    use(history.database)
    return measured(lambda: rebuild_four(2))


def met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


if __name__ == "__main__":
    main()
