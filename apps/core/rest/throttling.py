"""How often something may be asked, counted in the cache and never in the database.

A window is a fixed span of the clock. Counting is one atomic increment, so that no burst slips through between reading
and writing. Without the cache nothing is limited: an outage of Redis must not become an outage of the API.
"""

import hashlib
import ipaddress
import logging
import time
from types import SimpleNamespace
from typing import Any

import redis
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger("bellwether.api")

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Rate(BaseThrottle):
    """At most so many requests of one kind by one caller; `DEFAULT_THROTTLE_RATES` has "600/minute" or None."""

    scope = ""

    def caller(self, request: Any) -> str | None:
        """Return whose requests are counted together, or None where this rate does not apply."""
        raise NotImplementedError

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count this request and tell whether it is within the rate."""
        rate = api_settings.DEFAULT_THROTTLE_RATES[self.scope]
        caller = self.caller(request)
        if rate is None or caller is None:
            return True
        number, _, unit = str(rate).partition("/")
        seconds = _SECONDS[unit]
        window, into_window = divmod(time.time(), seconds)
        self._seconds_left = seconds - into_window
        digest = hashlib.sha256(caller.encode()).hexdigest()[:32]
        try:
            key = f"rate:{self.scope}:{digest}:{int(window)}"
            counted: int = cache.count(key, seconds=seconds)  # type: ignore[attr-defined]  # SharedRedisCache has it
        except redis.RedisError:
            logger.warning("The cache does not answer: the rate %s is not limited", self.scope)
            return True
        return counted <= int(number)

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return max(1.0, self._seconds_left)


class AnonymousRate(Rate):
    """Callers who have not signed in, by address."""

    scope = "anonymous"

    def caller(self, request: Any) -> str | None:
        """Count by address."""
        return None if request.user and request.user.is_authenticated else str(self.get_ident(request))


class AddressRate(AnonymousRate):
    """Failed authentication, by address: whoever it claims to be."""

    def caller(self, request: Any) -> str | None:
        """Count by address."""
        return str(self.get_ident(request))


class UserRate(Rate):
    """Signed-in callers."""

    scope = "user"

    def caller(self, request: Any) -> str | None:
        """Count by user."""
        return str(request.user.pk) if request.user and request.user.is_authenticated else None


class WriteRate(UserRate):
    """Signed-in callers who change something."""

    scope = "writes"

    def caller(self, request: Any) -> str | None:
        """Count by user."""
        return None if request.method in {"GET", "HEAD", "OPTIONS"} else super().caller(request)


class SignInAddressRate(Rate):
    """Attempts to sign in, by address."""

    scope = "sign_in_address"

    def caller(self, request: Any) -> str | None:
        """Count by address."""
        return str(self.get_ident(request))


class SignInAccountRate(Rate):
    """Attempts to sign in to one account from anywhere, whether or not it exists.

    It is wider than what one address may try, so that nobody alone can keep an account's owner out.
    """

    scope = "sign_in_account"

    def caller(self, request: Any) -> str | None:
        """Count by e-mail address."""
        email = request.data.get("email")
        return email.strip().lower() if isinstance(email, str) else None


class SignInPairRate(SignInAccountRate):
    """Attempts to sign in to one account from one address."""

    scope = "sign_in_pair"

    def caller(self, request: Any) -> str | None:
        """Count by e-mail address and address."""
        account = super().caller(request)
        return None if account is None else f"{self.get_ident(request)} {account}"


def address_of(request: Any) -> str | None:
    """Return the IP address a request came from, as rates count it, or None where it is none."""
    try:
        return str(ipaddress.ip_address(BaseThrottle().get_ident(request)))
    except ValueError:
        return None


SIGN_IN_RATES = (SignInAddressRate, SignInPairRate, SignInAccountRate)


def may_try_to_sign_in(request: HttpRequest, *, email: str) -> bool:
    """Count an attempt to sign in on a page, together with those over the API; tell whether it is within the rates."""
    attempt = SimpleNamespace(META=request.META, headers=request.headers, data={"email": email})
    return all(rate().allow_request(attempt, None) for rate in SIGN_IN_RATES)
