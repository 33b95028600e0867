"""Work for the queue: load by id, call one service."""

import uuid

from celery import shared_task
from django.utils import timezone

from apps.imports import services


@shared_task(name="imports.carry_out")
def carry_out_import(job_id: str) -> None:
    """Preview or commit one import."""
    services.carry_out(job_id=uuid.UUID(job_id))


@shared_task(name="imports.sweep")
def sweep_imports() -> None:
    """Tidy up after imports that died."""
    services.sweep_imports(now=timezone.now())
