"""Work for the queue; a stand-in until the branch of runs is merged."""

import uuid

from celery import shared_task

from apps.reports import generation


@shared_task(name="reports.generate")
def generate_report(report_id: str) -> None:
    """Generate one report."""
    generation.generate(uuid.UUID(report_id))
