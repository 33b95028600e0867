"""What the tests of the tenant base share."""

from decimal import Decimal

import pytest

from tests import builders


@pytest.fixture
def world(organizations):
    """Return three organizations with the same shape: orders of two customers and a partner, with lines."""
    rows = {}
    for organization in organizations:
        partner = builders.make_partner(organization, name="Same name", external_id="partner")
        product = builders.make_product(organization, name="Same product", external_id="product")
        first = builders.make_customer(organization, name="First", external_id="first")
        second = builders.make_customer(organization, name="Second", external_id="second")
        kept = builders.make_order(organization, customer=first, partner=partner, external_id="kept", number="1")
        lost = builders.make_order(
            organization, customer=first, partner=partner, external_id="lost", number="2", status="cancelled"
        )
        other = builders.make_order(organization, customer=second, external_id="other", number="3", total=Decimal(7))
        lines = [builders.make_line(order, product=product) for order in (kept, kept, lost)]
        rows[organization.slug] = {
            "partner": partner, "product": product, "first": first, "second": second,
            "kept": kept, "lost": lost, "other": other, "lines": lines,
        }  # fmt: skip
    return rows
