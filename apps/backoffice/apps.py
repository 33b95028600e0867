"""The backoffice app."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """The admin site: theme, navigation, the current organization of a request."""

    name = "apps.backoffice"
    verbose_name = "Back office"
