"""Work for the queue: load by id, call one service."""

import uuid

from celery import shared_task
from django.utils import timezone

from apps.notifications.selectors import organizations_due
from apps.notifications.sending import send_due, sweep_deliveries
from apps.notifications.upkeep import remove_old_mails

MINUTE = 60


@shared_task(name="notifications.send_due")
def send_due_mails() -> None:
    """Settle what dead workers left, and hand out one task for each organization whose mails are due."""
    now = timezone.now()
    sweep_deliveries(now)
    for organization_id in organizations_due(now):
        send_mails.apply_async(args=[str(organization_id)], expires=MINUTE)


@shared_task(name="notifications.send")
def send_mails(organization_id: str) -> None:
    """Send what is due of one organization."""
    send_due(uuid.UUID(organization_id))


@shared_task(name="notifications.remove_old")
def remove_old() -> None:
    """Remove the mails that are kept no longer."""
    remove_old_mails(now=timezone.now())
