"""Accounts in JSON."""

import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import ApiToken, Organization, Role, User
from apps.core.rest.fields import InstantField


class SignInSerializer(serializers.Serializer[Any]):
    """What a sign-in takes."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False, write_only=True)


class TokenPairSerializer(serializers.Serializer[Any]):
    """What a sign-in gives."""

    access = serializers.CharField(
        read_only=True, help_text="Goes into `Authorization: Bearer ...`; lives for minutes."
    )
    refresh = serializers.CharField(read_only=True, help_text="Gets the next access token; lives for days.")


class RefreshSerializer(serializers.Serializer[Any]):
    """What a refresh takes."""

    refresh = serializers.CharField(max_length=4096, write_only=True)


class AccessTokenSerializer(serializers.Serializer[Any]):
    """What a refresh gives."""

    access = serializers.CharField(read_only=True)


@extend_schema_field({"type": "string", "pattern": r"^\d{2}:\d{2}:\d{2}$"})
class WallClockField(serializers.TimeField):
    """A time of day where the organization is, without an offset."""


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """An organization as its members see it."""

    day_starts_at = WallClockField(read_only=True)

    class Meta:
        model = Organization
        fields = ("id", "slug", "name", "timezone", "currency", "locale", "day_starts_at", "week_starts_on")
        read_only_fields = fields


class AccessSerializer(serializers.Serializer[Any]):
    """One organization of the caller."""

    organization = OrganizationSerializer(read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)


class MeSerializer(serializers.ModelSerializer[User]):
    """Who the caller is, and where."""

    organizations = AccessSerializer(many=True, read_only=True, source="accesses")

    class Meta:
        model = User
        fields = ("id", "email", "full_name", "is_staff", "is_superuser", "organizations")
        read_only_fields = fields


class ApiTokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A long-lived token, without the token."""

    expires_at = InstantField(required=False, allow_null=True, help_text="Without one it lasts until it is revoked.")

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = ("id", "name", "prefix", "created_at", "expires_at", "last_used_at")
        read_only_fields = ("id", "prefix", "created_at", "last_used_at")

    def validate_expires_at(self, value: datetime.datetime | None) -> datetime.datetime | None:
        """Refuse a token that could never be used."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This is in the past.")
        return value


class NewApiTokenSerializer(ApiTokenSerializer):
    """A long-lived token at its creation: the only time it is shown."""

    token = serializers.CharField(read_only=True, help_text="Keep it now: it cannot be shown again.")

    class Meta(ApiTokenSerializer.Meta):
        fields = (*ApiTokenSerializer.Meta.fields, "token")
