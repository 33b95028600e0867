"""What a user may do, in which organizations.

Whether an organization is not active, does not exist or does not count the user among its members: the answer is None.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import JSONObject

from apps.accounts.models import Membership, Organization, Role, User
from apps.core.context import across_all_organizations

_RANKS = {Role.VIEWER: 0, Role.ANALYST: 1, Role.OWNER: 2}
_ORGANIZATION_FIELDS = tuple(Organization._meta.concrete_fields)
_PREFETCHED = "organizations_and_roles"
_NAMED = "organization_named"
_EVERY_MEMBERSHIP = "a user's memberships lie in several organizations"


@dataclass(frozen=True, slots=True)
class Access:
    """A user's role in one active organization."""

    user: User
    organization: Organization
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether this access includes what `role` may do: an owner includes an analyst, an analyst a viewer."""
        return _RANKS[self.role] >= _RANKS[role]


def users_with_accesses(*, named: str | None = None) -> models.QuerySet[User]:
    """Return users whose accesses come in the same statement, so that authentication costs one query.

    `named` is the id or short name of an organization: a superuser's access to it comes along.
    """
    with across_all_organizations(reason=_EVERY_MEMBERSHIP):
        memberships = Membership.objects.filter(user=models.OuterRef("pk"), organization__is_active=True)
        found = memberships.order_by("organization__name", "organization_id").values(
            access=JSONObject(
                role="role", **{field.attname: f"organization__{field.attname}" for field in _ORGANIZATION_FIELDS}
            )
        )
        users = User.objects.annotate(**{_PREFETCHED: ArraySubquery(found)})
    condition = organization_condition(named)
    if condition is None:
        return users
    chosen = (
        Organization.objects.filter(condition, is_active=True)
        .alias(asked_by_superuser=models.ExpressionWrapper(models.OuterRef("is_superuser"), models.BooleanField()))
        .filter(asked_by_superuser=True)
    )
    organization = JSONObject(**{field.attname: field.attname for field in _ORGANIZATION_FIELDS})
    return users.annotate(**{_NAMED: ArraySubquery(chosen.values(access=organization))})


def organization_condition(named: str | None) -> models.Q | None:
    """Return the filter that finds an organization by id or short name, or None where the text can be neither."""
    if not named or len(named) > 60:
        return None
    if _is_uuid(named):
        return models.Q(pk=named)
    return models.Q(slug=named) if named.isascii() and named.replace("-", "").replace("_", "").isalnum() else None


def accesses_of(user: User) -> tuple[Access, ...]:
    """Return what a user may do, by name of organization; a superuser owns every active organization.

    No query for a user from `users_with_accesses`, except for a superuser: one.
    """
    if not user.is_active:
        return ()
    if user.is_superuser:
        organizations = Organization.objects.filter(is_active=True).order_by("name", "pk")
        return tuple(Access(user, organization, Role.OWNER) for organization in organizations)
    return _memberships(user)


def find_access(user: User, named: str) -> Access | None:
    """Return the access to the organization of this id or short name, or None: also where it does not exist.

    No query for a user from `users_with_accesses(named=named)`, at most one for others.
    """
    if not user.is_active or organization_condition(named) is None:
        return None
    if user.is_superuser:
        return _superuser_access(user, named)
    for access in _memberships(user):
        if named in {str(access.organization.pk), access.organization.slug}:
            return access
    return None


def _superuser_access(user: User, named: str) -> Access | None:
    for organization in map(_organization, getattr(user, _NAMED, ())):
        if named in {str(organization.pk), organization.slug}:
            return Access(user, organization, Role.OWNER)
    condition = organization_condition(named)
    found = None if condition is None else Organization.objects.filter(condition, is_active=True).first()
    return None if found is None else Access(user, found, Role.OWNER)


def _memberships(user: User) -> tuple[Access, ...]:
    fetched: list[dict[str, Any]] | None = getattr(user, _PREFETCHED, None)
    if fetched is None:
        fetched = getattr(users_with_accesses().filter(pk=user.pk).first(), _PREFETCHED, [])
    return tuple(Access(user, _organization(row), Role(row["role"])) for row in fetched)


def _organization(row: dict[str, Any]) -> Organization:
    names = [field.attname for field in _ORGANIZATION_FIELDS]
    return Organization.from_db("default", names, [f.to_python(row[f.attname]) for f in _ORGANIZATION_FIELDS])


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
