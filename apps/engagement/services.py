"""Recording facts of contact, each inside the context of its organization."""

import uuid
from collections.abc import Mapping
from typing import Any

from apps.core.recording import Recorded, record_once
from apps.engagement.models import Interaction


def record_interaction(*, organization_id: uuid.UUID, fields: Mapping[str, Any]) -> Recorded[Interaction]:
    """Record a contact with a customer once; see `record_once`."""
    return record_once(Interaction, organization_id=organization_id, fields=fields)
