"""The demo app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Seeded, shaped demonstration data."""

    name = "apps.demo"
    verbose_name = "Demonstration data"
