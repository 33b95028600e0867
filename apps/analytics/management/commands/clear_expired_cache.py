"""Delete cached answers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.analytics.answers.answering import forget_answers
from apps.analytics.management.base import chosen_organizations
from apps.analytics.models import AnalyticsCache
from apps.core.context import organization_context


class Command(BaseCommand):
    """One organization at a time."""

    help = "Delete cached answers that have expired; with --all, every answer, the last good ones too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", action="append", metavar="SHORT_NAME", help="Only this one; repeatable.")
        parser.add_argument(
            "--all",
            action="store_true",
            help="Every answer, fresh or not. The next to ask waits for it to be computed, and until then there is "
            "nothing to give should that fail.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete them, and say how many there were."""
        cleared = 0
        for organization in chosen_organizations(options["organization"]):
            if options["all"]:
                cleared += forget_answers(organization.pk)
                continue
            with organization_context(organization.pk):
                cleared += AnalyticsCache.clear_expired()
        self.stdout.write(f"{cleared:,} {'' if options['all'] else 'expired '}answers deleted.")
