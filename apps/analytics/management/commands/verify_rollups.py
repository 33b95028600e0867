"""Compare rollups with the facts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Organization
from apps.analytics.management.base import (
    a_date,
    chosen_organizations,
    interruptible,
    one_after_the_other,
    progress_bar,
)
from apps.analytics.verification import DETAILS, verify_organization

EXIT_DIFFERENT = 2
SHOWN = 10


class Command(BaseCommand):
    """Exit codes: 0 all equal (or repaired), 1 it could not be done, 2 differences were left, or days left out."""

    help = "Compute every rollup anew from facts and report every difference; with --repair, keep what was computed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", action="append", metavar="SHORT_NAME", help="Only this one; repeatable.")
        parser.add_argument(
            "--since", type=a_date, metavar="YYYY-MM-DD", help="Only days from this one on, and no customers."
        )
        parser.add_argument("--repair", action="store_true", help="Replace what differs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, and say what was found."""
        left = skipped_days = 0

        def verify(organization: Organization) -> None:
            nonlocal left, skipped_days
            with progress_bar(0, " days") as bar:
                found = verify_organization(
                    organization.pk, repair=options["repair"], since=options["since"], on_days=bar.update
                )
            if found is None:
                return
            verdict = "all equal" if not found.differences else f"{found.differences:,} differ"
            done = ", repaired" if found.repaired else ""
            skipped = f"; days left out, which cannot be computed: {found.skipped_days}" if found.skipped_days else ""
            self.stdout.write(f"{organization.slug}: {found.rows_compared:,} rows compared, {verdict}{done}{skipped}.")
            for difference in found.details[:SHOWN]:
                self.stdout.write("  " + _told(difference))
            if found.differences > SHOWN:
                self.stderr.write(f"  and {found.differences - SHOWN:,} more; the admin lists the first {DETAILS}.")
            for one in found.imbalance_details[:SHOWN]:
                place = " ".join(filter(None, (one["rollup"], one["date"], one["measure"])))
                self.stderr.write(f"  {place} added up to {one['sum']}, its day to {one['expected']}")
            left += 0 if found.repaired else found.differences
            skipped_days += found.skipped_days

        with interruptible("Stopped. What was repaired stays; nothing is half done."):
            one_after_the_other(self, chosen_organizations(options["organization"]), verify)
        if left:
            raise CommandError("Rollups differ from the facts; --repair replaces them.", returncode=EXIT_DIFFERENT)
        if skipped_days:
            raise CommandError(f"Days left out: {skipped_days}. They cannot be computed.", returncode=EXIT_DIFFERENT)


def _told(difference: dict[str, Any]) -> str:
    stored, computed = difference["stored"], difference["computed"]
    place = " ".join(filter(None, (difference["rollup"], difference["date"], difference["row"]))) + ":"
    if stored is None:
        return f"{place} the row is missing"
    if computed is None:
        return f"{place} the row has no facts behind it"
    changed = [
        f"{name} is {stored[name]}, should be {value}" for name, value in computed.items() if stored[name] != value
    ]
    return f"{place} {', '.join(changed)}"
