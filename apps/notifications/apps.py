"""The app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages leave, and a ledger says what became of them."""

    name = "apps.notifications"
