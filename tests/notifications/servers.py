"""A mail server on loopback that takes mails, and refuses, hangs and breaks off as a test tells it to."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

BREAK = "break off"
HANG = "hang"
PATIENCE_SECONDS = 90


class Script:
    """What the server answers, by recipient; what is not told is taken.

    `rcpt` answers the recipient, `data` the command DATA, `body` breaks off within the content, and `end` answers the
    final dot. `received` are the mails that the server took: also those whose sender was never told. `in_clear` is
    all that others on the way could read, `signed_in` whom the server let in.
    """

    def __init__(self) -> None:
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.body: dict[str, str] = {}
        self.end: dict[str, str] = {}
        self.received: list[tuple[str, bytes]] = []
        self.senders: list[str] = []
        self.connections = 0
        self.in_clear = b""
        self.over_tls = b""
        self.starttls = ""
        self.signed_in: list[tuple[str, str]] = []
        self.on_mail: Callable[[str], None] = lambda recipient: None

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.received]

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(content, policy=email.policy.default) for _, content in self.received]

    def mail_to(self, recipient: str) -> EmailMessage:
        [content] = [content for known, content in self.received if known == recipient]
        return email.message_from_bytes(content, policy=email.policy.default)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = await _told(server, self.rcpt.get(address, "250 OK"))
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        [recipient] = envelope.rcpt_tos
        told = self.end.get(recipient, "250 2.0.0 OK: queued as 4F1A")
        if told in (BREAK, HANG) or told.startswith("2"):
            self.received.append((recipient, envelope.original_content))
            self.senders.append(envelope.mail_from)
            await asyncio.get_running_loop().run_in_executor(None, self.on_mail, recipient)
        return await _told(server, told)


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        script: Script = self.event_handler
        [recipient] = self.envelope.rcpt_tos
        if told := script.data.get(recipient):
            await self.push(await _told(self, told))
            if told.startswith("421"):
                self.transport.close()
        elif script.body.get(recipient):
            await self.push("354 go on")
            await self._reader.read(1000)
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if told := self.event_handler.starttls:
            await self.push(await _told(self, told))
        else:
            await super().smtp_STARTTLS(arg)

    def connection_made(self, transport: Any) -> None:
        self.event_handler.connections += self._original_transport is None  # else STARTTLS has turned one around
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        script: Script = self.event_handler
        if self.transport.get_extra_info("cipher"):
            script.over_tls += data
        else:
            script.in_clear += data
        super().data_received(data)


class MailServer(Controller):
    """The server, on a port of its own: a context manager."""

    def __init__(self, script: Script, *, ssl_context: ssl.SSLContext | None = None, **options: Any) -> None:
        self.script = script
        self.options = options
        super().__init__(script, hostname="127.0.0.1", port=0, ssl_context=ssl_context)

    def factory(self) -> SMTP:
        return _Server(self.handler, hostname="mail.test", **self.options)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def __enter__(self) -> Self:
        self.start()
        self.script.connections = 0
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


async def _told(server: SMTP, answer: str) -> str:
    if answer == BREAK:
        server.transport.abort()
        return "421 gone"
    if answer == HANG:
        await asyncio.sleep(PATIENCE_SECONDS)
    return answer
