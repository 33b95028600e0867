"""The core app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Abstract models, tenancy, money, API errors, paging and the job ledger."""

    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Register the system checks."""
        from apps.core import checks, server_checks  # noqa: F401
