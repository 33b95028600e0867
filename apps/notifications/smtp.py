"""Talking to the mail server: one transaction for each recipient, and certainty about what became of it.

Until the final dot has left, the server cannot have taken the mail: what breaks before is known not to have arrived.
From the final dot to the server's answer nobody can know, and only then the verdict is `UNKNOWN`.
"""

import contextlib
import enum
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.utils.translation import gettext as _

from apps.notifications.addresses import one_line

LONGEST_WORDS = 400
BODY_WITHIN_SECONDS = 300
_LINES_THAT_BEGIN_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)
_SERVICE_CLOSES = 421
_GO_AHEAD = 354


class Verdict(enum.Enum):
    """What became of one attempt."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    DEFERRED = "deferred"  # known not to have arrived; may be tried again
    UNKNOWN = "unknown"
    UNWANTED = "unwanted"  # its recipient has unsubscribed meanwhile


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with the server's words, or ours where it said nothing; `broke` tells that the connection did."""

    verdict: Verdict
    words: str = ""
    broke: bool = False


class ServerUnreachable(Exception):
    """No conversation can begin; the message tells people why, without a secret."""


class MailServer:
    """A connection to the server that the settings name, opened when it is needed: a context manager."""

    def __init__(self) -> None:
        self._server: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._break_off()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._server is not None

    def open(self) -> None:
        """Connect, turn to TLS and sign in, as the settings say; nothing to do where that is done.

        Raises:
            ServerUnreachable: one of these failed.

        """
        if self._server is None:
            try:
                self._connect()
            except smtplib.SMTPResponseException as error:
                self._break_off()
                raise ServerUnreachable(_said(error.smtp_code, error.smtp_error)) from error
            except (smtplib.SMTPException, OSError) as error:
                self._break_off()
                raise ServerUnreachable(_("The mail server cannot be reached: %s") % _reason(error)) from error

    def send(
        self, sender: str, recipient: str, pieces: Iterable[bytes], *, about_to_hand_over: Callable[[], bool]
    ) -> Outcome:
        """Send one mail to one recipient, over a connection that is open.

        `about_to_hand_over` is called when all but the final dot has left; when it says no, the mail is taken back.
        """
        try:
            refusal = self._announce(sender, recipient)
            if refusal is not None:
                return refusal
            self._hand_over(pieces, about_to_hand_over)
        except (smtplib.SMTPException, OSError) as error:
            self._break_off()
            return Outcome(
                Verdict.DEFERRED, _("The connection to the mail server broke: %s") % _reason(error), broke=True
            )
        except BaseException:
            self._break_off()  # or the server would take what is sent next as the rest of this mail
            raise
        return self._answer()

    def _connect(self) -> None:
        known: dict[str, Any] = {"local_hostname": DNS_NAME.get_fqdn(), "timeout": settings.EMAIL_TIMEOUT}
        address = (settings.EMAIL_HOST, settings.EMAIL_PORT)
        if settings.EMAIL_USE_SSL:
            self._server = smtplib.SMTP_SSL(*address, context=ssl.create_default_context(), **known)
        else:
            self._server = smtplib.SMTP(*address, **known)
        if settings.EMAIL_USE_TLS:
            self._server.starttls(context=ssl.create_default_context())
        self._server.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            self._server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)

    def _announce(self, sender: str, recipient: str) -> Outcome | None:
        """Go as far as the permission to send the content; return what stands in the way."""
        server = self._server
        steps: tuple[tuple[Callable[[], tuple[int, bytes]], set[int]], ...] = (
            (lambda: server.mail(sender), {250}),
            (lambda: server.rcpt(recipient), {250, 251}),
            (lambda: server.docmd("DATA"), {_GO_AHEAD}),
        )
        for command, expected in steps:
            code, words = command()
            if code not in expected:
                self._begin_anew(code)
                verdict = Verdict.REFUSED if 500 <= code < 600 else Verdict.DEFERRED
                return Outcome(verdict, _said(code, words))
        return None

    def _hand_over(self, pieces: Iterable[bytes], about_to_hand_over: Callable[[], bool]) -> None:
        deadline = time.monotonic() + BODY_WITHIN_SECONDS
        last = b""
        for piece in pieces:
            if time.monotonic() > deadline:
                raise ConnectionAbortedError(_("it took too long"))
            self._server.sock.sendall(_LINES_THAT_BEGIN_WITH_A_DOT.sub(b"..", piece))
            last = piece or last
        if not about_to_hand_over():
            raise ConnectionAbortedError(_("another worker has taken this mail over"))
        self._server.sock.sendall(b".\r\n" if last.endswith(b"\r\n") else b"\r\n.\r\n")

    def _answer(self) -> Outcome:
        try:
            self._server.sock.settimeout(settings.EMAIL_ACCEPTANCE_TIMEOUT)
            code, words = self._server.getreply()
            self._server.sock.settimeout(settings.EMAIL_TIMEOUT)
        except (smtplib.SMTPException, OSError, AttributeError) as error:
            self._break_off()
            return Outcome(Verdict.UNKNOWN, _reason(error), broke=True)
        if 200 <= code < 300:
            return Outcome(Verdict.ACCEPTED, _said(code, words))
        self._begin_anew(code)
        if 400 <= code < 600:
            return Outcome(Verdict.REFUSED if code >= 500 else Verdict.DEFERRED, _said(code, words))
        return Outcome(Verdict.UNKNOWN, _said(code, words))

    def _begin_anew(self, code: int) -> None:
        """Forget the transaction that was refused; without the server's consent, by a new connection."""
        try:
            if code != _SERVICE_CLOSES and self._server.rset()[0] == 250:
                return
        except (smtplib.SMTPException, OSError):
            pass
        self._break_off()

    def _break_off(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return one_line(f"{code} {text}", LONGEST_WORDS)


def _reason(error: Exception) -> str:
    # Beneath, smtplib keeps what the socket said.
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return one_line(_("its certificate is refused: %s") % cause.verify_message, LONGEST_WORDS)
    if isinstance(cause, ssl.SSLError):
        return one_line(_("it does not speak TLS as EMAIL_URL has it: %s") % _plain(cause), LONGEST_WORDS)
    if isinstance(cause, TimeoutError):
        return _("it did not answer in time")
    return one_line(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__, LONGEST_WORDS)


def _plain(error: ssl.SSLError) -> str:
    return str(error.reason or "").replace("_", " ").lower() or str(error)
