"""Export orders as CSV, against the ORM's values_list writing the same file; and the memory that exports take.

    python benchmarks/export.py [--rows 1000000] [--rounds 5]

Needs a server (`DATABASE_URL`, or the embedded one). The orders lie in a database of their own, which is used again.

    export        what a worker does: one moment, the count, COPY into the file, its checksum and manifest
    values_list   the same rows and columns by the ORM, in parts of 2,000 from a cursor of the server's, by csv.writer

Both files are compared row by row before anything is timed. Then a tenth of the rows and all of them as CSV, and a
fifth of them as a workbook, are exported in processes of their own, and the peak of each above idle is printed.
Targets of performance.md: (11) at least 5 times as fast, less than 64 MB above idle, no more for a million rows than
for a tenth; (12) 200,000 rows as a workbook in less than 100 MB above idle.
"""

import argparse
import csv
import datetime
import itertools
import subprocess
import sys
import tempfile
import uuid
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from histories import create_database, execute, use, with_unchecked_references
from measure import interleaved, median, report

sys.path.insert(0, str(Path(__file__).resolve().parent))

from django.conf import settings

from apps.accounts.models import Membership, Organization, Role, User
from apps.core.context import organization_context
from apps.core.copying import copy_into
from apps.core.database import in_transaction, tenant_cursor
from apps.core.files import open_stored, remove_stored
from apps.core.identifiers import new_id
from apps.core.jobs import queue_job
from apps.core.models import JobTrigger
from apps.core.spreadsheets import guarded
from apps.marketplace.models import Customer, Order, Partner
from apps.queries.datasets import DATASETS
from apps.queries.datasets.declarations import Form
from apps.queries.exports.running import EXPORT_JOB, carry_out
from apps.queries.models import DataExport, ExportFormat, ExportStatus

ZONE = "America/New_York"
BEGIN = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
OF_A_KIND = 1000  # customers and partners that orders name
STATUSES = ("completed", "accepted", "cancelled", "ready")
ORDER_COLUMNS = (
    "id", "organization_id", "external_id", "created_at", "updated_at", "number", "customer_id", "partner_id",
    "basket_reference", "channel", "status", "source_status", "placed_at", "scheduled_for", "accepted_at",
    "picked_up_at", "processed_at", "delivered_at", "completed_at", "cancelled_at", "subtotal", "discount", "tax",
    "delivery_fee", "tip", "total",
)  # fmt: skip


def prepare(rows: int) -> None:
    """Write three organizations of all rows, a tenth and a fifth of them, unless they are there."""
    name = f"bellwether_export_{rows}"
    create_database(name)
    for part in sizes(rows).values():
        if not Organization.objects.filter(slug=f"rows-{part}").exists():
            with_unchecked_references(name, partial(load, part))
    execute("VACUUM (ANALYZE)")


def sizes(rows: int) -> dict[str, int]:
    return {"all": rows, "tenth": rows // 10, "fifth": rows // 5}


def load(rows: int) -> None:
    with in_transaction():
        shop = Organization.objects.create(slug=f"rows-{rows}", name="Rows", timezone=ZONE)
        with organization_context(shop.pk):
            user, _ = User.objects.get_or_create(email="owner@benchmark.example")
            Membership.objects.create(organization=shop, user=user, role=Role.OWNER)
            customers = Customer.objects.bulk_create(
                Customer(organization=shop, name=f"Customer {n}, Inc.", external_id=f"C{n}") for n in range(OF_A_KIND)
            )
            partners = Partner.objects.bulk_create(
                Partner(organization=shop, name=f"Partner {n}", external_id=f"P{n}") for n in range(OF_A_KIND)
            )
        with tenant_cursor() as cursor:
            copy_into(cursor, Order, ORDER_COLUMNS, orders_of(shop.pk, rows, customers, partners))


def orders_of(
    shop_id: uuid.UUID, rows: int, customers: list[Customer], partners: list[Partner]
) -> Iterator[tuple[Any, ...]]:
    named = zip(itertools.cycle(customers), itertools.cycle(partners), strict=False)
    for n, (customer, partner) in zip(range(rows), named, strict=False):
        placed_at = BEGIN + datetime.timedelta(seconds=60 * n)
        later = placed_at + datetime.timedelta(minutes=40)
        status = STATUSES[n % len(STATUSES)]
        done = later if status == "completed" else None
        total = Decimal(n % 90_000) / 100
        yield (
            new_id(), shop_id, f"EXT-{n}", BEGIN, BEGIN, f"N-{n:08}", customer.pk, partner.pk, "", "web", status,
            "as imported", placed_at, None, later, later, done, done, done, None, total, 0, 0, 0, 0, total,
        )  # fmt: skip


def shop_of(rows: int) -> Organization:
    return Organization.objects.get(slug=f"rows-{rows}")


def export(shop: Organization, format_: str = ExportFormat.CSV) -> DataExport:
    """Carry out an export of all orders, as a worker does."""
    with organization_context(shop.pk):
        row = DataExport.objects.create(
            organization=shop, dataset="orders", title="Orders", format=format_, trigger=JobTrigger.COMMAND,
            created_by=User.objects.get(email="owner@benchmark.example"),
        )  # fmt: skip
    job = queue_job(kind=EXPORT_JOB, trigger=JobTrigger.COMMAND, organization_id=shop.pk, subject_id=row.pk)
    done = carry_out(job_id=job.pk)
    assert done is not None
    assert done.status == ExportStatus.SUCCEEDED, done.error
    return done


def timed_export(shop: Organization) -> None:
    done = export(shop)
    remove_stored(shop.pk, done.stored_name)


def values_list(shop: Organization, path: Path) -> None:
    """Write the same file by the ORM."""
    dataset, zone = DATASETS["orders"], zoneinfo.ZoneInfo(ZONE)
    texts = {place for place, column in enumerate(dataset.columns) if column.form == Form.TEXT}
    with organization_context(shop.pk), in_transaction(), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column.key for column in dataset.columns])
        rows = Order.objects.order_by("placed_at", "pk").values_list(*(column.path for column in dataset.columns))
        for row in rows.iterator(chunk_size=2000):
            writer.writerow(
                [
                    guarded(value)
                    if place in texts and value is not None
                    else value.astimezone(zone).isoformat()
                    if isinstance(value, datetime.datetime)
                    else value
                    for place, value in enumerate(row)
                ]
            )


def compare_files(shop: Organization, path: Path) -> int:
    """See that both say the same, row by row."""
    values_list(shop, path)
    done = export(shop)
    with open_stored(shop.pk, done.stored_name) as raw, path.open(newline="", encoding="utf-8") as other:
        ours = csv.reader(line.decode() for line in raw)
        for count, (own, theirs) in enumerate(zip(ours, csv.reader(other), strict=True)):
            assert own == theirs, (count, own, theirs)
    remove_stored(shop.pk, done.stored_name)
    return done.size


def peak(rows: int, format_: str) -> None:
    """Export once in this process, and print how far its memory rose above idle, in MiB."""
    shop = shop_of(rows)
    execute("SELECT 1")
    # Not ru_maxrss, which begins with what the parent had, and never falls.
    Path("/proc/self/clear_refs").write_text("5")
    idle = kibibytes("VmRSS")
    done = export(shop, format_)
    print((kibibytes("VmHWM") - idle) / 1024, done.size)
    remove_stored(shop.pk, done.stored_name)


def kibibytes(name: str) -> int:
    """Return what Linux says of this process: VmRSS is its memory, VmHWM the most that it was since `clear_refs`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def memory_of(rows: int, format_: str, database: str) -> float:
    command = [sys.executable, __file__, "--peak", str(rows), "--format", format_, "--database", database]
    risen, size = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    print(f"  {rows:>9,} rows as {format_:<5} {float(risen):6.1f} MiB above idle, a file of {int(size) >> 20:,} MiB")
    return float(risen)


def measure(rows: int, rounds: int) -> None:
    shop = shop_of(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        size = compare_files(shop, path)
        print(f"{rows:,} orders are {size / 1e6:,.0f} MB as CSV; both files say the same")
        variants = {"export": partial(timed_export, shop), "values_list": partial(values_list, shop, path)}
        timings = interleaved(variants, rounds=rounds, warm_up=False)
    ratios = report(f"{rows:,} orders as CSV", timings, baseline="export")
    print(f"\n(11) export is {ratios['values_list']:.2f} times as fast as values_list (target: 5)")
    print(f"     {rows / median(timings['export']):,.0f} rows a second")
    database = f"bellwether_export_{rows}"
    parts = sizes(rows)
    print("\nMemory")
    small, large = (memory_of(parts[name], "csv", database) for name in ("tenth", "all"))
    workbook = memory_of(parts["fifth"], "xlsx", database)
    print(f"\n(11) {large:.1f} MiB above idle for all rows, {small:.1f} for a tenth (target: below 64, and flat)")
    print(f"(12) {workbook:.1f} MiB above idle for a workbook of {parts['fifth']:,} rows (target: below 100)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--format", default="csv", help=argparse.SUPPRESS)
    parser.add_argument("--database", help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellwether-export-") as folder:
        settings.FILES_DIR = Path(folder)
        if given.peak:
            use(given.database)
            peak(given.peak, given.format)
        else:
            prepare(given.rows)
            measure(given.rows, given.rounds)


if __name__ == "__main__":
    main()
