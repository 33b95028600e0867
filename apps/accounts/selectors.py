"""Reads over accounts."""

from apps.accounts.models import Membership, Role


def is_last_owner(membership: Membership, *, lock: bool = False) -> bool:
    """Tell whether the organization would have no active owner without this membership. One query.

    With `lock`, inside a transaction, the answer holds until its end: two owners who step down at once do so in turn.
    """
    if membership.role != Role.OWNER:
        return False
    owners = Membership.objects.for_organization(membership.organization_id).filter(role=Role.OWNER)
    if lock:
        owners = owners.select_for_update(of=("self",))
    found = owners.order_by("pk").values_list("pk", "user__is_active")
    return not any(is_active and pk != membership.pk for pk, is_active in found)
