"""Write down what every metric means."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.analytics.metrics.glossary import document


class Command(BaseCommand):
    """Print docs/metrics.md as the declarations make it, or write it."""

    help = "Print the page about metrics, or write it to docs/metrics.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--write", action="store_true", help="Write docs/metrics.md.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or write the page."""
        page = settings.BASE_DIR / "docs" / "metrics.md"
        if options["write"]:
            page.write_text(document(), encoding="utf-8")
            self.stdout.write(f"Wrote {page}.")
        else:
            self.stdout.write(document(), ending="")
