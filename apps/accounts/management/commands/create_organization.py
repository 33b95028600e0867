"""Create an organization from the command line."""

import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.services import create_organization


class Command(BaseCommand):
    """Create an organization and its first owner."""

    help = "Create an organization and its first owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("slug", help="Short name, used in commands and in X-Organization-ID.")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="Who owns it; created if unknown.")
        parser.add_argument("--name", help="Name to show; the short name if not given.")
        parser.add_argument("--timezone", default="UTC", help="IANA name, such as Europe/Berlin.")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code, such as EUR.")
        parser.add_argument("--day-starts-at", default="00:00", metavar="HH:MM", help="When its business day begins.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create both, or say which option is wrong."""
        try:
            day_starts_at = datetime.time.fromisoformat(options["day_starts_at"])
        except ValueError:
            raise CommandError(f"--day-starts-at: “{options['day_starts_at']}” is not a time such as 04:00.") from None
        try:
            organization, owner, created = create_organization(
                slug=options["slug"],
                name=options["name"] or options["slug"],
                timezone=options["timezone"],
                currency=options["currency"],
                day_starts_at=day_starts_at,
                owner_email=options["owner"],
            )
        except ValidationError as error:
            lines = [f"{field}: {message}" for field, messages in error.message_dict.items() for message in messages]
            raise CommandError("\n".join(lines)) from error
        self.stdout.write(f"{organization.name} is there; {owner.email} owns it.")
        if created:
            self.stdout.write(f"Give the owner a password: manage.py changepassword {owner.email}")
