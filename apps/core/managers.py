"""Managers that respect the organization of the context."""

import uuid
from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import models

from apps.core.composing import Unseen
from apps.core.context import refuse_other_organization, required_scope

M = TypeVar("M", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[M]):
    """Rows of tenant models."""

    def for_organization(self, organization_id: uuid.UUID) -> Self:
        """Narrow to one organization, in platform-wide work."""
        return self.filter(organization_id=organization_id)

    def bulk_create(self, objs: Iterable[M], *args: Any, **options: Any) -> list[M]:
        """Insert rows, all of them of the organization of the context.

        Raises:
            OrganizationMismatch: one belongs to another organization; then none is written.

        """
        rows = list(objs)
        for row in rows:
            refuse_other_organization(row.organization_id)  # type: ignore[attr-defined]
        return super().bulk_create(rows, *args, **options)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)[M]):  # type: ignore[misc]
    """The default manager of tenant models: one organization's rows, or an error outside any context."""

    def get_queryset(self) -> Any:
        """Return the rows of the organization of the context.

        Raises:
            OrganizationContextMissing: neither an organization nor the platform-wide door was entered.

        """
        queryset = super().get_queryset()
        organization_id = required_scope()
        if organization_id is None:
            return queryset
        return queryset.filter(organization_id=models.Value(Unseen(organization_id)))
