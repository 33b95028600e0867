"""Work for the queue: what beat sends each minute."""

from celery import shared_task
from django.utils import timezone

from apps.reports.schedules import running


@shared_task(name="reports.run_due_schedules")
def run_due_schedules() -> None:
    """Claim the slots that are due and have their reports made."""
    running.run_due_schedules(now=timezone.now())
