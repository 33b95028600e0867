"""Work for the queue: load by id, call one service."""

import uuid

from celery import shared_task
from django.utils import timezone

from apps.reports import generation, sweeping


@shared_task(name="reports.generate")
def generate_report(report_id: str) -> None:
    """Generate one report."""
    generation.generate(uuid.UUID(report_id))


@shared_task(name="reports.sweep")
def sweep_reports() -> None:
    """Retry what can heal, end what cannot, remove what has expired."""
    sweeping.sweep_reports(now=timezone.now())


@shared_task(name="reports.remove_orphans")
def remove_orphaned_files() -> None:
    """Remove the files that killed workers left behind."""
    sweeping.remove_orphans(now=timezone.now())
