"""Multi-valued exclusions: Django turns them into subqueries, which must follow the row's organization.

The expected rows are worked out by hand from the shape of the world, not by queries.
"""

import pytest
from django.db.models import Exists, OuterRef

from apps.core.context import across_all_organizations, organization_context
from apps.marketplace.models import Customer, Order, OrderLine, Partner, Product

pytestmark = pytest.mark.django_db


def expected_exclusions(world, slugs):
    """Work out with sets what the exclusions below must give."""
    rows = [world[slug] for slug in slugs]
    return {
        "customers without a cancelled order": {r["second"] for r in rows},
        "customers without order 1": {r["second"] for r in rows},
        "customers without a line of the product": {r["second"] for r in rows},
        "partners without an accepted order": set(),
        "partners without a completed order": {r["partner"] for r in rows},
        "lines of customers without order 3": {line for r in rows for line in r["lines"]},
        "lines of customers without order 2": set(),
        "lines of partners without a cancelled order": set(),
        "orders of partners without a cancelled order": {r["other"] for r in rows},
        "products never sold in a cancelled order": set(),
        "products never sold in order 3": {r["product"] for r in rows},
    }


def found_exclusions():
    return {
        "customers without a cancelled order": set(Customer.objects.exclude(orders__status="cancelled")),
        "customers without order 1": set(Customer.objects.exclude(orders__number="1")),
        "customers without a line of the product": set(
            Customer.objects.exclude(orders__lines__product__name="Same product")
        ),
        "partners without an accepted order": set(Partner.objects.exclude(orders__status="accepted")),
        "partners without a completed order": set(Partner.objects.exclude(orders__status="completed")),
        "lines of customers without order 3": set(OrderLine.objects.exclude(order__customer__orders__number="3")),
        "lines of customers without order 2": set(OrderLine.objects.exclude(order__customer__orders__number="2")),
        "lines of partners without a cancelled order": set(
            OrderLine.objects.exclude(order__partner__orders__status="cancelled")
        ),
        "orders of partners without a cancelled order": set(Order.objects.exclude(partner__orders__status="cancelled")),
        "products never sold in a cancelled order": set(Product.objects.exclude(lines__order__status="cancelled")),
        "products never sold in order 3": set(Product.objects.exclude(lines__order__number="3")),
    }


@pytest.mark.parametrize("slug", ["laundry", "wholesaler", "clinic"])
def test_multi_valued_exclusions_are_right_inside_a_context(world, organizations, slug):
    organization = next(o for o in organizations if o.slug == slug)
    with organization_context(organization.pk):
        assert found_exclusions() == expected_exclusions(world, [slug])


def test_multi_valued_exclusions_are_right_platform_wide(world):
    with across_all_organizations(reason="test"):
        assert found_exclusions() == expected_exclusions(world, ["laundry", "wholesaler", "clinic"])


def test_an_exclusion_follows_the_row_and_not_the_context(world, laundry):
    """A base manager reads beside the context; its exclusions must not mix two organizations."""
    with organization_context(laundry.pk):
        without = Customer._base_manager.filter(organization__slug="clinic").exclude(orders__status="cancelled")
        assert set(without) == {world["clinic"]["second"]}


def test_an_exclusion_is_correlated_with_the_organization(laundry):
    with across_all_organizations(reason="test"):
        sql = str(Customer.objects.exclude(orders__status="cancelled").query)
    assert 'U1."organization_id" = ("marketplace_customer"."organization_id")' in sql


def test_negated_conditions_and_nested_excludes_agree_with_sets(world, laundry):
    ours = world["laundry"]
    with organization_context(laundry.pk):
        assert set(Customer.objects.exclude(orders__status="cancelled", orders__number="1")) == {ours["second"]}
        assert set(Customer.objects.exclude(orders__isnull=True)) == {ours["first"], ours["second"]}
        assert set(Customer.objects.filter(orders__isnull=True)) == set()
        assert set(Partner.objects.exclude(orders__customer__in=Customer.objects.exclude(orders__number="1"))) == {
            ours["partner"]
        }
        inner = Customer.objects.filter(pk=OuterRef("customer")).exclude(orders__status="cancelled")
        assert set(Order.objects.filter(Exists(inner))) == {ours["other"]}
