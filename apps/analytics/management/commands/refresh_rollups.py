"""Bring rollups up to date, or build them anew."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Organization
from apps.analytics.changelog import Chunk
from apps.analytics.management.base import (
    a_date,
    chosen_organizations,
    interruptible,
    one_after_the_other,
    progress_bar,
    report_failing,
    told,
)
from apps.analytics.rebuild import report, start_rebuild, work_through
from apps.analytics.refresh import refresh_organization
from apps.core.models import JobRun, JobStatus, JobTrigger

WATCH_EVERY = 1.0


class Command(BaseCommand):
    """Interrupted, it loses at most the months at work: without --full it goes on where it was."""

    help = "Refresh the days that changed; with --full or --since, rebuild all days or those since a date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--organization", action="append", metavar="SHORT_NAME", help="Only this one; repeatable.")
        parser.add_argument("--full", action="store_true", help="Rebuild every day and every customer.")
        parser.add_argument("--since", type=a_date, metavar="YYYY-MM-DD", help="Rebuild the days from this one on.")
        parser.add_argument("--workers", type=_workers, default=1, metavar="N", help="Connections to work with; 1.")
        parser.add_argument("--queue", action="store_true", help="Let the Celery workers rebuild, and watch them.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh or rebuild."""
        with interruptible():
            self._run(options)

    def _run(self, options: dict[str, Any]) -> None:
        if options["full"] and options["since"]:
            raise CommandError("--full and --since exclude each other.")
        organizations = chosen_organizations(options["organization"])
        started = time.monotonic()
        if options["full"] or options["since"]:
            job, chunks = start_rebuild(
                [organization.pk for organization in organizations], trigger=JobTrigger.COMMAND, since=options["since"]
            )
            with progress_bar(job.total, " days") as bar:
                if options["queue"]:
                    self._hand_out(job, chunks, bar)
                else:
                    work_through(job, chunks, workers=options["workers"], on_days=bar.update)
            self.stdout.write(
                f"{job.total:,} days of {len(organizations):,} organizations in {time.monotonic() - started:.1f} s."
            )
            job.refresh_from_db()
            if job.status == JobStatus.FAILED:
                raise CommandError(job.error)
        elif options["queue"]:
            raise CommandError("--queue goes with --full or --since: what changed is refreshed by beat anyway.")
        else:
            self._refresh(organizations, options["workers"])

    def _refresh(self, organizations: Sequence[Organization], workers: int) -> None:
        with progress_bar(len(organizations), " organizations") as bar:

            def refresh(organization: Organization) -> None:
                refreshed = refresh_organization(organization.pk, wait=True, retry=True)
                bar.update(1)
                report_failing(self, organization, refreshed)
                self.stdout.write(f"{organization.slug}: {told(refreshed)}")

            one_after_the_other(self, organizations, refresh, workers=workers)

    def _hand_out(self, job: JobRun, chunks: Sequence[Chunk], bar: Any) -> None:
        from apps.analytics.tasks import rebuild_one_month, settle_rebuild

        for chunk in chunks:
            rebuild_one_month.delay(
                str(chunk.organization_id), chunk.first_at.isoformat(), chunk.last_at.isoformat(), str(job.pk)
            )
        for organization_id in dict.fromkeys(chunk.organization_id for chunk in chunks):
            settle_rebuild.delay(str(organization_id), str(job.pk))
        while report(job):
            job.refresh_from_db()
            if job.status != JobStatus.RUNNING:
                raise CommandError(job.error or "The rebuild was ended.")
            bar.update(job.rows - bar.n)
            time.sleep(WATCH_EVERY)


def _workers(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 64:
        raise ArgumentTypeError(f"“{text}” is not a number from 1 to 64")
    return int(text)
