"""Writing mails down to be sent, and deciding about those that did not arrive."""

import logging
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.core.context import organization_context
from apps.core.database import after_commit, in_transaction
from apps.core.queue import hand_over
from apps.notifications.addresses import (
    LONGEST_ADDRESS,
    InvalidAddress,
    is_address,
    normalized_address,
    normalized_subject,
    one_line,
)
from apps.notifications.composing import new_message_id
from apps.notifications.mail import Mail
from apps.notifications.models import Delivery, DeliveryState, MailMessage, Transport
from apps.notifications.selectors import deliveries_of
from apps.notifications.unsubscribing import unsubscribed_of

__all__ = ["deliveries_of", "mark_as_sent", "queue_mail", "retry_failed", "send_again"]

logger = logging.getLogger("bellwether.notifications")


def queue_mail(
    *,
    organization: Organization,
    source: uuid.UUID,
    topic: uuid.UUID | None,
    topic_name: str,
    mail: Mail,
    recipients: Sequence[str],
) -> list[Delivery]:
    """Enter a mail for each recipient, in the caller's transaction; they are sent once that has committed.

    Asked again for the same source and recipient it changes nothing, whatever the mail says now. Who has unsubscribed
    from the topic gets none, and an address that is none fails by itself: both have their row, which says so. Returns
    the rows of these recipients, in their order.

    Raises:
        InvalidSubject: the subject is no line of text.
        ValueError: the attachments are larger than `MAIL_MAX_ATTACHMENTS_BYTES`.

    """
    if mail.attached_bytes > settings.MAIL_MAX_ATTACHMENTS_BYTES:
        raise ValueError(f"Attachments of {mail.attached_bytes} bytes are too large to be mailed.")
    addresses = _spelled(recipients)
    with organization_context(organization.pk), in_transaction():
        known = set(_rows_of(source, addresses).values_list("recipient", flat=True))
        if new := {address: wrong for address, wrong in addresses.items() if address not in known}:
            message = _enter_message(organization, source, topic, topic_name, mail)
            unwanted = unsubscribed_of(topic, list(new))
            Delivery.objects.bulk_create(
                [_delivery(message, address, wrong, address in unwanted) for address, wrong in new.items()],
                ignore_conflicts=True,
            )
            _enqueue_after_commit(organization.pk)
        rows = {row.recipient: row for row in _rows_of(source, addresses)}
    return [rows[address] for address in addresses]


def retry_failed(source: uuid.UUID) -> int:
    """Send what failed of a source's mails again, and say how many; what may have arrived is left alone."""
    failed = Delivery.objects.filter(source=source, state=DeliveryState.FAILED)
    return _queue_again(failed.values_list("pk", flat=True), (DeliveryState.FAILED,), None)


def send_again(delivery_ids: Collection[uuid.UUID], *, decided_by: User) -> int:
    """Send mails again that failed or may not have arrived, and say how many; under the same Message-ID."""
    return _queue_again(delivery_ids, (DeliveryState.FAILED, DeliveryState.UNKNOWN), decided_by)


def mark_as_sent(delivery_ids: Collection[uuid.UUID], *, decided_by: User) -> int:
    """Let mails count as sent that may have arrived, as somebody found out, and say how many."""
    unknown = Delivery.objects.filter(pk__in=list(delivery_ids), state=DeliveryState.UNKNOWN)
    marked = int(
        unknown.update(
            state=DeliveryState.SENT,
            sent_at=timezone.now(),
            transport=Transport.SMTP,
            error="",
            decided_by=decided_by,
        )
    )
    logger.info("%s marked %d mails as sent", decided_by.pk, marked)
    return marked


def _spelled(recipients: Sequence[Any]) -> dict[str, str]:
    """Return each address once, with what is wrong with it."""
    found: dict[str, str] = {}
    for recipient in recipients:
        try:
            found[normalized_address(recipient)] = ""
        except InvalidAddress as error:
            found[one_line(str(recipient), LONGEST_ADDRESS)] = str(error)
    return found


def _rows_of(source: uuid.UUID, addresses: Collection[str]) -> Any:
    return Delivery.objects.filter(source=source, recipient__in=list(addresses))


def _enter_message(
    organization: Organization, source: uuid.UUID, topic: uuid.UUID | None, topic_name: str, mail: Mail
) -> MailMessage:
    digest = mail.digest(topic)
    message = MailMessage(
        organization=organization,
        source=source,
        digest=digest,
        subject=normalized_subject(mail.subject),
        text=mail.text,
        html=mail.html,
        attachments=[attachment.as_json() for attachment in mail.attachments],
        topic=topic,
        topic_name=one_line(topic_name, 200),
        least_role=mail.least_role,
    )
    MailMessage.objects.bulk_create([message], ignore_conflicts=True)
    found: MailMessage = MailMessage.objects.get(source=source, digest=digest)
    return found


def _delivery(message: MailMessage, address: str, wrong: str, is_unwanted: bool) -> Delivery:
    row = Delivery(organization_id=message.organization_id, message=message, source=message.source, recipient=address)
    row.internet_message_id = new_message_id(row)
    if wrong:
        row.state, row.error = DeliveryState.FAILED, wrong
    elif is_unwanted:
        row.state = DeliveryState.SUPPRESSED
    else:
        row.state, row.next_attempt_at = DeliveryState.QUEUED, timezone.now()
    return row


def _queue_again(delivery_ids: Collection[uuid.UUID], states: Sequence[str], decided_by: User | None) -> int:
    with in_transaction():
        chosen = Delivery.objects.filter(pk__in=list(delivery_ids), state__in=states)
        rows = list(chosen.select_for_update().values_list("pk", "organization_id", "recipient"))
        # What is no address stays what it is.
        sendable = {pk: organization_id for pk, organization_id, recipient in rows if is_address(recipient)}
        Delivery.objects.filter(pk__in=list(sendable)).update(
            state=DeliveryState.QUEUED,
            attempts=0,
            next_attempt_at=timezone.now(),
            handed_over_at=None,
            error="",
            reply="",
            decided_by=decided_by,
        )
        for organization_id in set(sendable.values()):
            _enqueue_after_commit(organization_id)
    logger.info("%s sends %d mails again", decided_by.pk if decided_by else "A service", len(sendable))
    return len(sendable)


def _enqueue_after_commit(organization_id: uuid.UUID) -> None:
    from apps.notifications.tasks import send_mails

    after_commit(lambda: hand_over(send_mails, organization_id))
