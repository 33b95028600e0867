"""What is due goes out: each row is claimed before the conversation about it, and says afterwards what became of it."""

import contextlib
import datetime
import logging
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import find_access
from apps.accounts.models import Organization, Role, User
from apps.core.context import across_all_organizations, organization_context
from apps.core.database import in_transaction
from apps.notifications.composing import AttachmentGone, Composed, sender
from apps.notifications.models import Delivery, DeliveryState, Transport
from apps.notifications.smtp import MailServer, Outcome, ServerUnreachable, Verdict
from apps.notifications.unsubscribing import unsubscribed_of

logger = logging.getLogger("bellwether.notifications")

# How long to wait after each attempt that is known to have failed; after the last one it has failed for good.
BACK_OFF = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
MOST_ATTEMPTS = len(BACK_OFF) + 1
# Longer than any conversation: connecting, the body, and the wait for the answer.
STUCK_AFTER = datetime.timedelta(minutes=20)
WORKS_FOR_SECONDS = 600
MAILS_A_CONNECTION = 50
BREAKS_IN_A_ROW = 2
_MOST_POSTPONED = 5000
_SOON = BACK_OFF[0]


def send_due(organization_id: uuid.UUID) -> int:
    """Send what is due of an organization, until nothing is or ten minutes have passed; return how many arrived.

    Any number of workers may do so at once: each mail is claimed by one.
    """
    with organization_context(organization_id):
        if not Organization.objects.filter(pk=organization_id, is_active=True).exists():
            _give_up(_("The organization is switched off."))
            return 0
        deadline = time.monotonic() + WORKS_FOR_SECONDS
        sent = 0
        while time.monotonic() < deadline and _due().exists():
            try:
                sent += _send_some()
            except ServerUnreachable as error:
                _postpone(str(error))
                break
            except _TooManyBreaks:
                break
        return sent


def sweep_deliveries(now: datetime.datetime) -> int:
    """Settle what workers left behind when they died, and return how many rows that were.

    What was not handed over yet is due again; of the rest nobody knows whether it arrived, and it is not sent again.
    """
    with across_all_organizations(reason="mails of every organization whose worker died"):
        stuck = Delivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=now - STUCK_AFTER)
        unknown = stuck.filter(handed_over_at__isnull=False).update(
            state=DeliveryState.UNKNOWN,
            transport=Transport.SMTP,
            error=_(
                "The worker stopped after it had handed the mail over: whether the mail server took it is not known."
            ),
        )
        lost = stuck.filter(attempts__gte=MOST_ATTEMPTS).update(
            state=DeliveryState.FAILED, claimed_at=now, error=_("Each worker that tried to send this stopped.")
        )
        again = stuck.update(
            state=DeliveryState.QUEUED,
            next_attempt_at=now,
            error=_("The worker stopped before it had handed the mail over."),
        )
    return int(unknown + lost + again)


class _TooManyBreaks(Exception):
    """The server takes connections and does not hold them: others are tried later, not one after the other."""


def _send_some() -> int:
    """Send as much as goes over one connection, or through the outbox."""
    sent = breaks = 0
    with _way_out() as server:
        for _number in range(MAILS_A_CONNECTION):
            if server is not None:
                server.open()
            delivery = _claim()
            if delivery is None:
                break
            outcome = _attempt(server, delivery)
            _record(delivery, outcome, Transport.OUTBOX if server is None else Transport.SMTP)
            sent += outcome.verdict is Verdict.ACCEPTED
            breaks = breaks + 1 if outcome.broke else 0
            if breaks >= BREAKS_IN_A_ROW:
                _due().update(next_attempt_at=timezone.now() + _SOON)
                raise _TooManyBreaks
    return sent


def _way_out() -> Any:
    return MailServer() if settings.EMAIL_HOST else contextlib.nullcontext(None)


def _claim() -> Delivery | None:
    """Take one due row that no other worker has; that is committed before anything is said about it."""
    with in_transaction(durable=True):
        free = _due().select_for_update(skip_locked=True, of=("self",)).select_related("message")
        delivery: Delivery | None = free.order_by("next_attempt_at", "pk").first()
        if delivery is not None:
            delivery.state, delivery.next_attempt_at, delivery.handed_over_at = DeliveryState.SENDING, None, None
            delivery.claimed_at, delivery.attempts = timezone.now(), delivery.attempts + 1
            delivery.save(update_fields=["state", "next_attempt_at", "handed_over_at", "claimed_at", "attempts"])
    return delivery


def _attempt(server: MailServer | None, delivery: Delivery) -> Outcome:
    """Send one mail, or keep it in the outbox; whatever is wrong with it concerns the others in nothing."""
    if unsubscribed_of(delivery.message.topic, [delivery.recipient]):
        return Outcome(Verdict.UNWANTED)
    if not _may_have(delivery):
        return Outcome(Verdict.REFUSED, _("Is not an active member any more who may see this."))
    if server is None:
        return Outcome(Verdict.ACCEPTED)
    try:
        with Composed(delivery) as composed:
            return server.send(
                sender()[1],
                delivery.recipient,
                composed.pieces(),
                about_to_hand_over=lambda: _note_hand_over(delivery),
            )
    except AttachmentGone as error:
        return Outcome(Verdict.REFUSED, str(error))
    except Exception:
        # Nothing raises once the final dot has left, so this mail has not arrived.
        logger.exception("Mail %s could not be put together.", delivery.pk)
        return Outcome(Verdict.DEFERRED, _("The mail could not be put together. The log has the details."))


def _may_have(delivery: Delivery) -> bool:
    """Tell whether the recipient has the role, now: the mail may have waited for the server, or for somebody."""
    role = delivery.message.least_role
    if not role:
        return True
    user = User.objects.filter(email__iexact=delivery.recipient).first()
    access = None if user is None else find_access(user, str(delivery.organization_id))
    return access is not None and access.may(Role(role))


def _mine(delivery: Delivery) -> "models.QuerySet[Delivery]":
    # A worker that was thought dead still knows better than the sweeper what became of its mail.
    found: models.QuerySet[Delivery] = Delivery.objects.filter(
        pk=delivery.pk,
        claimed_at=delivery.claimed_at,
        state__in=(DeliveryState.SENDING, DeliveryState.UNKNOWN),
    )
    return found


def _note_hand_over(delivery: Delivery) -> bool:
    mine = _mine(delivery).filter(state=DeliveryState.SENDING)
    return mine.update(handed_over_at=timezone.now()) == 1


def _record(delivery: Delivery, outcome: Outcome, transport: str) -> None:
    now = timezone.now()
    fields: dict[str, Any]
    match outcome.verdict:
        case Verdict.ACCEPTED:
            fields = {"state": DeliveryState.SENT, "sent_at": now, "error": "", "reply": outcome.words}
        case Verdict.UNKNOWN:
            told = _("The mail was handed over, and then the connection broke: whether it arrived is not known.")
            fields = {"state": DeliveryState.UNKNOWN, "error": f"{told} ({outcome.words})"}
        case Verdict.DEFERRED if delivery.attempts < MOST_ATTEMPTS:
            due = now + BACK_OFF[delivery.attempts - 1]
            fields = {"state": DeliveryState.QUEUED, "next_attempt_at": due, "error": outcome.words}
        case Verdict.UNWANTED:
            fields = {"state": DeliveryState.SUPPRESSED, "error": ""}
        case _:
            fields = {"state": DeliveryState.FAILED, "error": outcome.words}
    if not _mine(delivery).update(transport=transport, **fields):
        logger.warning("Mail %s was settled by others meanwhile; here it was %s.", delivery.pk, outcome.verdict)


def _postpone(reason: str) -> None:
    """Count an attempt at each mail that is due: no conversation could begin."""
    now = timezone.now()
    for pk, attempts in _due().values_list("pk", "attempts")[:_MOST_POSTPONED]:
        # Of several workers that found the server away, one counts.
        seen = _due().filter(pk=pk, attempts=attempts)
        fields: dict[str, Any] = {"next_attempt_at": None, "state": DeliveryState.FAILED}
        if attempts + 1 < MOST_ATTEMPTS:
            fields = {"next_attempt_at": now + BACK_OFF[attempts]}
        seen.update(attempts=attempts + 1, claimed_at=now, error=reason, **fields)


def _give_up(reason: str) -> None:
    _due().update(state=DeliveryState.FAILED, next_attempt_at=None, claimed_at=timezone.now(), error=reason)


def _due() -> Any:
    return Delivery.objects.filter(state=DeliveryState.QUEUED, next_attempt_at__lte=timezone.now())
