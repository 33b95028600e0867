"""A mail as it goes over the wire, in pieces: the same bytes on each attempt, whatever the attachments' size.

The headers are written here and not by `email.message.EmailMessage`, which reads a subject such as `=?utf-8?b?…?=`
as if it were encoded already.
"""

import base64
import contextlib
import datetime
import re
from collections.abc import Iterator, Sequence
from email import policy
from email.header import Header
from email.message import EmailMessage, Message
from email.utils import format_datetime, formataddr, parseaddr
from typing import IO, Self

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.core.files import open_stored
from apps.notifications.addresses import normalized_address, one_line
from apps.notifications.mail import Attachment
from apps.notifications.models import Delivery, MailMessage
from apps.notifications.unsubscribing import Subscription, unsubscribe_url

_POLICY = policy.SMTP.clone(cte_type="7bit")  # any server takes it
_BYTES_OF_A_LINE = 57  # 76 characters in base64
_CHUNK = _BYTES_OF_A_LINE * 1024
_LONGEST_NAME = 150
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


class AttachmentGone(Exception):
    """A file that the mail has attached is stored no more; the message names it."""


def sender() -> tuple[str, str]:
    """Return the name and the address that mails are from."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return one_line(name), normalized_address(address)


def new_message_id(delivery: Delivery) -> str:
    """Return the Message-ID of a delivery; it is kept in its row, whatever the sender is called later."""
    return f"<{delivery.pk}@{sender()[1].partition('@')[2]}>"


class Composed:
    """One recipient's mail with its attachments open: a context manager.

    Raises:
        AttachmentGone: on entering, when a file is missing.

    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._message: MailMessage = delivery.message
        self._attachments = [Attachment.from_json(entry) for entry in self._message.attachments]
        self._files: list[IO[bytes]] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as opened:
            for attachment in self._attachments:
                try:
                    file = open_stored(self._delivery.organization_id, attachment.stored_name)
                except FileNotFoundError:
                    raise AttachmentGone(
                        _("The attachment %(name)s is not kept any more.") % {"name": attachment.name}
                    ) from None
                self._files.append(opened.enter_context(file))
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def pieces(self) -> Iterator[bytes]:
        """Yield the mail, in lines that end in CRLF; SMTP's dots are not doubled yet."""
        body = self._bodies().as_bytes()
        yield _header_lines(self._headers())
        if not self._attachments:
            yield body
            return
        boundary = f"=_{self._delivery.pk.hex}_mixed"
        yield f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode()
        yield f"\r\n--{boundary}\r\n".encode() + body
        for attachment, file in zip(self._attachments, self._files, strict=True):
            yield f"\r\n--{boundary}\r\n".encode() + _attachment_headers(attachment)
            while chunk := file.read(_CHUNK):
                yield base64.encodebytes(chunk).replace(b"\n", b"\r\n")
        yield f"\r\n--{boundary}--\r\n".encode()

    def _headers(self) -> list[tuple[str, str]]:
        delivery, message = self._delivery, self._message
        headers: list[tuple[str, str]] = [
            ("From", _sender_line()),
            ("To", delivery.recipient),
            ("Subject", _encoded(message.subject, "Subject")),
            ("Date", format_datetime(message.created_at.astimezone(datetime.UTC))),
            ("Message-ID", delivery.internet_message_id),
            ("Auto-Submitted", "auto-generated"),
        ]
        if address := self._unsubscribe_url():
            headers += [
                ("List-Unsubscribe", f"<{address}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        return headers

    def _bodies(self) -> EmailMessage:
        text, html = self._message.text, self._message.html
        if address := self._unsubscribe_url():
            text, html = _with_way_out(text, html, self._message.topic_name, address)
        bodies = EmailMessage(policy=_POLICY)
        bodies.set_content(text)
        if html:
            bodies.add_alternative(html, subtype="html")
            bodies.set_boundary(f"=_{self._delivery.pk.hex}_bodies")
        return bodies

    def _unsubscribe_url(self) -> str:
        topic = self._message.topic
        if topic is None:
            return ""
        return unsubscribe_url(Subscription(self._delivery.organization_id, topic, self._delivery.recipient))


def _with_way_out(text: str, html: str, topic_name: str, address: str) -> tuple[str, str]:
    """Return both bodies with a last line on how to get no more of these mails."""
    about = _("You receive “%(topic)s” by e-mail.") % {"topic": topic_name} if topic_name else ""
    text = f"{text.rstrip()}\n\n-- \n{about}\n{_('Unsubscribe')}: {address}\n"
    if not html:
        return text, html
    line = format_html(
        '<p style="margin:24px 0;text-align:center;font:12px/1.5 system-ui,sans-serif;color:#5b6770">'
        '{} <a href="{}" style="color:#5b6770">{}</a></p>',
        about, address, _("Unsubscribe"),
    )  # fmt: skip
    before, end, after = html.rpartition("</body>")
    return text, f"{before}{line}{end}{after}" if end else f"{html}{line}"


def _sender_line() -> str:
    name, address = sender()
    return formataddr((name, address)) if name.isascii() and "=?" not in name else f"{_encoded(name)} <{address}>"


def _encoded(text: str, header: str = "") -> str:
    """Return a text as a header has it (RFC 2047); what looks as if it were encoded is encoded, to be seen as it is."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def _attachment_headers(attachment: Attachment) -> bytes:
    known = _CONTENT_TYPE.fullmatch(attachment.content_type)
    part = Message()
    part["Content-Type"] = attachment.content_type if known else "application/octet-stream"
    part["Content-Transfer-Encoding"] = "base64"
    name = one_line(attachment.name, _LONGEST_NAME).replace('"', "'").replace("\\", "-")
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return _header_lines(part.items()) + b"\r\n"


def _header_lines(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")
