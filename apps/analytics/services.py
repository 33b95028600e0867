"""What other apps, commands and tasks ask of rollups."""

import uuid

from apps.analytics.refresh import recompute_customers, refresh_organization

__all__ = ["recompute_customer", "refresh_organization"]


def recompute_customer(*, organization_id: uuid.UUID, customer_id: uuid.UUID) -> None:
    """Compute one customer's analytics anew from facts."""
    recompute_customers(organization_id, [customer_id])
