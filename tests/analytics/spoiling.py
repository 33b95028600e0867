"""Rollups that are right, and ways to spoil them past the change log."""

from apps.analytics.models import CustomerAnalytics
from apps.analytics.rollups import ROLLUPS
from apps.analytics.verification import verify_organization
from apps.core.context import organization_context
from tests.analytics.records import DAY, HOUR, stored
from tests.builders import (
    NOON,
    make_customer,
    make_interaction,
    make_line,
    make_order,
    make_partner,
    make_product,
    make_refund,
    make_review,
)

TENTH = NOON.date()
ROWS = 2 * len(ROLLUPS) + 1  # a row of each rollup on each of two days, and the customer
NAMES = {rollup.model: rollup.name for rollup in ROLLUPS}


def fill(organization):
    """Something in every rollup on the 10th, which is published, and on the 12th, which is today."""
    customer, partner, product = make_customer(organization), make_partner(organization), make_product(organization)
    for placed_at in (NOON, NOON + 2 * DAY):
        order = make_order(
            organization, customer=customer, partner=partner, placed_at=placed_at, accepted_at=placed_at + HOUR
        )
        make_line(order, product=product)
        make_refund(organization, order=order, refunded_at=placed_at)
        make_review(order, reviewed_at=placed_at)
        make_interaction(customer, occurred_at=placed_at)
    return customer


def verify(organization, *, repair=False, **options):
    return verify_organization(organization.pk, repair=repair, **options)


def everything_stored(organization):
    return {model: stored(model, organization) for model in (*NAMES, CustomerAnalytics)}


def spoil(organization, model, rows, **fields):
    """Write rows of a rollup past the change log."""
    with organization_context(organization.pk):
        assert model.objects.filter(**rows).update(**fields) == 1


def differences(verification):
    """Each difference as its rollup, its date and the columns that differ; True where a whole row does."""
    return [
        (
            found["rollup"],
            found["date"],
            True
            if None in (found["stored"], found["computed"])
            else {name for name in found["stored"] if found["stored"][name] != found["computed"][name]},
        )
        for found in verification.details
    ]
