"""How much of an upload is taken in before anybody has looked at who sends it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

OTHER_FIELDS = 1 << 20


class BoundedUploads(FileUploadHandler):
    """Refuse a multipart body by its declared length, before a byte of it reaches the disk.

    Checking a form's CSRF token reads the whole form, of whoever sent it.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Let the next handlers read it.

        Raises:
            RequestDataTooBig: it is longer than one import may be.

        """
        if content_length > settings.IMPORT_MAX_FILE_BYTES + OTHER_FIELDS:
            raise RequestDataTooBig("The upload is larger than an import may be.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the chunk to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
