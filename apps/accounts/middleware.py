"""The organization of a request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from apps.core.context import no_organization


class OrganizationContextMiddleware:
    """Begin each request without an organization, and forget at its end the one that was entered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        with no_organization():
            return self.get_response(request)
