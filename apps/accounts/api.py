"""Signing in, who am I, long-lived tokens."""

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from apps.accounts.access import accesses_of
from apps.accounts.endpoints import PlatformEndpoint, PublicEndpoint
from apps.accounts.models import ApiToken, User
from apps.accounts.permissions import WithoutLongLivedToken
from apps.accounts.serializers import (
    AccessTokenSerializer,
    ApiTokenSerializer,
    MeSerializer,
    NewApiTokenSerializer,
    RefreshSerializer,
    SignInSerializer,
    TokenPairSerializer,
)
from apps.accounts.tokens import (
    create_long_lived_token,
    issue_tokens,
    refresh_access,
    revoke_long_lived_token,
)
from apps.core.rest.errors import NotThere
from apps.core.rest.fields import read_id
from apps.core.rest.throttling import SIGN_IN_RATES, SignInAddressRate


class SignIn(PublicEndpoint):
    """Exchange an e-mail address and a password for tokens."""

    throttle_classes = SIGN_IN_RATES

    @extend_schema(operation_id="sign_in", request=SignInSerializer, responses=TokenPairSerializer, tags=["auth"])
    def post(self, request: Any) -> Response:
        """Sign in. A wrong address, a wrong password and a disabled account get one and the same answer."""
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        # The password is hashed whether or not the address is known, so that time tells nothing either.
        user = authenticate(
            request._request,  # noqa: SLF001 - Django REST Framework's way to Django's request
            username=given.validated_data["email"].strip().lower(),
            password=given.validated_data["password"],
        )
        if not isinstance(user, User):
            raise AuthenticationFailed("The e-mail address or the password is wrong.")
        return Response(TokenPairSerializer(issue_tokens(user)).data)

    def get_authenticate_header(self, request: Any) -> str:
        """Answer 401, although no credentials are read here."""
        return 'Bearer realm="api"'


class Refresh(PublicEndpoint):
    """Get the next access token."""

    throttle_classes = (SignInAddressRate,)

    @extend_schema(operation_id="refresh", request=RefreshSerializer, responses=AccessTokenSerializer, tags=["auth"])
    def post(self, request: Any) -> Response:
        """Exchange a refresh token for an access token; not after the password changed or the account was disabled."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        access = refresh_access(given.validated_data["refresh"])
        if access is None:
            raise AuthenticationFailed(
                "The refresh token is not valid, has expired, or its user may no longer sign in."
            )
        return Response({"access": access})

    def get_authenticate_header(self, request: Any) -> str:
        """Answer 401, although no credentials are read here."""
        return 'Bearer realm="api"'


class Me(PlatformEndpoint):
    """The caller."""

    @extend_schema(operation_id="me", responses=MeSerializer, tags=["auth"])
    def get(self, request: Any) -> Response:
        """Tell who the caller is, in which organizations, with which roles; a superuser owns all that are active."""
        request.user.accesses = accesses_of(request.user)
        return Response(MeSerializer(request.user).data)


class Tokens(PlatformEndpoint):
    """The caller's long-lived tokens."""

    permission_classes = (IsAuthenticated, WithoutLongLivedToken)

    @extend_schema(operation_id="tokens_list", responses=ApiTokenSerializer(many=True), tags=["auth"])
    def get(self, request: Any) -> Response:
        """List the tokens that are not revoked, newest first."""
        tokens = ApiToken.objects.filter(user=request.user, revoked_at=None)
        return Response(ApiTokenSerializer(tokens, many=True).data)

    @extend_schema(
        operation_id="tokens_create", request=ApiTokenSerializer, responses={201: NewApiTokenSerializer}, tags=["auth"]
    )
    def post(self, request: Any) -> Response:
        """Create a token; the answer is the only place that ever shows it."""
        given = ApiTokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        token, text = create_long_lived_token(
            user=request.user,
            name=given.validated_data["name"],
            expires_at=given.validated_data.get("expires_at"),
        )
        token.token = text  # type: ignore[attr-defined]
        return Response(NewApiTokenSerializer(token).data, status=201)


class TokenDetail(PlatformEndpoint):
    """One of the caller's long-lived tokens."""

    permission_classes = (IsAuthenticated, WithoutLongLivedToken)

    @extend_schema(operation_id="tokens_revoke", responses={204: None}, tags=["auth"])
    def delete(self, request: Any, id: str) -> Response:  # noqa: A002 - the name in the address
        """Revoke the token: it fails from the next request on."""
        token_id = read_id(id)
        if token_id is None or not revoke_long_lived_token(user=request.user, token_id=token_id):
            raise NotThere("There is no such token.")
        return Response(status=204)
