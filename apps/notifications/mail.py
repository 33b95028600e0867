"""A mail before it is sent; a stand-in until the branch of mail is merged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A stored file of apps/core/files that goes with a mail."""

    name: str
    content_type: str
    stored_name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail says, as plain text and as HTML."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
