"""The views every endpoint builds on: who asks, for which organization, with which parameters."""

from collections.abc import Sequence
from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, NotAuthenticated, Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from apps.accounts.access import Access, accesses_of, find_access
from apps.accounts.authentication import ORGANIZATION_HEADER, named_organization
from apps.accounts.callers import CALLER_ALONE
from apps.accounts.models import Organization
from apps.accounts.permissions import NO_ORGANIZATION, READS_FACTS, WRITES_FACTS, ByRole
from apps.core.context import enter_organization
from apps.core.rest.errors import Forbidden, InvalidParameter, MissingHeader, NotThere
from apps.core.rest.throttling import AddressRate, AnonymousRate, UserRate, WriteRate

NO_SUCH_ORGANIZATION = "There is no such organization, or you are not a member of it."


class PlatformEndpoint(APIView):
    """An endpoint for signed-in users that works for no particular organization."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    permission_classes: Sequence[Any] = (IsAuthenticated,)
    throttle_classes: Sequence[type[BaseThrottle]] = (AnonymousRate, UserRate, WriteRate)
    caller_statement = CALLER_ALONE

    def query_parameters(self) -> frozenset[str]:
        """Return the names this request may have in its query; any other is refused, not ignored."""
        return frozenset()

    def perform_authentication(self, request: Any) -> None:
        """Find out who asks; failures are counted by address."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            rate = AddressRate()
            if not rate.allow_request(request, self):
                raise Throttled(wait=rate.wait()) from None
            raise

    def check_permissions(self, request: Any) -> None:
        """Check who asks, whether there is such a method, what it may do, then the names of the parameters."""
        method = (request.method or "").lower()
        if method not in self.http_method_names or getattr(self, method, None) is None:
            if not request.user.is_authenticated and not isinstance(self, PublicEndpoint):
                raise NotAuthenticated
            raise MethodNotAllowed(request.method)
        super().check_permissions(request)
        refuse_unknown_parameters(request.query_params, self.query_parameters())

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers out of shared caches: what is in them depends on who asks."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ["Authorization", "Cookie", ORGANIZATION_HEADER])
        return answer


class PublicEndpoint(PlatformEndpoint):
    """An endpoint that needs nobody to be signed in; cookies and tokens are not even read."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class OrganizationEndpoint(PlatformEndpoint):
    """An endpoint of one organization; everything after `initial` runs inside its context."""

    permission_classes = (IsAuthenticated, ByRole)
    read_role = READS_FACTS
    write_role = WRITES_FACTS
    access: Access

    @property
    def organization(self) -> Organization:
        """Return the organization the request works for."""
        return self.access.organization

    def check_permissions(self, request: Any) -> None:
        """Enter the organization before its roles are looked at."""
        if request.user.is_authenticated:
            self.access = resolve_access(request)
            enter_organization(self.organization.pk)
        super().check_permissions(request)


def resolve_access(request: Any) -> Access:
    """Return the access a request works with. No query: authentication brought it along.

    The organization is the one of the path, else of the header X-Organization-ID (id or short name), else the caller's
    only one.

    Raises:
        NotThere: it does not exist, is not active, or the caller is no member: one answer for all.
        MissingHeader: the caller has several, or is a superuser, and named none.
        Forbidden: the caller has none.

    """
    named = named_organization(request)
    if named is not None:
        access = find_access(request.user, named)
        if access is None:
            raise NotThere(NO_SUCH_ORGANIZATION)
        return access
    accesses = () if request.user.is_superuser else accesses_of(request.user)
    if len(accesses) == 1:
        return accesses[0]
    if accesses or request.user.is_superuser:
        raise MissingHeader(
            f"Name the organization in the header {ORGANIZATION_HEADER}, by id or short name.",
            required_header=ORGANIZATION_HEADER,
        )
    raise Forbidden(NO_ORGANIZATION)


def refuse_unknown_parameters(query: Any, known: frozenset[str]) -> None:
    """Accept each known parameter at most once.

    Raises:
        InvalidParameter: one is unknown, or given twice.

    """
    for name, values in query.lists():
        if name not in known:
            told = f"There is no such parameter; there are {', '.join(sorted(known))}." if known else "There are none."
            raise InvalidParameter(name[:100].encode("utf-8", "replace").decode(), message=told)
        if len(values) > 1:
            raise InvalidParameter(name, message="Give it once.")
        if not values[0].strip():
            raise InvalidParameter(name, message="Give a value, or leave the parameter out.")
