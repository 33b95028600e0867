"""What is to be mailed, before anybody gets it."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file (`apps.core.files`) under the name that recipients see; `size` is in bytes."""

    name: str
    content_type: str
    stored_name: str
    size: int

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        """Return what `as_json` wrote."""
        return cls(entry["name"], entry["content_type"], entry["stored_name"], int(entry["size"]))

    def as_json(self) -> dict[str, Any]:
        """Return it as a mail's row keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail without recipients. `html` is a whole document, or empty; how to unsubscribe is added to both bodies.

    `least_role` is what a recipient must be when the mail leaves; the empty text lets anybody have it.
    """

    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    least_role: str = ""

    @property
    def attached_bytes(self) -> int:
        """How many bytes the attachments have together, before they are encoded."""
        return sum(attachment.size for attachment in self.attachments)

    def digest(self, topic: uuid.UUID | None) -> str:
        """Return what two mails share when they are the same."""
        parts = [
            self.subject,
            self.text,
            self.html,
            str(topic),
            self.least_role,
            *(one.as_json() for one in self.attachments),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
