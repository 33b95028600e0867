"""Conversations by TLS, from the start or by STARTTLS: nothing is told to whom we do not know."""

import base64
import os
import socket
import threading
import time
from urllib.parse import quote

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult
from django.utils import timezone

from apps.notifications.sending import BACK_OFF, send_due
from config.settings.environment import mail_server
from tests.documents.programs import needed
from tests.notifications.certificates import make_certificate
from tests.notifications.conftest import THREE, attach, row, states
from tests.notifications.servers import BREAK, HANG, MailServer

pytestmark = [pytest.mark.django_db, needed("openssl")]
ANNA, BERT, CARL = THREE
USER, PASSWORD = "bellwether@one.example", "hunter2/s%cr+t: @?#"
FROM_THE_START, BY_STARTTLS = "smtps", "smtp+tls"
WAYS = [FROM_THE_START, BY_STARTTLS]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The certificate of the server that tests talk to."""
    return make_certificate(tmp_path_factory.mktemp("ours"), "DNS:localhost,IP:127.0.0.1")


@pytest.fixture(scope="module")
def another(tmp_path_factory):
    """A certificate of a server of another name."""
    return make_certificate(tmp_path_factory.mktemp("another"), "DNS:mail.example")


@pytest.fixture
def trust(monkeypatch):
    """Let this installation trust a certificate, as an operator would."""
    return lambda certificate: monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))


@pytest.fixture
def serve(script):
    """Start servers that turn to TLS in a way, and let in who has the password."""
    servers = []

    def start(way, certificate):
        def judge(server, session, envelope, mechanism, data):
            known = (data.login.decode(), data.password.decode())
            script.signed_in.append(known)
            return AuthResult(success=known == (USER, PASSWORD), handled=False)

        context = certificate.as_server()
        if way == BY_STARTTLS:
            rules = {"tls_context": context, "require_starttls": True, "auth_required": True}
        else:
            rules = {"ssl_context": context, "auth_require_tls": False}  # which aiosmtpd counts as none
        servers.append(MailServer(script, authenticator=judge, **rules).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def use(settings):
    """Read EMAIL_URL as the settings do."""

    def read(way, port, *, user=USER, password=PASSWORD, host="localhost"):
        url = f"{way}://{quote(user, safe='')}:{quote(password, safe='+')}@{host}:{port}"
        for name, value in mail_server(url).items():
            setattr(settings, name, value)

    return read


def said_by(script):
    """Return the commands that the server heard, without what came with them."""
    return [line.split(b" ")[0].upper() for line in script.in_clear.splitlines()]


def told_nothing(script):
    """Fail when the server, or who listens on the way, heard of a mail or a password."""
    heard = script.in_clear + script.over_tls
    secrets = [PASSWORD, USER, ANNA, "reports@bellwether.example", "Weekly revenue"]
    assert not [secret for secret in secrets if secret.encode() in heard]
    assert not [command for command in (b"AUTH", b"MAIL", b"RCPT", b"DATA") if command in heard.upper()]
    assert (script.received, script.signed_in) == ([], [])
    return True


@pytest.mark.parametrize("way", [*WAYS, "smtp+ssl"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_mails_arrive_over_one_connection_that_nobody_can_read(
    way, host, laundry, certificate, trust, serve, use, script, mail_to
):
    trust(certificate)
    use(way, serve(way, certificate).port, host=host)
    mail_to(*THREE)
    assert send_due(laundry.pk) == 3
    assert script.recipients == THREE
    assert script.signed_in == [(USER, PASSWORD)]
    assert script.connections == 1
    assert said_by(script) == ([b"EHLO", b"STARTTLS"] if way == BY_STARTTLS else [])
    assert row(laundry, ANNA).reply == "250 2.0.0 OK: queued as 4F1A"


@pytest.mark.parametrize("way", WAYS)
def test_a_large_mail_arrives_whole(way, laundry, certificate, trust, serve, use, script, mail_to, files):
    trust(certificate)
    use(way, serve(way, certificate).port)
    content = os.urandom(5_000_000)
    mail_to(ANNA, attachments=(attach(laundry, "Revenue.pdf", content),))
    assert send_due(laundry.pk) == 1
    [attached] = script.mail_to(ANNA).iter_attachments()
    assert attached.get_content() == content


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("untrusted", "self-signed certificate"),
        ("another's", "Hostname mismatch, certificate is not valid for 'localhost'."),
    ],
    ids=["untrusted", "of another name"],
)
def test_a_server_that_cannot_prove_its_name_is_told_nothing_until_it_can(
    way, fault, reason, laundry, certificate, another, trust, serve, use, script, mail_to
):
    shown = certificate if fault == "untrusted" else another
    if fault == "another's":
        trust(another)
    use(way, serve(way, shown).port)
    mail_to(ANNA, BERT)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        assert send_due(laundry.pk) == 0
    assert told_nothing(script)
    assert said_by(script) == ([b"EHLO", b"STARTTLS"] if way == BY_STARTTLS else [])
    for recipient in (ANNA, BERT):
        waiting = row(laundry, recipient)
        assert (waiting.state, waiting.attempts, waiting.next_attempt_at) == ("queued", 1, now + BACK_OFF[0])
        told = waiting.error.replace("self signed", "self-signed")  # as older libraries spell it
        assert told == f"The mail server cannot be reached: its certificate is refused: {reason}"

    trust(certificate)
    use(way, serve(way, certificate).port)
    with time_machine.travel(now + BACK_OFF[0]):
        assert send_due(laundry.pk) == 2
    assert script.recipients == [ANNA, BERT]


def test_a_certificate_of_an_address_is_none_of_its_name(laundry, tmp_path, trust, serve, use, script, mail_to):
    shown = make_certificate(tmp_path, "IP:127.0.0.1")
    trust(shown)
    use(FROM_THE_START, serve(FROM_THE_START, shown).port, host="localhost")
    mail_to(ANNA)
    assert send_due(laundry.pk) == 0
    assert told_nothing(script)
    assert "certificate is not valid for 'localhost'" in row(laundry, ANNA).error


def test_a_server_without_starttls_gets_no_password_in_clear(laundry, use, script, mail_to):
    def take(*arguments):
        return AuthResult(success=True)

    with MailServer(script, authenticator=take, auth_require_tls=False) as server:
        use(BY_STARTTLS, server.port)
        mail_to(ANNA)
        assert send_due(laundry.pk) == 0
    assert told_nothing(script)
    assert said_by(script)[0] == b"EHLO"
    waiting = row(laundry, ANNA)
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert "STARTTLS extension not supported by server" in waiting.error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("454 4.7.0 TLS not available", "454 4.7.0 TLS not available"),
        ("501 5.5.4 no", "501 5.5.4 no"),
        (BREAK, "The mail server cannot be reached: Connection unexpectedly closed"),
        (HANG, "The mail server cannot be reached: it did not answer in time"),
        (
            "220 go ahead",
            "The mail server cannot be reached: it does not speak TLS as EMAIL_URL has it: ",
        ),
    ],
    ids=["not now", "not ever", "breaks", "hangs", "says so and goes on in clear"],
)
def test_a_server_that_offers_starttls_and_does_not_do_it_is_told_nothing(
    answer, error, laundry, certificate, trust, serve, use, script, mail_to, settings
):
    settings.EMAIL_TIMEOUT = 0.5
    trust(certificate)
    script.starttls = answer
    use(BY_STARTTLS, serve(BY_STARTTLS, certificate).port)
    mail_to(ANNA)
    assert send_due(laundry.pk) == 0
    assert told_nothing(script)
    assert row(laundry, ANNA).state == "queued"
    assert row(laundry, ANNA).error.startswith(error)
    assert "_ssl.c" not in row(laundry, ANNA).error


def test_a_port_that_speaks_no_tls_is_told_nothing(laundry, use, script, mail_to):
    with MailServer(script) as server:
        use(FROM_THE_START, server.port)
        mail_to(ANNA)
        assert send_due(laundry.pk) == 0
    assert told_nothing(script)
    waiting = row(laundry, ANNA)
    assert waiting.state == "queued"
    assert waiting.error.startswith("The mail server cannot be reached: it does not speak TLS as EMAIL_URL has it: ")
    assert "_ssl.c" not in waiting.error


@pytest.mark.parametrize("way", ["smtp", *WAYS])
def test_a_server_that_says_nothing_is_waited_for_as_long_as_the_settings_say(way, laundry, use, mail_to, settings):
    settings.EMAIL_TIMEOUT = 0.5
    with Silent() as port:
        use(way, port, host="127.0.0.1")
        mail_to(ANNA)
        begun = time.monotonic()
        assert send_due(laundry.pk) == 0
        took = time.monotonic() - begun
    assert 0.5 <= took < 5
    waiting = row(laundry, ANNA)
    assert (waiting.state, waiting.error) == ("queued", "The mail server cannot be reached: it did not answer in time")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", [BREAK, HANG])
@pytest.mark.parametrize(("place", "state"), [("rcpt", "queued"), ("data", "queued"), ("end", "unknown")])
def test_a_connection_lost_by_tls_is_judged_as_any_other(
    way, fault, place, state, laundry, certificate, trust, serve, use, script, mail_to, settings
):
    trust(certificate)
    settings.EMAIL_TIMEOUT, settings.EMAIL_ACCEPTANCE_TIMEOUT = (30, 0.5) if place == "end" else (0.5, 30)
    getattr(script, place)[BERT] = fault
    use(way, serve(way, certificate).port)
    mail_to(*THREE)
    assert send_due(laundry.pk) == 2
    assert states(laundry) == {ANNA: "sent", BERT: state, CARL: "sent"}
    assert script.connections == 2
    assert "_ssl.c" not in row(laundry, BERT).error


@pytest.mark.parametrize("way", WAYS)
def test_a_password_that_is_refused_is_told_without_it(
    way, laundry, certificate, trust, serve, use, script, mail_to, caplog
):
    trust(certificate)
    use(way, serve(way, certificate).port, password="hunter3-secret")
    mail_to(ANNA)
    assert send_due(laundry.pk) == 0
    assert set(script.signed_in) == {(USER, "hunter3-secret")}
    waiting = row(laundry, ANNA)
    assert waiting.state == "queued"
    assert waiting.error.startswith("535 ")
    hidden = [b"hunter3-secret", base64.b64encode(b"hunter3-secret")]
    assert not [secret for secret in hidden if secret.decode() in waiting.error + waiting.reply + caplog.text]
    assert b"hunter3" not in script.in_clear


class Silent:
    """A port that takes connections and says nothing: a context manager that returns its number."""

    def __enter__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.taken = []
        self.thread = threading.Thread(target=self.take)
        self.thread.start()
        return self.listening.getsockname()[1]

    def take(self):
        try:
            while True:
                self.taken.append(self.listening.accept()[0])
        except OSError:
            pass

    def __exit__(self, *error):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()
        for connection in self.taken:
            connection.close()
