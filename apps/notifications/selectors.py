"""What pages and tasks read about deliveries."""

import datetime
import uuid

from django.db.models import Exists, OuterRef

from apps.core.context import across_all_organizations
from apps.notifications.models import Delivery, DeliveryState, MailMessage

AT_WORK = datetime.timedelta(minutes=2)


def deliveries_of(source: uuid.UUID) -> list[Delivery]:
    """Return what became of a source's mails, by recipient, in the organization of the context."""
    return list(Delivery.objects.filter(source=source).order_by("recipient"))


def organizations_due(now: datetime.datetime) -> list[uuid.UUID]:
    """Return the organizations whose mails are due and which no worker sends at this moment."""
    with across_all_organizations(reason="mails of every organization are handed out"):
        at_work = Delivery.objects.filter(
            organization=OuterRef("organization"), state=DeliveryState.SENDING, claimed_at__gt=now - AT_WORK
        )
        due = Delivery.objects.filter(state=DeliveryState.QUEUED, next_attempt_at__lte=now).exclude(Exists(at_work))
        return list(due.order_by().values_list("organization_id", flat=True).distinct())


def mail_of(message_id: uuid.UUID) -> MailMessage | None:
    """Return a mail of the organization of the context."""
    found: MailMessage | None = MailMessage.objects.filter(pk=message_id).first()
    return found


def delivery_of(delivery_id: uuid.UUID) -> Delivery | None:
    """Return a delivery with its mail, of the organization of the context."""
    found: Delivery | None = Delivery.objects.select_related("message", "decided_by").filter(pk=delivery_id).first()
    return found
