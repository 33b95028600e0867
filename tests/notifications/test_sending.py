"""Queueing, deciding and handing out: what is written down, and when something leaves."""

import datetime
import uuid
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import Organization
from apps.backoffice.attention import THIS_WEEK, read_attention
from apps.core.context import organization_context
from apps.notifications import tasks
from apps.notifications.models import Delivery, DeliveryState, MailMessage, Transport
from apps.notifications.selectors import deliveries_of, organizations_due
from apps.notifications.sending import MOST_ATTEMPTS, STUCK_AFTER, send_due, sweep_deliveries
from apps.notifications.services import mark_as_sent, queue_mail, retry_failed, send_again
from tests.notifications.conftest import THREE, queue_for, row, states

pytestmark = pytest.mark.django_db
ANNA, BERT, CARL = THREE


@pytest.fixture
def enqueued(monkeypatch):
    """The tasks that were sent to the queue."""
    sent = []
    monkeypatch.setattr(tasks.send_mails, "apply_async", lambda **options: sent.append(options["args"]))
    return sent


def change(organization, recipient, **fields):
    with organization_context(organization.pk):
        Delivery.objects.filter(recipient=recipient).update(**fields)


def test_without_a_mail_server_mails_are_kept_in_the_outbox(laundry, mail_to):
    mail_to(ANNA, BERT)
    assert send_due(laundry.pk) == 2
    for recipient in (ANNA, BERT):
        kept = row(laundry, recipient)
        assert (kept.state, kept.transport, kept.reply) == ("sent", Transport.OUTBOX, "")


def test_asking_again_for_a_source_changes_nothing_and_adds_who_is_new(laundry, mail_server, script):
    source = uuid.uuid4()
    first = queue_for(laundry, ANNA, "ANNA@one.example", BERT, source=source)
    assert [delivery.recipient for delivery in first] == [ANNA, BERT]
    assert send_due(laundry.pk) == 2
    again = queue_for(laundry, CARL, ANNA, source=source, text="Other figures")
    assert [(delivery.recipient, delivery.state) for delivery in again] == [(CARL, "queued"), (ANNA, "sent")]
    assert send_due(laundry.pk) == 1
    assert sorted(script.recipients) == THREE
    with organization_context(laundry.pk):
        assert [delivery.recipient for delivery in deliveries_of(source)] == THREE
        assert MailMessage.objects.count() == 2


def test_two_contents_of_a_source_go_to_their_own_recipients(laundry, mail_server, script):
    source = uuid.uuid4()
    for recipient, text in ((ANNA, "in full"), (BERT, "masked"), (CARL, "masked")):
        queue_for(laundry, recipient, source=source, text=text, html="")
    send_due(laundry.pk)
    texts = {mail["To"]: mail.get_content().strip() for mail in script.mails()}
    assert texts == {ANNA: "in full", BERT: "masked", CARL: "masked"}
    with organization_context(laundry.pk):
        assert MailMessage.objects.count() == 2


def test_an_address_that_is_none_fails_by_itself_and_is_not_sent_to_again(laundry, mail_server, script, cast):
    bad = "a@b.example\nBcc: evil@x.example"
    [_, failed] = queue_for(laundry, ANNA, bad)
    assert (failed.recipient, failed.state) == ("a@b.example Bcc: evil@x.example", "failed")
    assert "line breaks" in failed.error
    assert send_due(laundry.pk) == 1
    with organization_context(laundry.pk):
        assert send_again([failed.pk], decided_by=cast.owner) == 0
        assert retry_failed(failed.source) == 0
    assert script.recipients == [ANNA]


def test_sending_begins_when_the_caller_has_committed(laundry, enqueued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        queue_for(laundry, ANNA, BERT)
    assert enqueued == []
    for callback in callbacks:
        callback()
    assert enqueued == [[str(laundry.pk)]]


def test_a_broker_that_is_away_leaves_the_mail_queued_for_beat(
    laundry, monkeypatch, enqueued, django_capture_on_commit_callbacks
):
    def refuse(**options):
        raise tasks.send_mails.OperationalError

    with monkeypatch.context() as away, django_capture_on_commit_callbacks(execute=True):
        away.setattr(tasks.send_mails, "apply_async", refuse)
        queue_for(laundry, ANNA)
    assert states(laundry) == {ANNA: "queued"}
    tasks.send_due_mails()
    assert enqueued == [[str(laundry.pk)]]
    tasks.send_mails(*enqueued[0])
    assert states(laundry) == {ANNA: "sent"}


def test_beat_hands_out_the_organizations_whose_mails_are_due_and_nobody_sends(laundry, clinic, wholesaler):
    for organization in (laundry, clinic, wholesaler):
        queue_for(organization, ANNA, BERT)
    now = timezone.now()
    change(clinic, ANNA, state=DeliveryState.SENDING, claimed_at=now, next_attempt_at=None)
    for recipient in (ANNA, BERT):
        change(wholesaler, recipient, next_attempt_at=now + datetime.timedelta(hours=1))
    assert organizations_due(now) == [laundry.pk]
    later = now + datetime.timedelta(hours=2)
    assert set(organizations_due(later)) == {laundry.pk, clinic.pk, wholesaler.pk}


def test_an_organization_that_was_switched_off_mails_nobody(laundry, mail_server, script, mail_to):
    mail_to(*THREE)
    Organization.objects.filter(pk=laundry.pk).update(is_active=False)
    assert send_due(laundry.pk) == 0
    assert script.connections == 0
    assert set(states(laundry).values()) == {"failed"}
    assert row(laundry, ANNA).error == "The organization is switched off."


def test_mails_of_one_organization_are_none_of_anothers(laundry, clinic, mail_server, script):
    queue_for(laundry, ANNA)
    queue_for(clinic, BERT)
    assert send_due(laundry.pk) == 1
    assert script.recipients == [ANNA]
    assert states(clinic) == {BERT: "queued"}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "queued"),
        ({"handed_over_at": timezone.now()}, "unknown"),
        ({"attempts": MOST_ATTEMPTS}, "failed"),
        ({"attempts": MOST_ATTEMPTS, "handed_over_at": timezone.now()}, "unknown"),
    ],
    ids=["not handed over", "handed over", "tried too often", "handed over at last"],
)
def test_the_sweeper_settles_what_a_dead_worker_left(fields, state, laundry, mail_to):
    mail_to(ANNA, BERT)
    now = timezone.now()
    change(laundry, ANNA, state=DeliveryState.SENDING, claimed_at=now, next_attempt_at=None, **fields)
    assert sweep_deliveries(now + STUCK_AFTER) == 0
    assert sweep_deliveries(now + STUCK_AFTER + datetime.timedelta(seconds=1)) == 1
    assert states(laundry) == {ANNA: state, BERT: "queued"}
    assert row(laundry, ANNA).error.startswith(("The worker stopped", "Each worker"))


def test_a_worker_that_was_only_slow_takes_its_mail_back_once_the_sweeper_gave_it_away(
    laundry, mail_server, script, mail_to, monkeypatch
):
    from apps.notifications import sending

    note = sending._note_hand_over

    def swept_before(delivery):
        sweep_deliveries(timezone.now() + 2 * STUCK_AFTER)
        return note(delivery)

    mail_to(ANNA)
    with monkeypatch.context() as slow:
        slow.setattr(sending, "_note_hand_over", swept_before)
        slow.setattr(sending, "BREAKS_IN_A_ROW", 1)
        assert send_due(laundry.pk) == 0
    assert script.received == []
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
        assert send_due(laundry.pk) == 1
    assert script.recipients == [ANNA]


def test_a_mail_that_cannot_be_put_together_does_not_stop_the_others(
    laundry, mail_server, script, mail_to, monkeypatch, caplog
):
    from apps.notifications.composing import Composed

    pieces = Composed.pieces

    def broken(self):
        if self._delivery.recipient == BERT:
            raise LookupError("poison")
        return pieces(self)

    monkeypatch.setattr(Composed, "pieces", broken)
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2
    assert states(laundry) == {ANNA: "sent", BERT: "queued", CARL: "sent"}
    assert row(laundry, BERT).error == "The mail could not be put together. The log has the details."
    assert "poison" in caplog.text
    assert BERT not in caplog.text


def test_somebody_decides_about_what_did_not_arrive(laundry, clinic, mail_to, cast):
    mail_to(*THREE)
    change(laundry, ANNA, state="unknown", next_attempt_at=None, error="lost", attempts=3)
    change(laundry, BERT, state="failed", next_attempt_at=None, error="refused")
    change(laundry, CARL, state="sent", next_attempt_at=None, sent_at=timezone.now(), transport="smtp")
    keys = [row(laundry, recipient).pk for recipient in THREE]
    with organization_context(clinic.pk):
        assert send_again(keys, decided_by=cast.stranger) == mark_as_sent(keys, decided_by=cast.stranger) == 0
    with organization_context(laundry.pk):
        assert mark_as_sent(keys, decided_by=cast.analyst) == 1
        assert send_again(keys, decided_by=cast.owner) == 1
    assert states(laundry) == {ANNA: "sent", BERT: "queued", CARL: "sent"}
    assert (row(laundry, ANNA).decided_by, row(laundry, BERT).decided_by) == (cast.analyst, cast.owner)
    assert (row(laundry, BERT).error, row(laundry, BERT).attempts) == ("", 0)


def test_retrying_a_source_takes_what_failed_and_leaves_what_may_have_arrived(laundry):
    source = uuid.uuid4()
    queue_for(laundry, ANNA, BERT, source=source)
    queue_for(laundry, CARL)
    change(laundry, ANNA, state="unknown", next_attempt_at=None)
    for recipient in (BERT, CARL):
        change(laundry, recipient, state="failed", next_attempt_at=None)
    with organization_context(laundry.pk):
        assert retry_failed(source) == 1
    assert states(laundry) == {ANNA: "unknown", BERT: "queued", CARL: "failed"}


def test_the_sidebar_counts_what_did_not_arrive_of_late(laundry, clinic):
    queue_for(laundry, *THREE)
    queue_for(clinic, ANNA)
    change(laundry, ANNA, state="unknown", next_attempt_at=None)
    change(laundry, BERT, state="failed", next_attempt_at=None)
    change(laundry, CARL, state="failed", next_attempt_at=None, created_at=timezone.now() - THIS_WEEK)
    assert [read_attention(one.pk).undelivered for one in (laundry, clinic)] == [2, 0]


def test_the_message_id_stays_when_the_sender_is_renamed(laundry, mail_server, script, settings, mail_to):
    [delivery] = mail_to(ANNA)
    settings.DEFAULT_FROM_EMAIL = "new@other.example"
    send_due(laundry.pk)
    assert script.mail_to(ANNA)["Message-ID"] == f"<{delivery.pk}@bellwether.example>"
    assert script.senders == ["new@other.example"]


def test_nothing_but_addresses_is_taken_for_one(laundry):
    odd = [None, 7, {"to": ANNA}, SimpleNamespace(email=ANNA)]
    deliveries = queue_mail(
        organization=laundry, source=uuid.uuid4(), topic=None, topic_name="", mail=mail(), recipients=[*odd, ANNA]
    )
    assert [delivery.state for delivery in deliveries] == ["failed"] * 4 + ["queued"]


def mail():
    from apps.notifications.mail import Mail

    return Mail("Subject", "Text")
