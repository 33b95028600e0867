"""The core app."""

import decimal

from django.apps import AppConfig

DIGITS = 60


class CoreConfig(AppConfig):
    """Abstract models, tenancy, money, API errors, paging and the job ledger."""

    name = "apps.core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Register the system checks, and have decimals hold what sums hold."""
        from apps.core import checks, server_checks  # noqa: F401

        _widen_decimals()


def _widen_decimals() -> None:
    """Compute with sixty digits, here and in every thread to come.

    Twenty-eight, Python's own, are fewer than a sum of numeric(24,2) over years has in percent of a cent: rounding it
    would be an InvalidOperation.
    """
    decimal.DefaultContext.prec = DIGITS
    decimal.getcontext().prec = DIGITS
