"""What composite references and the organization guard cost on COPY.

    python benchmarks/tenant_keys.py [--orders 200000] [--rounds 5]

Needs a migrated database (`DATABASE_URL`, or the embedded one). Works in a schema of its own, which it drops.
Variants share parents (organizations, customers, partners, products) and differ in the orders and lines tables:

    tenant       composite references, the guard trigger, and unique (organization, id) on both tables
    tenant, leaf the same, but the key only on orders, which lines refer to
    plain        single-column deferred foreign keys as Django makes them, no further key, no trigger
    bare         no foreign keys at all
"""

import argparse
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

import django

django.setup()

from apps.core.constraints import REFUSE_ORGANIZATION_CHANGE
from apps.core.database import in_transaction, tenant_cursor
from benchmarks.measure import interleaved, report

SCHEMA = "benchmark_tenant_keys"
PARENTS = {"partner": 500, "customer": 20_000, "product": 5_000}
ORDER_REFERENCES = {"customer_id": "customer", "partner_id": "partner"}
LINE_REFERENCES = {"order_id": "order", "product_id": "product"}
VARIANTS = ("tenant", "tenant, leaf", "plain", "bare")


def table(variant: str, name: str) -> str:
    kept = name if name in PARENTS or name == "organization" else f"{name} {variant}"
    return f'{SCHEMA}."{kept}"'


def execute(*statements: str) -> None:
    with tenant_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def build_parents() -> None:
    execute(
        f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE",
        f"CREATE SCHEMA {SCHEMA}",
        f"CREATE TABLE {SCHEMA}.organization AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 49) n",
        f"ALTER TABLE {SCHEMA}.organization ADD PRIMARY KEY (id)",
    )
    for name, rows in PARENTS.items():
        execute(
            f"CREATE TABLE {SCHEMA}.{name} AS SELECT n.n, o.id AS organization_id, gen_random_uuid() AS id "
            f"FROM generate_series(0, {rows - 1}) AS n(n) JOIN {SCHEMA}.organization o ON o.n = n.n % 50",
            f"ALTER TABLE {SCHEMA}.{name} ADD PRIMARY KEY (id)",
            f"ALTER TABLE {SCHEMA}.{name} ADD UNIQUE (organization_id, id)",
            f"CREATE INDEX ON {SCHEMA}.{name} (n)",
            f"ANALYZE {SCHEMA}.{name}",
        )


def build_source(orders: int) -> None:
    """Make the rows once, keys growing with time as UUIDv7 do."""
    key = "(lpad(to_hex({n}), 12, '0') || '7' || substr(md5({n}::text), 1, 19))::uuid"
    execute(
        f"CREATE TABLE {SCHEMA}.order_source (LIKE marketplace_order)",
        f"CREATE TABLE {SCHEMA}.order_line_source (LIKE marketplace_orderline)",
        f"""
        INSERT INTO {SCHEMA}.order_source (id, organization_id, external_id, created_at, updated_at, number,
            customer_id, partner_id, basket_reference, channel, status, source_status, placed_at, completed_at,
            subtotal, discount, tax, delivery_fee, tip, total)
        SELECT {key.format(n="n.n")}, o.id, 'order-' || n.n, now(), now(), 'N' || n.n,
            c.id, p.id, '', 'web', 'completed', '',
            timestamptz '2023-01-01' + n.n * interval '1 minute', timestamptz '2023-01-02' + n.n * interval '1 minute',
            20, 0, 0, 0, 0, 20
        FROM generate_series(1, {orders}) AS n(n)
        JOIN {SCHEMA}.organization o ON o.n = n.n % 50
        JOIN {SCHEMA}.customer c ON c.n = n.n % 20000
        JOIN {SCHEMA}.partner p ON p.n = n.n % 500
        """,
        f"""
        INSERT INTO {SCHEMA}.order_line_source (id, organization_id, external_id, created_at, updated_at, order_id,
            product_id, description, quantity, unit_price, total)
        SELECT {key.format(n="(s.n * 2 + l.n)")}, s.organization_id, NULL, now(), now(), s.id, p.id, '', 1, 10, 10
        FROM (SELECT *, substr(number, 2)::int AS n FROM {SCHEMA}.order_source) s
        CROSS JOIN generate_series(0, 1) AS l(n)
        JOIN {SCHEMA}.product p ON p.n = s.n % 5000
        """,
    )


def copy_out(source: str) -> bytes:
    kept = io.BytesIO()
    with tenant_cursor() as cursor:
        cursor.copy_expert(f"COPY (SELECT * FROM {SCHEMA}.{source} ORDER BY id) TO STDOUT", kept)
    return kept.getvalue()


def build_variant(variant: str) -> None:
    """Start from the real tables with all their keys, indexes and checks, then add or take away."""
    for name, real, references in (
        ("order", "marketplace_order", ORDER_REFERENCES),
        ("order_line", "marketplace_orderline", LINE_REFERENCES),
    ):
        own = table(variant, name)
        execute(f"CREATE TABLE {own} (LIKE {real} INCLUDING ALL)")
        drop_tenant_key(own)
        if variant.startswith("tenant"):
            if name == "order" or variant == "tenant":
                execute(f"ALTER TABLE {own} ADD UNIQUE (organization_id, id)")
            execute(
                f"ALTER TABLE {own} ADD FOREIGN KEY (organization_id) REFERENCES {SCHEMA}.organization (id) "
                "DEFERRABLE INITIALLY DEFERRED",
                f"CREATE TRIGGER fixed BEFORE UPDATE OF organization_id ON {own} FOR EACH ROW "
                "WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id) "
                f"EXECUTE FUNCTION {REFUSE_ORGANIZATION_CHANGE}()",
                *(
                    f"ALTER TABLE {own} ADD FOREIGN KEY (organization_id, {column}) "
                    f"REFERENCES {table(variant, target)} (organization_id, id)"
                    for column, target in references.items()
                ),
            )
        elif variant == "plain":
            execute(
                *(
                    f"ALTER TABLE {own} ADD FOREIGN KEY ({column}) REFERENCES {table(variant, target)} (id) "
                    "DEFERRABLE INITIALLY DEFERRED"
                    for column, target in {"organization_id": "organization", **references}.items()
                ),
            )


def drop_tenant_key(own: str) -> None:
    with tenant_cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u' "
            "AND pg_get_constraintdef(oid) = 'UNIQUE (organization_id, id)'",
            [own],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {own} DROP CONSTRAINT "{name}"')


def copy_in(variant: str, name: str, content: bytes) -> Callable[[], None]:
    own = table(variant, name)

    def run() -> None:
        with in_transaction(), tenant_cursor() as cursor:
            cursor.copy_expert(f"COPY {own} FROM STDIN", io.BytesIO(content), 1 << 16)

    return run


def measured(content: dict[str, bytes], rounds: int) -> dict[str, Any]:
    """Orders first, then lines, each in a transaction of its own; the emptying between rounds is not timed."""
    timings: dict[str, Any] = {"order": {}, "order_line": {}}
    for turn in range(rounds + 1):
        execute(*(f"TRUNCATE {table(v, 'order')}, {table(v, 'order_line')}" for v in VARIANTS), "CHECKPOINT")
        for name in ("order", "order_line"):
            shift = turn % len(VARIANTS)
            chosen = VARIANTS[shift:] + VARIANTS[:shift]
            taken = interleaved(
                {variant: copy_in(variant, name, content[name]) for variant in chosen}, rounds=1, warm_up=False
            )
            if turn:  # the first round warms up
                for variant in VARIANTS:
                    timings[name].setdefault(variant, []).extend(taken[variant])
    return timings


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of the tenant base on COPY.")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    try:
        build_parents()
        build_source(options.orders)
        content = {"order": copy_out("order_source"), "order_line": copy_out("order_line_source")}
        for variant in VARIANTS:
            build_variant(variant)
        timings = measured(content, options.rounds)
        for name in timings:
            report(f"COPY into {name}", timings[name], baseline="plain")
        both = {
            v: [a + b for a, b in zip(timings["order"][v], timings["order_line"][v], strict=True)] for v in VARIANTS
        }
        ratios = report("COPY of orders and lines together", both, baseline="plain")
        print(f"\ncomposite against plain references: {ratios['tenant, leaf']:.2f} (limit 1.5)")
    finally:
        execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


if __name__ == "__main__":
    main()
