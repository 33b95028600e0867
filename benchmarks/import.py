"""Import a file of order lines, against reading the same file and bulk_create into the same table.

    python benchmarks/import.py [--lines 100000] [--rounds 5] [--memory]

Needs a migrated database (`DATABASE_URL`, or the embedded one). Works for an organization of its own, which it removes.

    import       what `manage.py import_data` does: stage, check, resolve references, compare, write, reconcile
    bulk_create  csv.DictReader, Decimal(), references from a dictionary, bulk_create of 1,000 rows in a statement
    copy         the same reading, then COPY, without any check but the table's own: as fast as the table takes rows

Target 1 of performance.md: import is at least 5 times as fast. With `--memory`, files of 50,000, 500,000 and 1,000,000
orders are imported in processes of their own, and the peak of each is printed.
"""

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

import django

django.setup()

from measure import median, report

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.core.copying import copy_into
from apps.core.database import in_transaction, tenant_cursor
from apps.core.identifiers import new_id
from apps.core.jobs import JobProgress
from apps.imports.engine import SourceFile, run_import
from apps.imports.mapping.shipped import shipped_text
from apps.imports.models import ImportRun
from apps.marketplace.models import Order, OrderLine, Product

PER_ORDER = 5
PRODUCTS = 500
HEADER = ["external_id", "order", "product", "description", "quantity", "unit_price", "total"]


def write_file(path: Path, lines: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(lines):
            writer.writerow([f"L{n}", f"O{n // PER_ORDER}", f"P{n % PRODUCTS}", f"Item {n}", "2", "3.45", "6.90"])


def write_parents(organization: Organization, lines: int) -> tuple[dict, dict]:
    at = datetime(2019, 3, 1, tzinfo=UTC)
    with organization_context(organization.pk):
        orders = Order.objects.bulk_create(
            (
                Order(organization=organization, external_id=f"O{n}", number=str(n), placed_at=at)
                for n in range(-(-lines // PER_ORDER))
            ),
            batch_size=2000,
        )
        products = Product.objects.bulk_create(
            Product(organization=organization, external_id=f"P{n}", name=str(n)) for n in range(PRODUCTS)
        )
    return {row.external_id: row.pk for row in orders}, {row.external_id: row.pk for row in products}


def write_orders(path: Path, rows: int) -> None:
    with path.open("w", newline="") as file:
        file.write("external_id,customer,ordered_at,amount,currency,status\n")
        for n in range(rows):
            file.write(f"O{n},C{n % 5000},2019-03-{1 + n % 28:02}T12:30:00,12.50,USD,completed\n")


def import_file(organization: Organization, path: Path, mapping: str = "bellwether") -> None:
    text = shipped_text(mapping)
    with organization_context(organization.pk), in_transaction():
        run = ImportRun.objects.create(
            organization=organization, mapping=mapping, mapping_text=text, trigger="command", checksum="0" * 64
        )
        result = run_import(
            run_id=run.pk,
            organization_id=organization.pk,
            mapping_text=text,
            mapping_name=mapping,
            files=[SourceFile(path, path.name)],
            valid_rows=False,
            commit=True,
            progress=JobProgress(None),
        )
        assert result.rows_rejected == 0


def create_objects(organization: Organization, path: Path, orders: dict, products: dict) -> None:
    with organization_context(organization.pk), in_transaction(), path.open(newline="") as file:
        OrderLine.objects.bulk_create(
            (
                OrderLine(
                    organization=organization,
                    external_id=row["external_id"],
                    order_id=orders[row["order"]],
                    product_id=products[row["product"]],
                    description=row["description"],
                    quantity=Decimal(row["quantity"]),
                    unit_price=Decimal(row["unit_price"]),
                    total=Decimal(row["total"]),
                )
                for row in csv.DictReader(file)
            ),
            batch_size=1000,
        )


def copy_objects(organization: Organization, path: Path, orders: dict, products: dict) -> None:
    now = datetime.now(UTC)
    columns = ["id", "organization_id", "created_at", "updated_at", "external_id", "order_id", "product_id",
               "description", "quantity", "unit_price", "total"]  # fmt: skip
    with in_transaction(), path.open(newline="") as file, tenant_cursor() as cursor:
        copy_into(
            cursor,
            OrderLine,
            columns,
            (
                (new_id(), organization.pk, now, now, row["external_id"], orders[row["order"]],
                 products[row["product"]], row["description"], row["quantity"], row["unit_price"], row["total"])
                for row in csv.DictReader(file)
            ),
        )  # fmt: skip


def empty(organization: Organization, *tables: str) -> None:
    with tenant_cursor() as cursor:
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}" WHERE organization_id = %s', [organization.pk])
            cursor.execute(f'VACUUM (ANALYZE) "{table}"')


def new_organization(name: str) -> Organization:
    return Organization.objects.create(slug=f"benchmark-{name}-{os.getpid()}", name="Benchmark", timezone="UTC")


def remove(organization: Organization) -> None:
    empty(
        organization,
        "marketplace_orderline",
        "marketplace_order",
        "marketplace_product",
        "marketplace_customer",
        "imports_importrun",
    )
    organization.delete()


def compare(lines: int, rounds: int, path: Path) -> None:
    shop = new_organization("import")
    write_file(path, lines)
    orders, products = write_parents(shop, lines)
    variants = {
        "import": lambda: import_file(shop, path),
        "bulk_create": lambda: create_objects(shop, path, orders, products),
        "copy": lambda: copy_objects(shop, path, orders, products),
    }
    timings: dict[str, list[float]] = {name: [] for name in variants}
    try:
        for turn in range(rounds + 1):
            for name in sorted(variants, reverse=bool(turn % 2)):
                empty(shop, "marketplace_orderline")
                begun = time.perf_counter()
                variants[name]()
                if turn:  # the first turn warms up
                    timings[name].append(time.perf_counter() - begun)
        ratios = report(f"{lines:,} order lines", timings, baseline="import")
        for name, seconds in timings.items():
            print(f"  {name:<12} {lines / median(seconds):>10,.0f} lines a second")
        print(f"\nimport is {ratios['bulk_create']:.2f} times as fast as bulk_create (target: 5)")
        print(f"COPY alone is {ratios['bulk_create'] / ratios['copy']:.2f} times as fast as bulk_create")
    finally:
        remove(shop)


def peak(lines: int, path: Path) -> None:
    """Import once, and print the peak memory of this process in MiB."""
    shop = new_organization(f"peak-{lines}")
    try:
        write_orders(path, lines)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        import_file(shop, path, "orders")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"  {lines:>9,} orders: {before / 1024:.0f} MiB before, {after / 1024:.0f} MiB at the peak of the import")
    finally:
        remove(shop)


def peaks(path: Path) -> None:
    """Measure small and large files, each in a process of its own."""
    print("\nPeak memory")
    for lines in (50_000, 500_000, 1_000_000):
        command = [sys.executable, __file__, "--peak", str(lines), "--file", str(path)]
        subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "order_lines.csv"
        if options.peak:
            peak(options.peak, path)
        elif options.memory:
            peaks(path)
        else:
            compare(options.lines, options.rounds, path)


if __name__ == "__main__":
    main()
