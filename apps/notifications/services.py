"""Queueing mail; a stand-in until the branch of mail is merged."""

import uuid
from collections.abc import Sequence
from typing import Any

from apps.accounts.models import Organization
from apps.notifications.mail import Mail


def queue_mail(
    *,
    organization: Organization,
    source: uuid.UUID,
    topic: uuid.UUID | None,
    topic_name: str,
    mail: Mail,
    recipients: Sequence[str],
) -> list[Any]:
    """Queue a mail to each recipient."""
    return []
