"""What can be wrong with a document."""


class DocumentError(Exception):
    """A document cannot be written; the message is for people."""
