"""Reads over accounts."""

from apps.accounts.models import Membership, Role


def is_last_owner(membership: Membership) -> bool:
    """Tell whether the organization would have no active owner without this membership. One query."""
    if membership.role != Role.OWNER:
        return False
    others = Membership.objects.for_organization(membership.organization_id).exclude(pk=membership.pk)
    return not others.filter(role=Role.OWNER, user__is_active=True).exists()
