"""The benchmark's set has the distribution it promises."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from apps.demo.businesses.benchmark import benchmark_businesses, shares


def test_the_largest_of_fifty_organizations_holds_eighteen_percent():
    parts = shares(50)
    assert sum(parts) == pytest.approx(1)
    assert max(parts) == parts[0] == 0.18
    assert min(parts) > 0
    assert sum(shares(3)) == pytest.approx(1)


def test_fifty_organizations_live_in_twelve_zones():
    businesses = benchmark_businesses(
        organizations=50, orders=10_000_000, partner_count=5_000, customer_count=1_000_000, days=3 * 365
    )
    assert len({business.profile.zone for business in businesses}) == 12
    assert {business.profile.days for business in businesses} == {1_095}
    assert sum(business.size.orders for business in businesses) == pytest.approx(10_000_000, abs=50)
    assert sum(business.size.partners for business in businesses) == pytest.approx(5_000, abs=50)


@pytest.mark.django_db
def test_the_command_loads_orders_with_lines_payments_reviews_and_refunds_in_proportion():
    arguments = {"organizations": 3, "orders": 3_000, "partners": 30, "customers": 300, "years": 1}
    out = io.StringIO()
    call_command("load_benchmark", **arguments, stdout=out)
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT (SELECT count(*) FROM marketplace_order), (SELECT count(*) FROM marketplace_orderline),
                   (SELECT count(*) FROM marketplace_payment), (SELECT count(*) FROM marketplace_review),
                   (SELECT count(*) FROM marketplace_refund), (SELECT count(*) FROM marketplace_partner),
                   (SELECT count(*) FROM marketplace_customer),
                   (SELECT count(DISTINCT organization_id) FROM marketplace_order)
        """)
        orders, lines, payments, reviews, refunds, partners, customers, organizations = cursor.fetchone()
    assert orders == pytest.approx(3_000, abs=40)
    assert lines / orders == pytest.approx(1.5, abs=0.1)
    assert payments / orders == pytest.approx(0.97, abs=0.03)
    assert reviews / orders == pytest.approx(0.3, abs=0.05)
    assert refunds / orders == pytest.approx(0.03, abs=0.015)
    assert (partners, customers, organizations) == (30, 300, 3)
    again = io.StringIO()
    call_command("load_benchmark", **arguments, stdout=again)
    assert "Nothing to do" in again.getvalue()
