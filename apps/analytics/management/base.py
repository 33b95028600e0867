"""What the commands about rollups have in common."""

import datetime
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_customers, mark_days
from apps.analytics.refresh import Refreshed, refresh_organization
from apps.core.context import organization_context


def a_date(text: str) -> datetime.date:
    """Read a date from the command line.

    Raises:
        argparse.ArgumentTypeError: it is none, or of a year that was mistyped.

    """
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        date = datetime.date.min
    if not 1900 <= date.year < 2200:
        raise ArgumentTypeError(f"“{text}” is not a date such as 2026-03-01")
    return date


def chosen_organizations(slugs: Iterable[str] | None) -> list[Organization]:
    """Return the organizations of these short names, or all.

    Raises:
        CommandError: there is none of that name.

    """
    wanted = list(slugs or ())
    found = list(Organization.objects.order_by("slug"))
    missing = sorted(set(wanted) - {organization.slug for organization in found})
    if missing:
        known = ", ".join(organization.slug for organization in found[:20]) or "none yet"
        raise CommandError(f"There is no organization “{missing[0]}”. Known are {known}.")
    return [organization for organization in found if not wanted or organization.slug in wanted]


def progress_bar(total: int, unit: str) -> Any:
    """Return a bar that is drawn on terminals only."""
    return tqdm(total=total, unit=unit, disable=not sys.stderr.isatty(), leave=False)


class RefreshingCommand(BaseCommand):
    """Refresh what changed; with dates, those days whether they changed or not."""

    everybody = False  # compute all customers as well

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", action="append", metavar="SHORT_NAME", help="Only this one; repeatable.")
        parser.add_argument("--date", type=a_date, metavar="YYYY-MM-DD", help="This business day anew.")
        parser.add_argument("--since", type=a_date, metavar="YYYY-MM-DD", help="All days from this one on anew.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh, and say what was done."""
        if options["date"] and options["since"]:
            raise CommandError("--date and --since exclude each other.")
        for organization in chosen_organizations(options["organization"]):
            self._mark(organization, options["date"], options["since"])
            with progress_bar(0, " days") as bar:
                refreshed = refresh_organization(organization.pk, wait=True, on_days=bar.update)
            self.stdout.write(f"{organization.slug}: {told(refreshed)}")

    def _mark(self, organization: Organization, date: datetime.date | None, since: datetime.date | None) -> None:
        first = date or since
        with organization_context(organization.pk):
            if first is not None:
                last = date or max(first, organization.calendar.business_date(timezone.now()))
                mark_days(organization.pk, organization.calendar, first, last, cause="command")
            elif self.everybody:
                mark_customers(organization.pk, cause="command")


def told(refreshed: Refreshed) -> str:
    """Return a line about what a refresh did."""
    if refreshed.days:
        line = f"{refreshed.days:,} days, {refreshed.rows:,} rows"
    elif any(step.customers is True for step in refreshed.steps):
        line = "every customer computed anew"
    elif aged := sum(step.customers for step in refreshed.steps):
        line = f"{aged:,} customers moved with the calendar"
    else:
        line = "nothing had changed"
    return f"{line}, {refreshed.revisions:,} published rows changed." if refreshed.revisions else f"{line}."
