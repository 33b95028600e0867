"""What the change log costs on COPY, and whether two writers of one day wait for each other.

    python benchmarks/changelog.py [--rows 500000] [--rounds 5] [--days 1095] [--keep]

Makes a database of its own on the server of the settings (`DATABASE_URL`, or the embedded one), and drops it. Rows of
orders, order lines and payments, in the order of time, spread over three years and 50 organizations in twelve time
zones, so that a statement touches nearly all of their 54,750 days. Each table is filled by one COPY, with the triggers
of the change log enabled and disabled; everything else that the tables check stays on in both.

Target 2 of performance.md: at most 1.3 times plain COPY, and two writers of one day never wait.
"""

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError
from histories import ORGANIZATIONS, create_database, drop_database, execute, measured
from measure import Timings, report

from apps.accounts.models import Organization
from apps.core.database import in_transaction, tenant_cursor
from apps.core.identifiers import new_id

DATABASE = "bellwether_changelog"
TABLES = {"orders": "marketplace_order", "order lines": "marketplace_orderline", "payments": "marketplace_payment"}
TIMES = {
    "marketplace_order": "SELECT fact.* FROM marketplace_order AS fact ORDER BY fact.placed_at, fact.id",
    "marketplace_orderline": (
        "SELECT fact.* FROM marketplace_orderline AS fact"
        " JOIN marketplace_order AS placed ON placed.id = fact.order_id ORDER BY placed.placed_at, fact.id"
    ),
    "marketplace_payment": (
        "SELECT fact.* FROM marketplace_payment AS fact JOIN marketplace_order AS placed ON placed.id = fact.order_id "
        "ORDER BY placed.placed_at, fact.id"
    ),
}
TARGET = 1.3
WAIT_AT_MOST = "2s"


def write_files(folder: Path, rows: int) -> None:
    """Write what will be copied; lines and payments of all the orders, no more than `rows` of each."""
    for table in TABLES.values():
        with tenant_cursor() as cursor, (folder / table).open("wb") as file:
            cursor.copy_expert(f"COPY ({TIMES[table]} LIMIT {rows}) TO STDOUT", file)


def switch_triggers(*, enabled: bool) -> None:
    """Enable or disable the triggers of the change log, and no others."""
    for table, trigger in execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'analytics%' AND NOT tgisinternal"
    ):
        execute(f'ALTER TABLE {table} {"ENABLE" if enabled else "DISABLE"} TRIGGER "{trigger}"')


def empty(table: str) -> None:
    """Empty a table, and the log."""
    execute(f"TRUNCATE {table} CASCADE")
    execute("TRUNCATE analytics_changelog")
    execute("CHECKPOINT")


def copy(folder: Path, table: str) -> None:
    """Copy a table's rows in one transaction, as imports do."""
    with in_transaction(), tenant_cursor() as cursor, (folder / table).open("rb") as file:
        cursor.execute("DISCARD PLANS")
        cursor.copy_expert(f"COPY {table} FROM STDIN", file, 1 << 16)


def compare(name: str, folder: Path, rounds: int) -> float:
    """Time the COPY of one table with and without the log, in turns; leave the table filled."""
    table = TABLES[name]
    timings: Timings = {"without": [], "with the log": []}
    for turn in range(rounds):
        for variant in sorted(timings, reverse=bool(turn % 2)):
            switch_triggers(enabled=variant == "with the log")
            empty(table)
            timings[variant].append(measured(lambda: copy(folder, table)))
            if variant == "with the log":
                marks, rows = execute("SELECT count(*), sum(facts) FROM analytics_changelog")[0]
    execute(f"ANALYZE {table}")
    ratios = report(f"COPY of {rows:,} {name}, {marks:,} marks", timings, baseline="without")
    return ratios["with the log"]


@contextmanager
def open_change(organization: Organization, at: str) -> Iterator[None]:
    """Hold a transaction open that has added an order to a day."""
    with in_transaction(), tenant_cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_AT_MOST}'")
        cursor.execute(
            "INSERT INTO marketplace_order SELECT (jsonb_populate_record(placed, %s)).*"
            " FROM marketplace_order AS placed WHERE organization_id = %s LIMIT 1",
            [f'{{"id": "{new_id()}", "external_id": null, "placed_at": "{at}"}}', organization.pk],
        )
        yield


def two_writers_wait() -> bool:
    """Write the same day in two open transactions at once; whether the second had to wait for the first."""
    switch_triggers(enabled=True)
    organization = Organization.objects.order_by("slug").first()
    failures: list[Exception] = []

    def second() -> None:
        try:
            with open_change(organization, "2026-03-02T12:00:00Z"):
                pass
        except DatabaseError as error:
            failures.append(error)
        finally:
            from django.db import connections

            connections.close_all()

    with open_change(organization, "2026-03-02T11:00:00Z"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    for failure in failures:
        print(f"  {failure}")
    return bool(failures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--days", type=int, default=1095)
    parser.add_argument("--keep", action="store_true", help="Keep the database, and use it where it is there.")
    options = parser.parse_args()
    try:
        if not options.keep:
            drop_database(DATABASE)
        create_database(DATABASE)
        switch_triggers(enabled=False)
        call_command(
            "load_benchmark", organizations=ORGANIZATIONS, orders=options.rows, partners=5000,
            customers=max(ORGANIZATIONS, options.rows // 10), days=options.days,
        )  # fmt: skip
        execute("ANALYZE")
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), options.rows)
            ratios = [compare(name, Path(folder), options.rounds) for name in TABLES]
        waits = two_writers_wait()
    finally:
        if not options.keep:
            drop_database(DATABASE)
    worst = max(ratios)
    print(f"\nThe change log costs at most {worst:.2f} times plain COPY (target: 1.3): {met(worst <= TARGET)}")
    print(f"Two writers of one day wait for each other: {'yes' if waits else 'no'} (target: no): {met(not waits)}")


def met(is_met: bool) -> str:
    return "met" if is_met else "NOT MET"


if __name__ == "__main__":
    main()
