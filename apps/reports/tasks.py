"""Work for the queue: load by id, call one service."""

import uuid

from celery import shared_task
from django.utils import timezone

from apps.reports import generation, sweeping
from apps.reports.schedules import running


@shared_task(name="reports.generate")
def generate_report(report_id: str) -> None:
    """Generate one report."""
    generation.generate(uuid.UUID(report_id))


@shared_task(name="reports.run_due_schedules")
def run_due_schedules() -> None:
    """Claim the slots that are due and have their reports made."""
    running.run_due_schedules(now=timezone.now())


@shared_task(name="reports.sweep")
def sweep_reports() -> None:
    """Retry what can heal, end what cannot, remove what has expired."""
    sweeping.sweep_reports(now=timezone.now())


@shared_task(name="reports.remove_orphans")
def remove_orphaned_files() -> None:
    """Remove the files that killed workers left behind."""
    sweeping.remove_orphans(now=timezone.now())
