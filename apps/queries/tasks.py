"""Work for the queue: load by id, call one service."""

import uuid

from celery import shared_task
from django.utils import timezone

from apps.queries import upkeep
from apps.queries.exports import running


@shared_task(name="queries.carry_out_export")
def carry_out_export(job_id: str) -> None:
    """Write the file of one export."""
    running.carry_out(job_id=uuid.UUID(job_id))


@shared_task(name="queries.sweep_exports")
def sweep_exports() -> None:
    """Tidy up after exports that died."""
    upkeep.sweep_exports(now=timezone.now())


@shared_task(name="queries.remove_expired_files")
def remove_expired_files() -> None:
    """Remove the files of exports that are kept no longer."""
    upkeep.remove_expired_files(now=timezone.now())
