"""Forget old mails: whom they went to and what they said is nobody's business for ever.

Their rows are what keeps a source from reaching anybody twice, so they outlive every source: `LEAST_KEPT_DAYS`.
"""

import datetime
import logging
import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest

from apps.core.context import across_all_organizations, organization_context
from apps.core.database import in_transaction
from apps.notifications.models import ENDED_STATES, Delivery, MailMessage

logger = logging.getLogger("bellwether.notifications")

BATCH = 500
# As long as a source may ask for its mails: a run of a report does when it ends, and never once it has expired.
LEAST_KEPT_DAYS = 90


def remove_old_mails(*, now: datetime.datetime) -> int:
    """Remove the mails whose last delivery ended more than `MAIL_KEPT_DAYS` ago, with their deliveries; say how many.

    What is queued, being sent or unknown keeps its mail. Each batch of an organization goes whole or not at all, so
    that the next run goes on where this one was stopped. Attached files belong to what was mailed, and go with that.
    """
    cutoff = now - datetime.timedelta(days=settings.MAIL_KEPT_DAYS)
    removed = 0
    while found := _next_old(cutoff):
        for organization_id in dict.fromkeys(found.values()):
            mails = [pk for pk, owner in found.items() if owner == organization_id]
            with organization_context(organization_id):
                removed += _remove(mails, cutoff)
    if removed:
        logger.info("Removed %d mails that ended before %s.", removed, cutoff)
    return removed


def _next_old(cutoff: datetime.datetime) -> dict[uuid.UUID, uuid.UUID]:
    """Return the oldest of them with their organizations."""
    with across_all_organizations(reason="find the mails of every organization that are kept no longer"):
        return dict(_old(cutoff).order_by("created_at", "pk").values_list("pk", "organization_id")[:BATCH])


def _remove(mails: Collection[uuid.UUID], cutoff: datetime.datetime) -> int:
    with in_transaction():
        # Whoever adds a recipient or has something sent again waits; who did so before is seen below.
        list(MailMessage.objects.filter(pk__in=mails).order_by("pk").select_for_update().values_list("pk"))
        list(Delivery.objects.filter(message__in=mails).order_by("pk").select_for_update().values_list("pk"))
        old = list(_old(cutoff).filter(pk__in=mails).values_list("pk", flat=True))
        MailMessage.objects.filter(pk__in=old).only("organization").delete()
    return len(old)


def _old(cutoff: datetime.datetime) -> Any:
    deliveries = Delivery.objects.filter(message=OuterRef("pk"), organization=OuterRef("organization"))
    needed = deliveries.alias(ended_at=Greatest("created_at", "claimed_at", "sent_at")).filter(
        ~Q(state__in=ENDED_STATES) | Q(ended_at__gte=cutoff)
    )
    return MailMessage.objects.filter(~Exists(needed), created_at__lt=cutoff)
