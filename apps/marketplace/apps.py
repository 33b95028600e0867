"""The marketplace app."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Facts of trade: partners, products, customers, orders, payments, refunds, reviews and issues."""

    name = "apps.marketplace"
    verbose_name = "Marketplace"
