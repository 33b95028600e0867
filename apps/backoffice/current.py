"""Which organization a member of staff works for."""

from apps.accounts.access import Access, accesses_of, find_access
from apps.accounts.models import Organization, Role, User

SESSION_KEY = "admin_organization"


def chosen_access(user: User, remembered: str | None) -> Access | None:
    """Return the access to the remembered organization, else to the first by name, else None. One or two queries."""
    if not user.is_superuser:
        accesses = accesses_of(user)
        remembered_ones = (access for access in accesses if str(access.organization.pk) == remembered)
        return next(remembered_ones, accesses[0] if accesses else None)
    if remembered and (access := find_access(user, remembered)):
        return access
    first = Organization.objects.filter(is_active=True).order_by("name", "pk").first()
    return None if first is None else Access(user, first, Role.OWNER)
