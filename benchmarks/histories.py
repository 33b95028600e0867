"""Databases with histories of a chosen length, for the benchmarks that need several of them side by side.

A history of fewer orders is a shorter one of the same business: as many orders a day, as many partners, fewer
customers. Each lies in a database of its own on the server of the settings; one that is there is used again, because
loading takes longer than measuring.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
os.environ.setdefault("DATABASE_CONN_MAX_AGE", "36000")

import django

django.setup()

from django.core.management import call_command
from django.db import connections

from apps.accounts.models import Organization
from apps.analytics.rebuild import start_rebuild, work_through
from apps.core.database import TENANT_DATABASE, quoted, tenant_cursor
from apps.core.models import JobTrigger

LONGEST_DAYS = 1095
ORDERS_A_CUSTOMER = 10
PARTNERS = 5000
ORGANIZATIONS = 50


@dataclass(frozen=True, slots=True)
class History:
    """So many orders of all organizations together, over so many days."""

    orders: int
    days: int
    partners: int

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"bellwether_history_{self.orders}_{self.days}"

    def __str__(self) -> str:
        return f"{self.orders:,} orders in {self.days:,} days"


def histories(orders: Sequence[int], days: int = LONGEST_DAYS) -> list[History]:
    """Return a history for each number of orders: the longest over so many days, the others shorter in proportion."""
    longest = max(orders)
    partners = max(ORGANIZATIONS, min(PARTNERS, round(longest / days * LONGEST_DAYS / 2000, -2)))
    return [History(number, max(2, round(days * number / longest)), int(partners)) for number in sorted(orders)]


def use(database: str) -> None:
    """Have this process, threads included, work with another database of the same server."""
    connections.close_all()
    connections.databases[TENANT_DATABASE]["NAME"] = database


def execute(statement: str, *parameters: object) -> list[tuple]:
    """Run a statement outside of any transaction and return its rows."""
    with tenant_cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def create_database(name: str) -> bool:
    """Make an empty database with our tables unless it is there; say whether it was made. It is used from now on."""
    use("postgres")
    is_new = not execute("SELECT 1 FROM pg_database WHERE datname = %s", name)
    if is_new:
        execute(f"CREATE DATABASE {quoted(name)}")
    use(name)
    call_command("migrate", verbosity=0)
    return is_new


def drop_database(name: str) -> None:
    """Remove a database of ours."""
    use("postgres")
    execute(f"DROP DATABASE IF EXISTS {quoted(name)}")


def prepare(history: History) -> None:
    """Load a history and build its rollups unless that is done; it is used from now on."""
    started = time.monotonic()
    create_database(history.database)
    if not is_built():
        with_unchecked_references(history.database, partial(load, history))
        rebuild(workers=2)
    elif execute("SELECT 1 FROM analytics_changelog LIMIT 1"):
        rebuild(workers=2)
    execute("VACUUM (ANALYZE)")
    execute("CHECKPOINT")
    print(f"{history}: ready after {time.monotonic() - started:.0f} s", file=sys.stderr)


def is_built() -> bool:
    """Whether every organization has rollups."""
    return bool(
        execute("SELECT count(DISTINCT organization_id) >= %s FROM daily_revenue_summaries", ORGANIZATIONS)[0][0]
    )


def load(history: History) -> None:
    """Write the facts of a history; organizations that are there stay as they are."""
    call_command(
        "load_benchmark", organizations=ORGANIZATIONS, orders=history.orders, partners=history.partners,
        customers=history.orders // ORDERS_A_CUSTOMER, days=history.days, verbosity=0, stdout=sys.stderr,
    )  # fmt: skip


def with_unchecked_references(database: str, work: Callable[[], object]) -> None:
    """Do work in sessions without triggers: what our own generator writes need not be checked, nor marked."""
    execute(f"ALTER DATABASE {quoted(database)} SET session_replication_role = replica")
    try:
        use(database)
        work()
    finally:
        execute(f"ALTER DATABASE {quoted(database)} RESET session_replication_role")
        use(database)


def rebuild(*, workers: int) -> None:
    """Build every rollup and all customers anew, as `refresh_rollups --full --workers` does."""
    organizations = list(Organization.objects.order_by("slug").values_list("pk", flat=True))
    job, chunks = start_rebuild(organizations, trigger=JobTrigger.COMMAND)
    work_through(job, chunks, workers=workers, on_days=lambda _days: None)


def measured(work: Callable[[], object]) -> float:
    """Return the seconds that a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them from the command line."""
    return [int(part) for part in text.split(",")]
