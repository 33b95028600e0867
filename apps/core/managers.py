"""Managers that respect the organization of the context."""

import uuid
from typing import Any, Self, TypeVar

from django.db import models

from apps.core.context import required_scope

M = TypeVar("M", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[M]):
    """Rows of tenant models."""

    def for_organization(self, organization_id: uuid.UUID) -> Self:
        """Narrow to one organization, in platform-wide work."""
        return self.filter(organization_id=organization_id)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)[M]):  # type: ignore[misc]
    """The default manager of tenant models: one organization's rows, or an error outside any context."""

    def get_queryset(self) -> Any:
        """Return the rows of the organization of the context.

        Raises:
            OrganizationContextMissing: neither an organization nor the platform-wide door was entered.

        """
        queryset = super().get_queryset()
        organization_id = required_scope()
        return queryset if organization_id is None else queryset.filter(organization_id=organization_id)
