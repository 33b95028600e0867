"""Bearer tokens: short-lived signed ones, and long-lived ones of which only a digest is kept."""

import datetime
import functools
import hashlib
import secrets
import uuid
from dataclasses import dataclass

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import aware_utcnow

from apps.accounts.access import with_accesses
from apps.accounts.callers import CALLER_ALONE, find_caller
from apps.accounts.models import ApiToken, User

LONG_LIVED_PREFIX = "bw_"
PREFIX_LENGTH = 11
USED_RECENTLY = datetime.timedelta(hours=1)
TOKENS_REMEMBERED = 2048
# The claim changes with the password. It is a keyed digest, so that a token gives nothing away about the hash.
_CREDENTIAL_CLAIM = "credential"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a sign-in gives: `access` for minutes, `refresh` to get the next one."""

    access: str
    refresh: str


def issue_tokens(user: User) -> TokenPair:
    """Return signed tokens that end with the user's present password."""
    refresh = RefreshToken.for_user(user)
    refresh[_CREDENTIAL_CLAIM] = user.get_session_auth_hash()
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def refresh_access(text: str) -> str | None:
    """Return a new access token, or None where the refresh token or its user is no longer good. One query."""
    try:
        token = RefreshToken(text)  # type: ignore[arg-type]
    except TokenError:
        return None
    user = _holder(token)
    return None if user is None else str(token.access_token)


def user_of_signed_token(text: str, *, organization: str | None, statement: str = CALLER_ALONE) -> User | None:
    """Return the active user an access token was issued to, with accesses, or None. One query, none for a forgery."""
    try:
        token = _signed(text)
        token.check_exp(current_time=aware_utcnow())
    except TokenError:
        return None
    return _holder(token, organization=organization, statement=statement)


def user_of_long_lived_token(text: str, *, organization: str | None, statement: str = CALLER_ALONE) -> User | None:
    """Return the active user of a token that is neither expired nor revoked, with accesses, or None.

    One query; the digest is looked up, so that timing tells nothing about the tokens that exist. The time of last use
    is written at most once an hour: that request costs one more.
    """
    now = timezone.now()
    caller = find_caller(digest=_digest(text), named=organization, statement=statement)
    if caller is None or caller.token_id is None:
        return None
    if caller.token_used_at is None or caller.token_used_at < now - USED_RECENTLY:
        ApiToken.objects.filter(pk=caller.token_id).update(last_used_at=now)
    return with_accesses(caller)


def create_long_lived_token(*, user: User, name: str, expires_at: datetime.datetime | None) -> tuple[ApiToken, str]:
    """Return the new row and the token itself, which is nowhere kept: it can be shown this once."""
    text = LONG_LIVED_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, prefix=text[:PREFIX_LENGTH], digest=_digest(text), expires_at=expires_at
    )
    return token, text


def revoke_long_lived_token(*, user: User, token_id: uuid.UUID) -> bool:
    """End a token of this user from the next request on; tell whether there was one to end."""
    live = ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None)
    return live.update(revoked_at=timezone.now()) == 1


@functools.lru_cache(maxsize=TOKENS_REMEMBERED)
def _signed(text: str) -> Token:
    """Return the claims of an access token; what we signed stays signed, only its time runs out.

    Raises:
        TokenError: we did not sign it, or it has expired.

    """
    return AccessToken(text)  # type: ignore[arg-type]


def _holder(token: Token, *, organization: str | None = None, statement: str = CALLER_ALONE) -> User | None:
    try:
        user_id = uuid.UUID(str(token.get("user_id")))
    except ValueError:
        return None
    caller = find_caller(user_id=user_id, named=organization, statement=statement)
    if caller is None:
        return None
    good = constant_time_compare(str(token.get(_CREDENTIAL_CLAIM)), caller.user.get_session_auth_hash())
    return with_accesses(caller) if good else None


def _digest(text: str) -> str:
    # The token has 256 random bits: a plain digest cannot be reversed, and can be looked up.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
