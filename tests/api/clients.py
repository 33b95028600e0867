"""Callers of the API."""

from typing import Any

from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.tokens import issue_tokens


def client_of(user: User | None = None, *, organization: str | None = None, **options: Any) -> APIClient:
    """Return a client that signs in as this user by a fresh access token, or as nobody."""
    client = APIClient(raise_request_exception=False, **options)
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")
    if organization is not None:
        client.defaults["HTTP_X_ORGANIZATION_ID"] = organization
    return client


def error_code(response: Any) -> str:
    """Return the code of an answer that must be an error in its envelope."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["message"]
    return body["error"]["code"]
