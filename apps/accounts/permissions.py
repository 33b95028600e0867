"""The platform's rules: what each role may do.

Viewers read; analysts and owners also write facts. Viewers see who a customer is, not how to reach them. A user of no
organization has nothing to read.
"""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission

from apps.accounts.access import Access
from apps.accounts.models import Role
from apps.core.rest.errors import Forbidden

READS_FACTS = Role.VIEWER
WRITES_FACTS = Role.ANALYST
SEES_CONTACT_DETAILS = Role.ANALYST

NO_ORGANIZATION = (
    "You are signed in, but belong to no organization. Ask an owner of yours to add you as a member; "
    "platform superusers name the organization in the header X-Organization-ID."
)


class ByRole(BasePermission):
    """The role that an endpoint of an organization asks for: `read_role` to read, `write_role` to change."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Let the role through.

        Raises:
            Forbidden: the role is not enough; the message says which one is.

        """
        needed = view.read_role if request.method in SAFE_METHODS else view.write_role
        if not view.access.may(needed):
            raise Forbidden(f"This takes the role {needed.label.lower()} or above.", role=view.access.role.value)
        return True


class WithoutLongLivedToken(BasePermission):
    """Tokens are managed by the person: a leaked token must not make itself another."""

    message = "Sign in to manage tokens: a long-lived token cannot."

    def has_permission(self, request: Any, view: Any) -> bool:
        """Let sessions and signed tokens through."""
        return bool(request.auth != "long_lived")


def may_see_contact_details(access: Access) -> bool:
    """Tell whether e-mail addresses and phone numbers of customers are shown in full."""
    return access.may(SEES_CONTACT_DETAILS)
