"""Have the reports made that are due."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.analytics.management.base import chosen_organizations, interruptible
from apps.core.context import organization_context
from apps.notifications.selectors import organizations_due
from apps.notifications.sending import send_due, sweep_deliveries
from apps.reports.generation import generate
from apps.reports.models import AnalyticsReport, ReportStatus
from apps.reports.schedules.running import run_due_schedules
from apps.reports.sweeping import runs_to_take_up
from apps.reports.waiting import count_days


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
                self._say(report)
                if options["here"] and not report.is_finished and not report.waits_for:
                    self._make(report)
            if options["here"]:
                for organization in chosen:
                    with organization_context(organization.pk):
                        for report in runs_to_take_up(timezone.now()):
                            self._make(report)
            missed = sum(found.missed for found in claimed)
            self.stdout.write(f"{counted(len(reports), 'report')} due, {missed:,} missed.")
            if options["here"]:
                # Also what was put off, or left by a process that died, when it was asked for before.
                sweep_deliveries(timezone.now())
                due = [found for found in organizations_due(timezone.now()) if only is None or found in only]
                self.stdout.write(f"{counted(sum(map(send_due, due)), 'mail')} sent.")

    def _make(self, report: AnalyticsReport) -> None:
        """Make a report, its days counted first: nobody else does, so that waiting for them would help nothing."""
        with organization_context(report.organization_id):
            count_days(report)
        made = generate(report.pk, may_wait=False)
        if made:
            self._say(made)

    def _say(self, report: AnalyticsReport) -> None:
        told = report.waits_for or ReportStatus(report.status).label
        self.stdout.write(f"{report.organization.slug}: {report.title}: {told}")


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 report, 2 reports."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
