"""The builders themselves: each row lands in the organization it was asked for."""

import pytest

from apps.accounts.models import Membership
from apps.core.context import organization_context
from tests import builders


@pytest.mark.django_db
def test_each_builder_writes_one_valid_row(laundry):
    order = builders.make_order(
        laundry, customer=builders.make_customer(laundry), partner=builders.make_partner(laundry)
    )
    rows = [
        builders.make_category(laundry),
        builders.make_product(laundry),
        builders.make_entity(laundry),
        order.customer,
        order.partner,
        order,
        builders.make_line(order),
        builders.make_payment(order),
        builders.make_refund(laundry, order=order),
        builders.make_review(order),
        builders.make_issue(order),
        builders.make_cost(laundry),
        builders.make_interaction(order.customer),
        segment := builders.make_segment(laundry),
        builders.make_segment_member(segment, order.customer),
    ]
    with organization_context(laundry.pk):
        for row in rows:
            row.full_clean()
            assert list(type(row).objects.all()) == [row]


def test_the_cast_has_one_role_each(cast, laundry, clinic):
    with organization_context(laundry.pk):
        assert {(m.user, m.role) for m in Membership.objects.all()} == {
            (cast.owner, "owner"),
            (cast.analyst, "analyst"),
            (cast.viewer, "viewer"),
            (cast.disabled, "owner"),
        }
    with organization_context(clinic.pk):
        assert [m.user for m in cast.stranger.memberships.all()] == [cast.stranger]
