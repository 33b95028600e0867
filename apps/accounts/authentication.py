"""Who makes a request: a session's cookie or a bearer token, each for one query.

The user comes with accesses, and is read anew for every request: a disabled user, a removed member or a revoked token
fails on the next one.
"""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from apps.accounts.access import with_accesses
from apps.accounts.callers import CALLER_ALONE, find_caller
from apps.accounts.models import User
from apps.accounts.tokens import LONG_LIVED_PREFIX, user_of_long_lived_token, user_of_signed_token

ORGANIZATION_HEADER = "X-Organization-ID"
_REFUSED = "The token is not valid, has expired, or its user may no longer sign in."


def named_organization(request: Any) -> str | None:
    """Return the id or short name a request gives, from its path or else the header; None where it gives neither."""
    in_path: str | None = request.parser_context["kwargs"].get("organization")
    return in_path if in_path is not None else request.headers.get(ORGANIZATION_HEADER)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer ...` with a signed token or a long-lived one."""

    def authenticate(self, request: Any) -> tuple[User, str] | None:
        """Return the user, or None for a request without a bearer token.

        Raises:
            AuthenticationFailed: there is a token, and it is no good.

        """
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            text = credentials.strip().decode("ascii")
        except UnicodeDecodeError as error:
            raise AuthenticationFailed(_REFUSED) from error
        long_lived = text.startswith(LONG_LIVED_PREFIX)
        find = user_of_long_lived_token if long_lived else user_of_signed_token
        user = find(text, organization=named_organization(request), statement=_statement(request))
        if user is None:
            raise AuthenticationFailed(_REFUSED)
        return user, "long_lived" if long_lived else "signed"

    def authenticate_header(self, request: Any) -> str:
        """Say how to sign in."""
        return 'Bearer realm="api"'


class SessionCookieAuthentication(SessionAuthentication):
    """The cookie of the admin's sign-in, with its CSRF token on whatever changes something."""

    def authenticate(self, request: Any) -> tuple[User, str] | None:
        """Return the user, or None for a request without a session that is still good.

        Raises:
            PermissionDenied: the CSRF token is missing or wrong.

        """
        session = request._request.session  # noqa: SLF001 - Django REST Framework's way to Django's request
        user_id = session.get(SESSION_KEY)
        if user_id is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
            return None
        caller = find_caller(
            user_id=_read_id(user_id), named=named_organization(request), statement=_statement(request)
        )
        if caller is None:
            return None
        user = with_accesses(caller)
        if not _signed_in_with_present_password(user, session.get(HASH_SESSION_KEY, "")):
            return None
        request._request.user = user  # noqa: SLF001 - or a middleware would read the user a second time
        self.enforce_csrf(request)
        return user, "session"


def _statement(request: Any) -> str:
    """Return the statement that finds the caller, with what the endpoint wants to know besides."""
    statement: str = getattr(request.parser_context["view"], "caller_statement", CALLER_ALONE)
    return statement


def _read_id(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _signed_in_with_present_password(user: User, session_hash: str) -> bool:
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(session_hash, candidate) for candidate in good)
