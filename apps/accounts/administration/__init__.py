"""What every app's admin builds on: role, organization, forms, columns, filters, paging."""

from apps.accounts.administration.base import (
    GlobalModelAdmin,
    TenantModelAdmin,
    TenantRecordAdmin,
    TenantStackedInline,
    TenantTabularInline,
)
from apps.accounts.administration.filters import (
    BusinessDaysFilter,
    DatesFilter,
    KnownChoiceFilter,
    RecentChoicesFilter,
    ReferenceFilter,
)
from apps.accounts.administration.requests import access_of, is_platform_request, required_access

__all__ = [
    "BusinessDaysFilter",
    "DatesFilter",
    "GlobalModelAdmin",
    "KnownChoiceFilter",
    "RecentChoicesFilter",
    "ReferenceFilter",
    "TenantModelAdmin",
    "TenantRecordAdmin",
    "TenantStackedInline",
    "TenantTabularInline",
    "access_of",
    "is_platform_request",
    "required_access",
]
