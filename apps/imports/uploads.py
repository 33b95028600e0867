"""Multipart bodies that are read only when they are whole."""

from collections.abc import Mapping
from typing import Any

from django.http.request import UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser

_CUT_OFF = "The upload was cut off: its end is missing. Send it again."


class _Tail:
    """A stream that remembers how it ended."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._length = length
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        chunk: bytes = self._stream.read(size)
        self.tail = (self.tail + chunk)[-self._length :]
        return chunk


class WholeMultiPartParser(MultiPartParser):
    """Refuse a body without its closing boundary, which Django's parser takes for a shorter file."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return fields and files.

        Raises:
            ParseError: the body is not multipart, or ends too early.

        """
        _, parameters = parse_header_parameters(media_type or "")
        closing = b"--" + parameters.get("boundary", "").encode("latin-1", "replace") + b"--"
        watched: Any = _Tail(stream, len(closing) + 4)
        try:
            parsed = super().parse(watched, media_type, parser_context)
        except UnreadablePostError as error:
            raise ParseError(_CUT_OFF) from error
        watched.read()
        if closing not in watched.tail:
            raise ParseError(_CUT_OFF)
        return parsed
