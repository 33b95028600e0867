"""The analytics app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Facts become rollups: the change log, the statements that fill each rollup, and what keeps them fresh."""

    name = "apps.analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Register the system checks."""
        from apps.analytics.metrics import checks  # noqa: F401
