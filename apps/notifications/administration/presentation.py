"""What became of a mail, in words, and how a mail is shown without trusting it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.notation import current_notation
from apps.notifications.addresses import is_address
from apps.notifications.mail import Attachment
from apps.notifications.models import Delivery, DeliveryState, MailMessage, Transport

Text = str | Promise

KEPT_LABEL = _lazy("Kept here")
STATE_COLOURS: Mapping[Text, str] = {
    DeliveryState.QUEUED.label: "info",
    DeliveryState.SENDING.label: "info",
    DeliveryState.SENT.label: "success",
    KEPT_LABEL: "primary",
    DeliveryState.FAILED.label: "danger",
    DeliveryState.UNKNOWN.label: "warning",
    DeliveryState.SUPPRESSED.label: "",
}
# A preview that loads and runs nothing, whatever the mail says.
_PREVIEW_RULES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# The page's own policy holds in its frames too, and refuses these aloud; what a mail needs is in its attributes.
_STYLES = re.compile(r"<style>.*?</style>", re.DOTALL)
_PREVIEW_POLICY = f'<meta http-equiv="Content-Security-Policy" content="{_PREVIEW_RULES}">'


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """An attachment as the page lists it."""

    position: int
    name: str
    size: str


def state_label(delivery: Delivery) -> str:
    """Return what became of a mail in a word or two; one that no mail server was there for was not sent."""
    if delivery.state == DeliveryState.SENT and delivery.transport == Transport.OUTBOX:
        return str(KEPT_LABEL)
    return str(DeliveryState(delivery.state).label)


def state_colour(delivery: Delivery) -> str:
    """Return the colour of the state's badge."""
    label = state_label(delivery)
    return next((colour for known, colour in STATE_COLOURS.items() if str(known) == label), "")


def story_of(delivery: Delivery) -> str:
    """Return what became of a mail in a sentence or two, and what somebody may do about it."""
    notation = current_notation()
    match delivery.state:
        case DeliveryState.QUEUED if delivery.attempts and delivery.next_attempt_at:
            return _("It has not arrived yet. The next attempt is due at %(when)s.") % {
                "when": notation.instant(delivery.next_attempt_at)
            }
        case DeliveryState.QUEUED:
            return _("It goes out within a minute.")
        case DeliveryState.SENDING:
            return _("A worker hands it to the mail server.")
        case DeliveryState.SENT if delivery.transport == Transport.OUTBOX:
            return _(
                "It was kept here and sent to nobody: this installation has no mail server. EMAIL_URL would name one."
            )
        case DeliveryState.SENT if delivery.reply and delivery.sent_at:
            return _("The mail server took it at %(when)s.") % {"when": notation.instant(delivery.sent_at)}
        case DeliveryState.SENT:
            return _("Somebody found out that it arrived, and marked it as sent.")
        case DeliveryState.UNKNOWN:
            return _(
                "It is not sent again by itself. Ask the recipient, or look for the Message-ID in the log of the mail "
                "server; then mark it as sent, or send it again. A second copy has the same Message-ID."
            )
        case DeliveryState.SUPPRESSED:
            return _("The recipient has unsubscribed from these mails, so this one was not sent.")
        case DeliveryState.FAILED if not is_address(delivery.recipient):
            return _("It was sent to nobody. Correct the recipient where these mails are ordered.")
        case _:
            return _("It was not delivered. Once the cause is mended it can be sent again.")


def preview_of(message: MailMessage) -> str:
    """Return the HTML of a mail for the sandboxed frame of the page, where it can neither load nor run anything."""
    return _PREVIEW_POLICY + _STYLES.sub("", message.html) if message.html else ""


def attachments_of(message: MailMessage) -> list[ShownAttachment]:
    """Return what is attached, in its order."""
    entries: list[dict[str, Any]] = message.attachments
    return [
        ShownAttachment(position, attachment.name, filesizeformat(attachment.size))
        for position, attachment in enumerate(map(Attachment.from_json, entries))
    ]
