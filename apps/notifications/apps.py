"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Messages leave, and a ledger says what became of them."""

    name = "apps.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Register the system checks."""
        from apps.notifications import checks  # noqa: F401
