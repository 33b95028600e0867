"""The organization of an admin request."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from apps.accounts.administration.requests import attach_access, is_platform_request
from apps.accounts.models import User
from apps.accounts.notation import notation_of, use_notation
from apps.backoffice.current import SESSION_KEY, chosen_access
from apps.backoffice.pages import no_organization_page
from apps.core.context import enter_organization

_OPEN_WITHOUT_ORGANIZATION = frozenset(
    {"login", "logout", "password_change", "password_change_done", "jsi18n", "organization"}
)


class AdminOrganizationMiddleware:
    """Let staff work for one organization at a time: the session's, while they belong to it, else their first.

    Membership is read on every request: who was removed loses access with the next one. The organization's time zone
    becomes the one that pages show and forms read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request; the time zone and the notation do not outlive it."""
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
            use_notation(None)
            translation.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, options: Any
    ) -> HttpResponseBase | None:
        """Enter the organization of a signed-in member of staff, before an admin page runs."""
        match = request.resolver_match
        if match is None or "admin" not in match.namespaces:
            return None
        user = request.user
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            return None
        access = chosen_access(user, request.session.get(SESSION_KEY))
        if access is not None:
            attach_access(request, access)
            enter_organization(access.organization.pk)
            timezone.activate(zoneinfo.ZoneInfo(access.organization.timezone))
            use_notation(notation_of(access.organization))
            if access.organization.locale == "en-US":
                translation.activate("en-us")  # the same words, its own way to write dates
            return None
        if is_platform_request(request) or match.url_name in _OPEN_WITHOUT_ORGANIZATION:
            return None
        return no_organization_page(request)
