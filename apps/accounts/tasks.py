"""Housekeeping of accounts."""

from celery import shared_task

from apps.accounts.idempotency import forget_old_answers
from apps.accounts.models import Organization
from apps.core.context import organization_context


@shared_task(name="accounts.forget_old_answers")
def forget_answers_of_every_organization() -> None:
    """Delete the answers kept for Idempotency-Key that are older than a day, one organization at a time."""
    for organization_id in Organization.objects.values_list("pk", flat=True):
        with organization_context(organization_id):
            forget_old_answers()
