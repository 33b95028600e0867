"""Conversations with a real mail server: what it says, and what becomes of each mail."""

import datetime
import os

import pytest
import time_machine
from django.utils import timezone

from apps.core.context import organization_context
from apps.notifications.models import Delivery, DeliveryState, Transport
from apps.notifications.sending import BACK_OFF, MOST_ATTEMPTS, send_due
from tests.notifications.conftest import THREE, attach, row, states, use_server
from tests.notifications.servers import BREAK, HANG, MailServer

pytestmark = pytest.mark.django_db
ANNA, BERT, CARL = THREE
LATER = datetime.timedelta(minutes=2)


def test_each_recipient_gets_a_mail_of_their_own_over_one_connection(laundry, mail_server, mail_to, script):
    rows = mail_to(*THREE)
    assert send_due(laundry.pk) == 3

    assert script.recipients == THREE
    assert script.connections == 1
    assert set(script.senders) == {"reports@bellwether.example"}
    assert [mail["To"] for mail in script.mails()] == THREE
    for delivery in rows:
        sent = row(laundry, delivery.recipient)
        assert (sent.state, sent.transport, sent.attempts, sent.error) == ("sent", Transport.SMTP, 1, "")
        assert sent.reply == "250 2.0.0 OK: queued as 4F1A"
        assert sent.sent_at >= sent.handed_over_at >= sent.claimed_at
        assert (
            script.mail_to(sent.recipient)["Message-ID"]
            == sent.internet_message_id
            == f"<{sent.pk}@bellwether.example>"
        )


def test_nothing_is_sent_twice(laundry, mail_server, mail_to, script):
    mail_to(*THREE)
    assert [send_due(laundry.pk) for _ in range(3)] == [3, 0, 0]
    assert script.recipients == THREE


def test_one_of_three_is_refused_for_good_with_the_servers_words_and_the_others_arrive(
    laundry, mail_server, mail_to, script
):
    script.rcpt[BERT] = "550 5.1.1 <bert@two.example>: no such user here"
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2

    assert script.recipients == [ANNA, CARL]
    assert states(laundry) == {ANNA: "sent", BERT: "failed", CARL: "sent"}
    refused = row(laundry, BERT)
    assert refused.error == "550 5.1.1 <bert@two.example>: no such user here"
    assert (refused.next_attempt_at, refused.attempts, script.connections) == (None, 1, 1)


@pytest.mark.parametrize("place", ["rcpt", "data", "end"])
@pytest.mark.parametrize(
    ("answer", "state"),
    [("421 4.3.2 shutting down", "queued"), ("451 4.7.1 greylisted", "queued"), ("554 5.7.1 not here", "failed")],
)
def test_an_answer_says_whether_the_mail_is_tried_again(place, answer, state, laundry, mail_server, mail_to, script):
    getattr(script, place)[BERT] = answer
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2

    assert states(laundry) == {ANNA: "sent", BERT: state, CARL: "sent"}
    assert row(laundry, BERT).error == answer
    getattr(script, place).clear()
    with time_machine.travel(timezone.now() + LATER):
        send_due(laundry.pk)
    assert script.recipients.count(BERT) == (1 if state == "queued" else 0)
    assert script.recipients.count(ANNA) == script.recipients.count(CARL) == 1


def test_a_mail_that_is_tried_again_has_the_same_bytes(laundry, mail_server, mail_to, script, files):
    script.end[ANNA] = BREAK  # the server took it, and nobody was told
    mail_to(ANNA, attachments=(attach(laundry, "Umsätze.pdf", os.urandom(200_000)),))
    send_due(laundry.pk)
    with organization_context(laundry.pk):
        Delivery.objects.update(state=DeliveryState.QUEUED, next_attempt_at=timezone.now())
    script.end.clear()
    send_due(laundry.pk)

    [(_, first), (_, second)] = script.received
    assert first == second


@pytest.mark.parametrize("place", ["rcpt", "data"])
@pytest.mark.parametrize("fault", [BREAK, HANG])
def test_a_connection_lost_before_the_content_is_known_not_to_have_delivered(
    place, fault, laundry, mail_server, mail_to, script, settings
):
    settings.EMAIL_TIMEOUT = 0.3
    getattr(script, place)[BERT] = fault
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2

    assert states(laundry) == {ANNA: "sent", BERT: "queued", CARL: "sent"}
    waiting = row(laundry, BERT)
    assert waiting.error.startswith("The connection to the mail server broke: ")
    assert waiting.next_attempt_at > timezone.now()
    assert (waiting.handed_over_at, script.connections) == (None, 2)


def test_a_connection_reset_before_the_final_dot_is_known_not_to_have_delivered(
    laundry, mail_server, mail_to, script, files
):
    script.body[BERT] = BREAK
    mail_to(*THREE, attachments=(attach(laundry, "large.pdf", os.urandom(9_000_000)),))
    assert send_due(laundry.pk) == 2
    assert states(laundry) == {ANNA: "sent", BERT: "queued", CARL: "sent"}
    assert row(laundry, BERT).handed_over_at is None

    script.body.clear()
    with time_machine.travel(timezone.now() + LATER):
        send_due(laundry.pk)
    assert states(laundry)[BERT] == "sent"
    assert sorted(script.recipients) == THREE


@pytest.mark.parametrize("fault", [BREAK, HANG])
def test_a_connection_lost_after_the_final_dot_leaves_an_unknown_that_is_never_sent_again_by_itself(
    fault, laundry, mail_server, mail_to, script, settings
):
    settings.EMAIL_ACCEPTANCE_TIMEOUT = 0.3
    script.end[BERT] = fault
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2

    assert states(laundry) == {ANNA: "sent", BERT: "unknown", CARL: "sent"}
    unknown = row(laundry, BERT)
    assert unknown.error.startswith("The mail was handed over, and then the connection broke")
    assert (unknown.next_attempt_at, unknown.sent_at) == (None, None)
    script.end.clear()
    with time_machine.travel(timezone.now() + datetime.timedelta(days=2)):
        assert send_due(laundry.pk) == 0
    assert script.recipients.count(BERT) == 1


def test_a_server_that_is_away_is_tried_less_and_less_often_and_then_given_up(laundry, settings, mail_to, script):
    with MailServer(script) as server:  # what was its port is nobody's now
        use_server(settings, server)
    mail_to(ANNA, BERT)
    now = timezone.now()
    waits = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with time_machine.travel(now, tick=False):
            assert send_due(laundry.pk) == 0
            tried = row(laundry, ANNA)
            assert tried.attempts == attempt
            assert "cannot be reached" in tried.error
            assert states(laundry) == {ANNA: tried.state, BERT: tried.state}
            if tried.next_attempt_at:
                waits.append(tried.next_attempt_at - now)
                now = tried.next_attempt_at
    assert tuple(waits) == BACK_OFF
    assert states(laundry) == {ANNA: "failed", BERT: "failed"}


def test_a_server_that_holds_no_connection_is_not_asked_for_each_mail(laundry, mail_server, mail_to, script):
    addresses = [f"{number}@one.example" for number in range(9)]
    script.rcpt.update(dict.fromkeys(addresses, BREAK))
    mail_to(*addresses)
    assert send_due(laundry.pk) == 0
    assert script.connections == 2
    with organization_context(laundry.pk):
        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0] * 7 + [1] * 2
        assert not Delivery.objects.filter(next_attempt_at__lte=timezone.now()).exists()
    script.rcpt.clear()
    with time_machine.travel(timezone.now() + LATER):
        assert send_due(laundry.pk) == 9


def test_a_password_that_is_refused_is_told_without_it(laundry, settings, mail_to, script):
    def refuse(*arguments):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=False, handled=False)

    with MailServer(script, authenticator=refuse, auth_require_tls=False) as server:
        use_server(settings, server)
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "bellwether", "hunter2-secret"
        mail_to(ANNA)
        send_due(laundry.pk)
    waiting = row(laundry, ANNA)
    assert waiting.state == "queued"
    assert waiting.error.startswith("535 ")
    assert "hunter2" not in waiting.error


def test_mail_never_falls_back_to_a_connection_that_others_can_read(laundry, mail_server, mail_to, script, settings):
    settings.EMAIL_USE_TLS = True  # this server knows no STARTTLS
    mail_to(ANNA)
    send_due(laundry.pk)
    assert script.received == []
    assert "STARTTLS" in row(laundry, ANNA).error


@pytest.mark.parametrize("answer", ["550 no\x00body\x1b[31m here", "550 " + "x" * 3000])
def test_what_a_server_says_is_one_line_of_bounded_length(answer, laundry, mail_server, mail_to, script):
    script.rcpt[ANNA] = answer[:480]
    mail_to(ANNA)
    send_due(laundry.pk)
    said = row(laundry, ANNA).error
    assert said.isprintable()
    assert len(said) <= 400
