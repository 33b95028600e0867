"""Mail servers and mails of tests."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.context import organization_context
from apps.core.files import new_file
from apps.notifications.mail import Attachment, Mail
from apps.notifications.models import Delivery
from apps.notifications.services import queue_mail
from tests.notifications.servers import MailServer, Script

THREE = ["anna@one.example", "bert@two.example", "carl@three.example"]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def mail_server(script, settings) -> Iterator[MailServer]:
    """A server that follows the script, and the settings that lead to it."""
    with MailServer(script) as server:
        use_server(settings, server)
        yield server


def use_server(settings: Any, server: MailServer) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture
def files(settings, tmp_path) -> None:
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def mail_to(laundry) -> Callable[..., list[Delivery]]:
    """Return what queues a mail of the laundry."""

    def queue(*recipients: str, **changes: Any) -> list[Delivery]:
        return queue_for(laundry, *recipients, **changes)

    return queue


def queue_for(organization: Any, *recipients: str, **changes: Any) -> list[Delivery]:
    fields = {
        "subject": "Weekly revenue",
        "text": "Revenue: USD 1,200.00\n",
        "html": "<p>Revenue: <b>USD 1,200.00</b></p>",
    }
    mail = Mail(**{**fields, **{name: changes.pop(name) for name in [*fields, "attachments"] if name in changes}})
    arguments = {"source": uuid.uuid4(), "topic": None, "topic_name": "", **changes}
    return queue_mail(organization=organization, mail=mail, recipients=recipients, **arguments)


def states(organization: Any) -> dict[str, str]:
    with organization_context(organization.pk):
        return dict(Delivery.objects.order_by("recipient").values_list("recipient", "state"))


def row(organization: Any, recipient: str) -> Delivery:
    with organization_context(organization.pk):
        return Delivery.objects.select_related("message").get(recipient=recipient)


def attach(organization: Any, name: str, content: bytes, content_type: str = "application/pdf") -> Attachment:
    with new_file(organization.pk, "bin") as new:
        new.target.write(content)
    stored = new.finished()
    return Attachment(name, content_type, stored.stored_name, stored.size)
