"""Who trades before the browser: a laundry of some weeks, its owner’s empty second firm, and somebody else’s clinic."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.utils import timezone

from apps.accounts.models import Organization, Role, User
from apps.core.context import organization_context
from apps.marketplace.models import Partner
from tests.analytics.records import refresh
from tests.backoffice.rows import make_rows
from tests.builders import (
    make_customer,
    make_line,
    make_member,
    make_order,
    make_organization,
    make_partner,
    make_payment,
    make_product,
    make_refund,
    make_user,
)

CANARY = "canary-of-the-clinic"
DAYS = 35
FILLED = ("analytics.dailyrevenuesummary", "analytics.partnerperformancemetric", "analytics.customeranalytics")


@dataclass
class Trade:
    """A laundry with orders of five weeks and its people; its owner has a second organization, with nothing in it.

    The clinic is somebody else's: `of_clinic` holds a row of each model by label, and each shows the canary.
    """

    laundry: Organization
    empty: Organization
    clinic: Organization
    owner: User
    analyst: User
    viewer: User
    clinician: User
    partners: list[Partner]
    of_clinic: dict[str, Any]


def begin_trade() -> Trade:
    laundry = make_organization("laundry", name="Laundry", timezone="Europe/Berlin", currency="EUR")
    empty = make_organization("empty", name="Vacant")
    clinic = make_organization("clinic", name=CANARY)
    owner = make_user(email="owner@laundry.example", is_staff=True)
    for organization in (laundry, empty):
        make_member(organization, role=Role.OWNER, user=owner)
    analyst = make_member(laundry, role=Role.ANALYST, email="analyst@laundry.example", is_staff=True)
    viewer = make_member(laundry, role=Role.VIEWER, email="viewer@laundry.example", is_staff=True)
    clinician = make_member(clinic, role=Role.OWNER, email=f"{CANARY}@mail.example", is_staff=True)
    partners = write_orders(laundry)
    of_clinic = make_rows(clinic, clinician, mark=CANARY)
    lately = timezone.now() - datetime.timedelta(days=2)
    partner, customer = of_clinic["marketplace.partner"], of_clinic["marketplace.customer"]
    make_order(clinic, number=f"{CANARY}-2", partner=partner, customer=customer, total=70, placed_at=lately)
    for organization in (laundry, clinic):
        refresh(organization)
    with organization_context(clinic.pk):
        for label in FILLED:  # the refresh has written its own
            of_clinic[label] = apps.get_model(label).objects.first()
    return Trade(
        laundry=laundry, empty=empty, clinic=clinic, owner=owner, analyst=analyst, viewer=viewer, clinician=clinician,
        partners=partners, of_clinic=of_clinic,
    )  # fmt: skip


def write_orders(laundry: Organization) -> list[Partner]:
    """Return the partners; every order is of one of them."""
    partners = [make_partner(laundry, name=name, daily_capacity=8) for name in ("Bubble", "Foam", "Rinse")]
    customers = [
        make_customer(laundry, name=f"Customer {letter}", email=f"{letter}@mail.example") for letter in "ABCDE"
    ]
    product = make_product(laundry, name="Shirts")
    noon = timezone.now().replace(hour=10, minute=30, second=0, microsecond=0)
    for back in range(DAYS, 0, -1):
        placed = noon - datetime.timedelta(days=back)
        for number in range(1 + back % 3):
            total = Decimal(20 + (back * 7 + number * 11) % 40)
            order = make_order(
                laundry,
                partner=partners[(back + number) % 3],
                customer=customers[(back * 3 + number) % 5],
                channel=("web", "app", "phone")[(back + number) % 3],
                placed_at=placed + datetime.timedelta(hours=number),
                accepted_at=placed + datetime.timedelta(hours=number, minutes=9),
                completed_at=placed + datetime.timedelta(hours=number + 20),
                status="completed",
                total=total,
                subtotal=total,
            )
            make_line(order, product=product, quantity=1, unit_price=total, total=total)
            make_payment(order, amount=total, method=("card", "cash")[number % 2])
    make_refund(laundry, order=order, amount=5, refunded_at=noon - datetime.timedelta(hours=20))
    return partners
