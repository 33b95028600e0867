"""Recipients decide what they get: an address that only they were told stops the mails of a topic, or lets them in."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from apps.accounts.models import Organization
from apps.core.context import organization_context
from apps.notifications.models import MailMessage, Unsubscription

_SALT = "notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets mails of what, as a token says it."""

    organization_id: uuid.UUID
    topic: uuid.UUID
    address: str


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """What the page of a subscription tells."""

    organization_name: str
    topic_name: str
    address: str
    is_unsubscribed: bool


def unsubscribe_url(subscription: Subscription) -> str:
    """Return the address of its page, the same each time; it never expires."""
    parts = [subscription.organization_id.hex, subscription.topic.hex, subscription.address]
    token = _signer().sign_object(parts)
    return f"{settings.SITE_URL}{reverse('notifications:unsubscribe', args=[token])}"


def read_token(token: str) -> Subscription | None:
    """Return what a token says, or None where we did not write it."""
    try:
        organization, topic, address = _signer().unsign_object(token)
        return Subscription(uuid.UUID(organization), uuid.UUID(topic), str(address))
    except (BadSignature, ValueError):
        return None


def page_of(subscription: Subscription) -> SubscriptionPage | None:
    """Return what there is to tell of a subscription, or None where its organization is gone."""
    organization = Organization.objects.filter(pk=subscription.organization_id).first()
    if organization is None:
        return None
    with organization_context(organization.pk):
        mails = MailMessage.objects.filter(topic=subscription.topic).exclude(topic_name="")
        name = mails.order_by("-created_at").values_list("topic_name", flat=True).first()
        return SubscriptionPage(
            organization_name=organization.name,
            topic_name=name or "",
            address=subscription.address,
            is_unsubscribed=_rows(subscription).exists(),
        )


def unsubscribe(subscription: Subscription) -> None:
    """Send this address no more mails of the topic; again is the same."""
    with organization_context(subscription.organization_id):
        Unsubscription.objects.bulk_create(
            [
                Unsubscription(
                    organization_id=subscription.organization_id,
                    topic=subscription.topic,
                    address=subscription.address,
                )
            ],
            ignore_conflicts=True,
        )


def resubscribe(subscription: Subscription) -> None:
    """Send this address the mails of the topic again, from the next one on."""
    with organization_context(subscription.organization_id):
        _rows(subscription).delete()


def unsubscribed_of(topic: uuid.UUID | None, addresses: Collection[str]) -> set[str]:
    """Return those of the addresses that want no mails of the topic, in the organization of the context."""
    if topic is None:
        return set()
    rows = Unsubscription.objects.filter(topic=topic, address__in=addresses)
    return set(rows.values_list("address", flat=True))


def _rows(subscription: Subscription) -> Any:
    return Unsubscription.objects.filter(topic=subscription.topic, address=subscription.address)


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")
