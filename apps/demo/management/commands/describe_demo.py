"""Write down what was planted in the demonstration data."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.demo.documentation import document


class Command(BaseCommand):
    """Print docs/demo.md as the declarations make it, or write it."""

    help = "Print the page about the demonstration data, or write it to docs/demo.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--write", action="store_true", help="Write docs/demo.md.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or write the page."""
        page = settings.BASE_DIR / "docs" / "demo.md"
        if options["write"]:
            page.write_text(document(), encoding="utf-8")
            self.stdout.write(f"Wrote {page}.")
        else:
            self.stdout.write(document(), ending="")
