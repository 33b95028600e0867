"""Delete cached answers that have expired."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.models import Organization
from apps.analytics.models import AnalyticsCache
from apps.core.context import organization_context


class Command(BaseCommand):
    """One organization at a time."""

    help = "Delete cached answers that have expired."

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete them, and say how many there were."""
        cleared = 0
        for organization_id in Organization.objects.values_list("pk", flat=True):
            with organization_context(organization_id):
                cleared += AnalyticsCache.clear_expired()
        self.stdout.write(f"{cleared:,} expired answers deleted.")
