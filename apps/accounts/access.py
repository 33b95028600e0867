"""What a user may do, in which organizations.

Whether an organization is not active, does not exist or does not count the user among its members: the answer is None.
"""

from dataclasses import dataclass

from django.db import models

from apps.accounts.callers import Caller, find_caller, organization_named
from apps.accounts.models import Organization, Role, User

_RANKS = {Role.VIEWER: 0, Role.ANALYST: 1, Role.OWNER: 2}
_PREFETCHED = "organizations_and_roles"
_NAMED = "organization_named"


@dataclass(frozen=True, slots=True)
class Access:
    """A user's role in one active organization."""

    user: User
    organization: Organization
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether this access includes what `role` may do: an owner includes an analyst, an analyst a viewer."""
        return _RANKS[self.role] >= _RANKS[role]


def with_accesses(caller: Caller) -> User:
    """Return the user with the accesses that came along, so that asking for them costs no query."""
    user = caller.user
    user.organizations_and_roles = caller.organizations  # type: ignore[attr-defined]
    user.organization_named = caller.named  # type: ignore[attr-defined]
    user.brought = caller.brought  # type: ignore[attr-defined]
    return user


def accesses_of(user: User) -> tuple[Access, ...]:
    """Return what a user may do, by name of organization; a superuser owns every active organization.

    No query for a user from `with_accesses`, except for a superuser: one.
    """
    if not user.is_active:
        return ()
    if user.is_superuser:
        organizations = Organization.objects.filter(is_active=True).order_by("name", "pk")
        return tuple(Access(user, organization, Role.OWNER) for organization in organizations)
    return _memberships(user)


def find_access(user: User, named: str) -> Access | None:
    """Return the access to the organization of this id or short name, or None: also where it does not exist.

    No query for a user from `with_accesses` of a caller who named it, at most one for others.
    """
    if not user.is_active or organization_named(named) == (None, None):
        return None
    if user.is_superuser:
        return _superuser_access(user, named)
    for access in _memberships(user):
        if named in {str(access.organization.pk), access.organization.slug}:
            return access
    return None


def _superuser_access(user: User, named: str) -> Access | None:
    fetched: Organization | None = getattr(user, _NAMED, None)
    if fetched is not None and named in {str(fetched.pk), fetched.slug}:
        return Access(user, fetched, Role.OWNER)
    named_id, slug = organization_named(named)
    found = Organization.objects.filter(models.Q(pk=named_id) | models.Q(slug=slug), is_active=True).first()
    return None if found is None else Access(user, found, Role.OWNER)


def _memberships(user: User) -> tuple[Access, ...]:
    fetched: tuple[tuple[Role, Organization], ...] | None = getattr(user, _PREFETCHED, None)
    if fetched is None:
        caller = find_caller(user_id=user.pk)
        fetched = caller.organizations if caller else ()
    return tuple(Access(user, organization, role) for role, organization in fetched)
