"""Addresses of accounts, below /api/auth/."""

from apps.accounts.api import Me, Refresh, SignIn, TokenDetail, Tokens
from apps.core.rest.routing import address

urlpatterns = [
    address("token", SignIn.as_view(), "sign-in"),
    address("token/refresh", Refresh.as_view(), "refresh"),
    address("me", Me.as_view(), "me"),
    address("tokens", Tokens.as_view(), "tokens"),
    address("tokens/(?P<id>[^/]+)", TokenDetail.as_view(), "token"),
]
