"""Have the reports made that are due."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.analytics.management.base import chosen_organizations, interruptible
from apps.notifications.selectors import organizations_due
from apps.notifications.sending import send_due, sweep_deliveries
from apps.reports.generation import generate
from apps.reports.models import ReportStatus
from apps.reports.schedules.running import run_due_schedules


class Command(BaseCommand):
    """The same service that beat calls each minute: running both, or several, is harmless."""

    help = "Claim every scheduled report that is due and hand it to the workers; with --here, make and mail it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", action="append", metavar="SHORT_NAME", help="Only this one; repeatable.")
        parser.add_argument("--here", action="store_true", help="Make and mail them here: for hosts without workers.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Claim what is due, and say what became of it."""
        with interruptible():
            chosen = chosen_organizations(options["organization"])
            only = [organization.pk for organization in chosen] if options["organization"] else None
            claimed = run_due_schedules(now=timezone.now(), organization_ids=only)
            reports = [found.report for found in claimed if found.report]
            for report in reports:
                self.stdout.write(f"{report.organization.slug}: {report.title}: {ReportStatus(report.status).label}")
                if options["here"] and not report.is_finished:
                    made = generate(report.pk)
                    if made:
                        self.stdout.write(
                            f"{report.organization.slug}: {made.title}: {ReportStatus(made.status).label}"
                        )
            missed = sum(found.missed for found in claimed)
            self.stdout.write(f"{counted(len(reports), 'report')} due, {missed:,} missed.")
            if options["here"]:
                # Also what was put off, or left by a process that died, when it was asked for before.
                sweep_deliveries(timezone.now())
                due = [found for found in organizations_due(timezone.now()) if only is None or found in only]
                self.stdout.write(f"{counted(sum(map(send_due, due)), 'mail')} sent.")


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 report, 2 reports."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
