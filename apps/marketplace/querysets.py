"""Named filters over facts of trade."""

import datetime
from typing import TYPE_CHECKING, Self

from apps.core.managers import TenantManager, TenantQuerySet

if TYPE_CHECKING:
    from apps.marketplace.models import Order  # noqa: F401

UNCOUNTED_STATUSES = ("cancelled", "rejected", "no_show")


class OrderQuerySet(TenantQuerySet["Order"]):
    """Orders."""

    def counted(self) -> Self:
        """Keep the orders that revenue counts: not cancelled, not rejected, not a no-show."""
        return self.exclude(status__in=UNCOUNTED_STATUSES)

    def placed_within(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Keep the orders placed in the half-open window of aware instants `[start, end)`."""
        return self.filter(placed_at__gte=start, placed_at__lt=end)


class OrderManager(TenantManager.from_queryset(OrderQuerySet)):  # type: ignore[misc]
    """The default manager of orders."""
