"""Writes of accounts that more than one surface asks for."""

import datetime

from apps.accounts.models import Membership, Organization, Role, User
from apps.core.context import organization_context
from apps.core.database import in_transaction


def create_organization(
    *,
    slug: str,
    name: str,
    timezone: str,
    currency: str,
    day_starts_at: datetime.time,
    owner_email: str,
) -> tuple[Organization, User, bool]:
    """Create an organization with its first owner, who may use the admin; return both and whether the user is new.

    A new owner cannot sign in until a password is set.

    Raises:
        ValidationError: a field is refused; it names the field, and nothing is written.

    """
    organization = Organization(slug=slug, name=name, timezone=timezone, currency=currency, day_starts_at=day_starts_at)
    organization.full_clean()
    email = owner_email.lower()
    with in_transaction():
        owner = User.objects.filter(email=email).first()
        created = owner is None
        if owner is None:
            owner = User(email=email, is_staff=True)
            owner.set_unusable_password()
            owner.full_clean()
            owner.save()
        organization.save()
        with organization_context(organization.pk):
            Membership.objects.create(organization=organization, user=owner, role=Role.OWNER)
    return organization, owner, created
