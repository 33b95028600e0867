"""How OpenAPI describes our endpoints: who may call them, for which organization, and what their errors look like."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from apps.accounts.authentication import ORGANIZATION_HEADER
from apps.accounts.endpoints import OrganizationEndpoint, PublicEndpoint
from apps.accounts.idempotency import IDEMPOTENCY_HEADER
from apps.core.context import across_all_organizations

_REASONS = {
    "400": "A parameter, field or header is missing or cannot be accepted; nothing was changed.",
    "401": "No credentials, or none that are good any more.",
    "403": "The caller's role is not enough, or a session sent no CSRF token.",
    "404": "It does not exist, or belongs to another organization.",
    "405": "The address does not answer this method.",
    "406": "The Accept header excludes application/json.",
    "409": "What is stored says otherwise; nothing was changed.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "429": "Too many requests; `Retry-After` says when to try again.",
    "500": "A failure of ours; `details.request_id` identifies it.",
    "503": "The database is not available for the moment; `Retry-After` says when to try again.",
}


class ErrorContentSerializer(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="For programs; it does not change.")
    message = serializers.CharField(help_text="For people.")
    details = serializers.DictField(
        help_text="`fields` names each refused parameter or field by its path, such as `lines.2.quantity`."
    )


class ErrorSerializer(serializers.Serializer[Any]):
    """The shape of every error."""

    error = ErrorContentSerializer()


class EndpointSchema(AutoSchema):
    """Adds to every operation its headers and its errors."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Describe an operation."""
        with across_all_organizations(reason="OpenAPI looks at querysets and reads no rows"):
            return super().get_operation(*args, **kwargs)

    def get_override_parameters(self) -> list[Any]:
        """Document the headers that say which organization, and which repeat."""
        parameters: list[Any] = []
        if isinstance(self.view, OrganizationEndpoint) and "{organization}" not in self.path:
            parameters.append(
                OpenApiParameter(
                    ORGANIZATION_HEADER,
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description="Id or short name of the organization; members of a single one may leave it out.",
                )
            )
        if self.method == "POST" and getattr(self.view, "idempotent_by_key", False):
            parameters.append(
                OpenApiParameter(
                    IDEMPOTENCY_HEADER,
                    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    description=(
                        "Any text of your choice. The same key with the same request gives the stored answer again, "
                        "for at least 24 hours; with another request it is refused."
                    ),
                )
            )
        return parameters

    def get_request_serializer(self) -> Any:
        """Tell what a new fact is told with, where it differs from what is shown."""
        told = getattr(self.view, "new_serializer_class", None) if self.method == "POST" else None
        return told or super().get_request_serializer()

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if "201" in bodies and getattr(self.view, "idempotent_by_key", False):
            bodies["201"]["description"] = "Recorded."
            bodies["200"] = {**bodies["201"], "description": "It was there already, with the same content."}
        for status in self._possible_errors():
            described = OpenApiResponse(ErrorSerializer, description=_REASONS[status])
            if status not in bodies:
                bodies[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    described, status, ["application/json"], direction
                )
        return bodies

    def _possible_errors(self) -> list[str]:
        expected = {"400", "404", "405", "406", "429", "500", "503"}
        writes = self.method not in {"GET", "HEAD"}
        if not isinstance(self.view, PublicEndpoint):
            expected |= {"401", "403"}
        elif writes:
            expected |= {"401"}
        if writes:
            expected |= {"409", "413", "415"}
        return sorted(expected)


class SignedInByToken(OpenApiAuthenticationExtension):
    """Bearer tokens in the schema."""

    target_class = "apps.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token from /api/auth/token/, or a long-lived token (bw_...).",
        }


class SignedInBySession(OpenApiAuthenticationExtension):
    """The admin's cookie in the schema."""

    target_class = "apps.accounts.authentication.SessionCookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The cookie of the admin's sign-in; requests that change something send X-CSRFToken too.",
        }
