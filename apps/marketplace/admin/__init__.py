"""Facts of trade in the admin."""

from apps.marketplace.admin import customers, trade

__all__ = ["customers", "trade"]
