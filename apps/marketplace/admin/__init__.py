"""Facts of trade in the admin."""

from apps.marketplace.admin import catalog, customers, trade

__all__ = ["catalog", "customers", "trade"]
