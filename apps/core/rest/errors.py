"""One shape for every error below /api: `{"error": {"code", "message", "details"}}`."""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from rest_framework import exceptions, status
from rest_framework.response import Response

from apps.core.database import was_cut_off

logger = logging.getLogger("bellwether.api")

INTERNAL = "CALCULATION_ERROR"
UNAVAILABLE = "SERVICE_UNAVAILABLE"
TIMEOUT = "TIMEOUT"
RETRY_AFTER_SECONDS = 5

# Code and words per status, for errors that have no better ones.
_BY_STATUS: dict[int, tuple[str, str]] = {
    400: ("BAD_REQUEST", "The request is malformed."),
    401: ("UNAUTHORIZED", "Sign in, or send a valid token."),
    403: ("FORBIDDEN", "You may not do this."),
    404: ("NOT_FOUND", "There is nothing here."),
    405: ("METHOD_NOT_ALLOWED", "This address does not answer this method."),
    406: ("NOT_ACCEPTABLE", "Answers are application/json; the Accept header asks for something else."),
    409: ("CONFLICT", "The request contradicts what is stored."),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json."),
    422: ("INSUFFICIENT_DATA", "There is not enough data for an answer."),
    429: ("RATE_LIMITED", "Too many requests. Try again later."),
    500: (INTERNAL, "Something went wrong on our side. Quote the request id when you report it."),
    503: (UNAVAILABLE, "The service is not available for the moment. Try again in a few seconds."),
}


class ApiError(exceptions.APIException):
    """An error with a code of its own and details a program can read."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    code = "BAD_REQUEST"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidParameter(ApiError):
    """A parameter or field that cannot be accepted, named by its path (`lines.2.quantity`)."""

    code = "INVALID_PARAMETER"

    def __init__(self, *parameters: str, message: str) -> None:
        super().__init__(f"{parameters[0]}: {message}", fields={parameter: [message] for parameter in parameters})


class MissingHeader(ApiError):
    """The request lacks a header it needs."""

    code = "MISSING_HEADER"


class Forbidden(ApiError):
    """The caller is known and may not."""

    status_code = status.HTTP_403_FORBIDDEN
    code = "FORBIDDEN"


class NotThere(ApiError):
    """It does not exist, or the caller may not know that it does."""

    status_code = status.HTTP_404_NOT_FOUND
    code = "NOT_FOUND"


class Conflict(ApiError):
    """What is stored already says otherwise."""

    status_code = status.HTTP_409_CONFLICT
    code = "CONFLICT"


class PayloadTooLarge(ApiError):
    """The body exceeds what an endpoint reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    code = "PAYLOAD_TOO_LARGE"


class InsufficientData(ApiError):
    """A figure cannot be worked out from what is there."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    code = "INSUFFICIENT_DATA"


def error_body(status_code: int, *, code: str = "", message: str = "", details: Any = None) -> dict[str, Any]:
    """Return the envelope; what is not given is filled in from the status."""
    fallback_code, fallback_message = _BY_STATUS.get(status_code) or _BY_STATUS[500 if status_code >= 500 else 400]
    return {"error": {"code": code or fallback_code, "message": message or fallback_message, "details": details or {}}}


def internal_error_body(request: HttpRequest | None, status_code: int = 500) -> dict[str, Any]:
    """Return the envelope of a failure of ours: nothing of the exception, only the id that the log has too."""
    return error_body(status_code, details={"request_id": getattr(request, "request_id", None)})


def timeout_body(request: HttpRequest | None) -> dict[str, Any]:
    """Return the envelope of a statement that PostgreSQL cut off."""
    return error_body(
        503,
        code=TIMEOUT,
        message="The answer took too long and was given up; nothing was changed. Ask for fewer days, or filter more.",
        details={"request_id": getattr(request, "request_id", None)},
    )


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of an endpoint into its answer; Django REST Framework calls this."""
    request = context.get("request")
    request = getattr(request, "_request", request)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound(_BY_STATUS[404][1])
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, RequestDataTooBig):
        exc = PayloadTooLarge(_BY_STATUS[413][1])
    elif isinstance(exc, SuspiciousOperation):
        exc = exceptions.APIException(_BY_STATUS[400][1])
        exc.status_code = status.HTTP_400_BAD_REQUEST
    if isinstance(exc, exceptions.APIException):
        return _answer(exc)
    if was_cut_off(exc):
        logger.warning("Request %s took too long, or its client left", _request_id(request), exc_info=exc)
        return _marked(Response(timeout_body(request), status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}))
    if isinstance(exc, OperationalError | InterfaceError):
        logger.error("Request %s found the database unavailable", _request_id(request), exc_info=exc)
        body = internal_error_body(request, status.HTTP_503_SERVICE_UNAVAILABLE)
        return _marked(Response(body, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}))
    logger.error("Request %s failed", _request_id(request), exc_info=exc)
    return _marked(Response(internal_error_body(request), status=500))


def field_errors(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, message) for every error of a nested structure such as serializers and filters give."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            own = key in {"non_field_errors", "__all__"}
            yield from field_errors(value, path if own else f"{path}.{key}" if path else str(key))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for position, value in enumerate(detail):
            nested = isinstance(value, Mapping)
            yield from field_errors(value, f"{path}.{position}" if nested and path else path)
    else:
        yield path or "body", _printable(str(detail))


def _answer(exc: exceptions.APIException) -> Response:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(exc, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return _marked(Response(_body(exc), status=exc.status_code, headers=headers))


def _body(exc: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exc, ApiError):
        return error_body(exc.status_code, code=exc.code, message=_printable(exc.message), details=exc.details)
    if isinstance(exc, exceptions.ValidationError):
        fields: dict[str, list[str]] = {}
        for path, message in field_errors(exc.detail):
            fields.setdefault(path, []).append(message)
        first, messages = next(iter(fields.items()))
        return error_body(400, code="INVALID_PARAMETER", message=f"{first}: {messages[0]}", details={"fields": fields})
    if isinstance(exc, exceptions.ParseError):
        message = _printable(str(exc.detail))
        return error_body(400, code="INVALID_PARAMETER", message=message, details={"fields": {"body": [message]}})
    if isinstance(exc, exceptions.Throttled):
        wait = getattr(exc, "wait", None)
        return error_body(429, details={"retry_after": wait if wait is None else math.ceil(wait)})
    message = _printable(str(exc.detail)) if isinstance(exc.detail, str) else ""
    return error_body(exc.status_code, message=message)


def _marked(response: Response) -> Response:
    response.is_error_envelope = True  # type: ignore[attr-defined]
    return response


def _printable(text: str) -> str:
    """Return text that any encoder accepts: a caller's lone surrogates come back as question marks."""
    return text.encode("utf-8", "replace").decode()


def _request_id(request: HttpRequest | None) -> str:
    return str(getattr(request, "request_id", "-"))
