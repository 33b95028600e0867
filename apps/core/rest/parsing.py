"""JSON in: UTF-8, one object, exact numbers, bounded size and depth."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.core.rest.errors import PayloadTooLarge

DEEPEST = 50


class JsonParser(BaseParser):
    """Read a JSON object; numbers with a fraction become Decimal, so that no cent is lost on the way in."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object.

        Raises:
            ParseError: not UTF-8, not JSON, not an object, nested too deeply, or with a number JSON does not know.
            PayloadTooLarge: more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE.

        """
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            raise ParseError("The body has to be in UTF-8.")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or (1 << 20)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes.", limit=limit)
        try:
            value = json.loads(
                raw.decode("utf-8"),
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_without_repetition,
            )
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {_short(error)}") from error
        if not isinstance(value, dict):
            raise ParseError("The body has to be a JSON object.")
        _refuse_depth(value, DEEPEST)
        return value


def _refuse_depth(value: Any, levels: int) -> None:
    if not isinstance(value, dict | list):
        return
    if levels == 0:
        raise ParseError("The body is nested too deeply.")
    for part in value.values() if isinstance(value, dict) else value:
        _refuse_depth(part, levels - 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name is repeated within one object")
    return result


def _short(error: ValueError) -> str:
    return str(error)[:200]
