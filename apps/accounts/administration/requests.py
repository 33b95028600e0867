"""What an admin request may do: `apps.backoffice.middleware` attaches it, the admin classes ask here."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apps.accounts.access import Access
from apps.accounts.models import Role

_ATTRIBUTE = "admin_access"


def attach_access(request: HttpRequest, access: Access) -> None:
    """Let the rest of the request work for this organization in this role."""
    setattr(request, _ATTRIBUTE, access)


def access_of(request: HttpRequest) -> Access | None:
    """Return the current organization and role of an admin request, or None where it has no organization."""
    access: Access | None = getattr(request, _ATTRIBUTE, None)
    return access


def required_access(request: HttpRequest) -> Access:
    """Return the current organization and role of an admin request.

    Raises:
        PermissionDenied: it has no organization.

    """
    access = access_of(request)
    if access is None:
        raise PermissionDenied
    return access


def may(request: HttpRequest, role: Role) -> bool:
    """Tell whether the request may do what `role` may do in its organization."""
    access = access_of(request)
    return access is not None and access.may(role)


def is_platform_request(request: HttpRequest) -> bool:
    """Tell whether a superuser asks, who runs the platform itself."""
    user = request.user
    return bool(user.is_active and user.is_staff and user.is_superuser)
