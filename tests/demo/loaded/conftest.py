"""The demonstration, loaded once for all tests that only read it."""

import datetime
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from apps.demo.businesses.registry import BUSINESSES
from apps.demo.services import Outcome, load_business
from apps.demo.truths import TIDEWATER

NOW = datetime.datetime(2026, 11, 20, 10, 37, tzinfo=datetime.UTC)
SCALE = 0.15

# The business day as people at the place would name it, not by the functions under test.
VIEW = """
CREATE TEMP VIEW demo_orders AS
SELECT o.*, g.slug, g.timezone, p.external_id AS partner_key, c.external_id AS customer_key, c.acquisition_channel,
       c.joined_at, c.entity_id,
       (%s AT TIME ZONE g.timezone - g.day_starts_at)::date
           - (o.placed_at AT TIME ZONE g.timezone - g.day_starts_at)::date AS ago,
       (%s AT TIME ZONE g.timezone - g.day_starts_at)::date - (c.joined_at + interval '1 hour')::date AS joined_ago,
       extract(hour FROM o.placed_at AT TIME ZONE g.timezone) AS hour,
       o.status NOT IN ('cancelled', 'rejected', 'no_show') AS counted
FROM marketplace_order o
JOIN accounts_organization g ON g.id = o.organization_id
LEFT JOIN marketplace_partner p ON p.id = o.partner_id
LEFT JOIN marketplace_customer c ON c.id = o.customer_id
"""


def scale_of(slug: str) -> float:
    """The clinic's patients are counted by the head: it is loaded whole."""
    return 1.0 if slug == TIDEWATER else SCALE


@pytest.fixture(scope="package")
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict[str, Outcome]]:
    """Load every business in a transaction that is rolled back after the package; its modules are marked django_db."""
    assert connection.settings_dict["NAME"].startswith("test_"), "mark the module django_db"
    shared = tmp_path_factory.getbasetemp()
    (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared).joinpath("demo-is-loaded").touch(exist_ok=False)
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # the loader insists on the outermost transaction; this one only cleans up
        with outer:
            outcomes = {
                slug: load_business(business=business, scale=scale_of(slug), seed=1, now=NOW)
                for slug, business in BUSINESSES.items()
            }
            with connection.cursor() as cursor:
                cursor.execute(VIEW, [NOW, NOW])
                cursor.execute("ANALYZE marketplace_order")
                cursor.execute("ANALYZE marketplace_payment")
                cursor.execute("ANALYZE marketplace_orderline")
            yield outcomes
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def only_read(db) -> Iterator[None]:
    """Spare each test the look at every deferred constraint of the load, which a transaction to keep would end with."""
    yield
    transaction.set_rollback(True)


@pytest.fixture
def ask(demo):
    """Run one query on the loaded rows and return all rows; parameters by position."""

    def run(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall()

    return run


@pytest.fixture
def number(ask):
    """Run one query that returns one number."""

    def run(sql: str, *parameters: Any) -> float:
        [(value,)] = ask(sql, *parameters)
        return float(value)

    return run
