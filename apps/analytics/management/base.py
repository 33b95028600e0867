"""What the commands about rollups have in common."""

import datetime
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from apps.accounts.models import Organization
from apps.analytics.changelog import mark_customers, mark_days
from apps.analytics.filling import known_days, scene_of
from apps.analytics.rebuild import in_threads
from apps.analytics.refresh import Refreshed, refresh_organization
from apps.core.context import organization_context
from apps.core.database import tenant_cursor
from apps.core.statistics import analyze_changed_tables

STOPPED = 130
MOST_NAMED = 10
STOPPED_TEXT = "Stopped. What was done stays, and a plain refresh_rollups goes on from here."


class DaysNotComputed(Exception):
    """Some days of an organization are held back; the Data page names the fact that is to blame."""


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


@contextmanager
def interruptible(told: str = STOPPED_TEXT) -> Iterator[None]:
    """Have an interruption told in a sentence, with the exit code of an interrupted command."""
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(told, returncode=STOPPED) from None


def one_after_the_other(
    command: BaseCommand,
    organizations: Iterable[Organization],
    work: Callable[[Organization], object],
    *,
    workers: int = 1,
) -> None:
    """Do something for each organization; one that fails is named, and the others go on.

    Raises:
        CommandError: some failed.

    """
    failed: list[str] = []

    def attempt(organization: Organization) -> None:
        try:
            work(organization)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next organization cannot help it
            failed.append(organization.slug)
            command.stderr.write(f"{organization.slug}: failed with {type(error).__name__}: {str(error)[:300]}")

    in_threads(attempt, organizations, workers=workers)
    analyze_changed_tables()
    if failed:
        raise CommandError(f"Not done for {', '.join(sorted(failed))}; the others are.")


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

        def refresh(organization: Organization) -> None:
            self._mark(organization, options["date"], options["since"])
            with progress_bar(0, " days") as bar:
                refreshed = refresh_organization(organization.pk, wait=True, on_days=bar.update, retry=True)
            report_failing(self, organization, refreshed)
            self.stdout.write(f"{organization.slug}: {told(refreshed)}")

        with interruptible():
            one_after_the_other(self, chosen_organizations(options["organization"]), refresh)

    def _mark(self, organization: Organization, date: datetime.date | None, since: datetime.date | None) -> None:
        with organization_context(organization.pk), tenant_cursor() as cursor:
            if date is not None:
                mark_days(organization.pk, organization.calendar, date, date, cause="command")
            elif since is not None:
                scene = scene_of(organization.pk, timezone.now())
                days = known_days(cursor, scene, since=since) if scene else []
                for _month, month in groupby(days, key=lambda day: (day.year, day.month)):
                    first, *rest = month
                    mark_days(organization.pk, organization.calendar, first, [first, *rest][-1], cause="command")
            elif self.everybody:
                mark_customers(organization.pk, cause="command")


def report_failing(command: BaseCommand, organization: Organization, refreshed: Refreshed) -> None:
    """Say which days could not be computed; the command has failed for them, and the others are done.

    Raises:
        DaysNotComputed: there are some.

    """
    if refreshed.failing:
        days = ", ".join(str(day or "the customers") for day in refreshed.failing[:MOST_NAMED])
        more = len(refreshed.failing) - MOST_NAMED
        raise DaysNotComputed(f"{days}{f' and {more} more' if more > 0 else ''} ({refreshed.error}); the rest is done")


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
