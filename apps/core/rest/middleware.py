"""Errors that happen outside an endpoint get the same shape as those inside."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader

from apps.core.database import was_cut_off
from apps.core.identifiers import new_id
from apps.core.rest.errors import RETRY_AFTER_SECONDS, error_body, internal_error_body, timeout_body
from apps.core.rest.rendering import to_json

logger = logging.getLogger("bellwether.api")


class ApiErrorMiddleware:
    """Name each request, and give every error below /api the envelope: unknown addresses, refused hosts, debug pages.

    It stands outermost, because anything beneath it can fail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        request.request_id = str(new_id())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        failed = response.status_code >= 400 and _is_api(request.path_info)
        if failed and isinstance(response, HttpResponse) and not _is_enveloped(response):
            _put_into_envelope(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer 503 where the database did not: a page, or the envelope; other errors take their way."""
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("Request %s had no answer of the database", request.request_id, exc_info=error)  # type: ignore[attr-defined]
        if _is_api(request.path_info):
            body = timeout_body(request) if was_cut_off(error) else internal_error_body(request, 503)
            response = HttpResponse(to_json(body), status=503, content_type="application/json")
            response.is_error_envelope = True  # type: ignore[attr-defined]
        else:
            page = loader.render_to_string("503.html", {"too_long": was_cut_off(error), "again": _again(request)})
            response = HttpResponse(page, status=503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


def _again(request: HttpRequest) -> str:
    """Return the address to try again; empty for a request that would have changed something."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else ""


def _is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _is_enveloped(response: HttpResponseBase) -> bool:
    return hasattr(response, "is_error_envelope") and response.get("Content-Type", "").startswith("application/json")


def _put_into_envelope(request: HttpRequest, response: HttpResponse) -> None:
    if hasattr(response, "is_error_envelope"):  # an endpoint that answers HTML or CSV failed
        body = {"error": response.data["error"]}  # type: ignore[attr-defined]
    elif response.status_code >= 500:
        logger.error("Request %s failed outside of its endpoint", request.request_id)  # type: ignore[attr-defined]
        body = internal_error_body(request, response.status_code)
    else:
        body = error_body(response.status_code)
    response.content = to_json(body)
    response["Content-Type"] = "application/json"
    for name in ("Content-Length", "Content-Encoding", "Content-Disposition"):
        del response[name]
