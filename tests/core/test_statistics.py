"""What was written a lot is analyzed soon, and nothing waits for that."""

import pytest
from django.db import connection

from apps.core.context import organization_context
from apps.core.database import in_transaction
from apps.core.statistics import MANY_ROWS, analyze_changed_tables
from apps.marketplace.models import Category, Customer

pytestmark = pytest.mark.django_db(transaction=True)


def write(model, organization, number):
    with organization_context(organization.pk):
        model.objects.bulk_create([model(organization=organization, name=f"N{n}") for n in range(number)])


@pytest.fixture
def much_written(laundry):
    analyze_changed_tables()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE marketplace_category, marketplace_customer")
    write(Category, laundry, 5)
    write(Customer, laundry, MANY_ROWS)


def test_a_table_is_analyzed_once_when_many_of_its_rows_changed(much_written):
    changed = analyze_changed_tables()

    assert "marketplace_customer" in changed
    assert "marketplace_category" not in changed
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'marketplace_customer'::regclass")
        assert cursor.fetchone() == (MANY_ROWS,)
    assert "marketplace_customer" not in analyze_changed_tables()


def test_a_transaction_is_not_held_up_by_it_and_no_failure_reaches_the_caller(much_written, monkeypatch):
    with in_transaction():
        assert analyze_changed_tables() == []
    blocker = connection.copy()
    with blocker.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE marketplace_customer IN SHARE UPDATE EXCLUSIVE MODE")
        assert "marketplace_customer" in analyze_changed_tables()  # tried, and skipped at once
    blocker.close()
    monkeypatch.setattr("apps.core.statistics._CHANGED", "SELECT %s / 0, %s")
    assert analyze_changed_tables() == []
